"""obsgen drill"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from generator.build import Built
from generator.cli.exit import FINDINGS, fail
from generator.cli.options import compiled_or_exit, place, place_options
from generator.drill.alarm_event import Condition, Subject
from generator.findings import did_you_mean
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.places import Side
from generator.model.signals import AccountSignal, FleetSignal, LocalSignal, Metric

HUB_NAME = "hub"


def _alarms(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Shell completion: the keys of alarms and composites."""
    import yaml

    try:
        data = yaml.load(Path(ctx.params.get("file") or "observability.yaml").read_bytes(), Loader=yaml.CSafeLoader)
        keys = [str(key) for section in ("alarms", "composites") for key in data.get(section) or {}]
    except (OSError, yaml.YAMLError, AttributeError, TypeError):
        return []
    return [key for key in keys if key.startswith(incomplete)]


@click.command(name="drill")
@click.argument("alarm", shell_complete=_alarms)
@place_options
@click.option("--local", is_flag=True, help="On this machine, with stand-ins for AWS and for everybody who is told.")
@click.option("--account", metavar="NAME", help="The account whose alarm it is.  [default: the first that has it]")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@click.option("--quiet", "-q", is_flag=True, help="Only the verdict, in a line.")
@click.option("--keep", is_flag=True, help="Leave the function's package and its log, and say where.")
def command(
    alarm: str,
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    local: bool,
    account: str | None,
    as_json: bool,
    quiet: bool,
    keep: bool,
) -> None:
    """Let ALARM fire, once and the same once more, and be OK again, and show what everybody would see.

    ALARM is a key in the spec or the alarm's full name. With several environments the last one that has it is drilled.

    \b
    Examples:
      obsgen drill --local application-error
      obsgen drill --local application-error --account ledger -e dev

    Exit codes: 0 everybody who should hear heard, 1 somebody did not, 2 bad usage or input.
    """
    if not local:
        raise fail(
            "drilling a deployed estate is not there yet",
            f"`obsgen drill --local {alarm}` plays the whole path on this machine",
        )
    from generator.drill.local import play
    from generator.drill.machine import CannotDrill, NoMoto
    from generator.drill.story import as_data, short, story

    built = compiled_or_exit(place(file, out, environment))
    estate, found = _find(built, alarm)
    subject = _subject(built, estate, found, account)
    try:
        played = play(_plan(built, estate, subject), keep=keep)
    except NoMoto as error:
        raise fail(str(error), "pip install 'obsgen[drill]'") from None
    except CannotDrill as error:
        raise fail(str(error)) from None
    if as_json:
        click.echo(json.dumps(as_data(played), indent=1))
    else:
        click.echo(short(played) if quiet else story(played))
    raise click.exceptions.Exit(FINDINGS if played.problems else 0)


def _find(built: Built, name: str) -> tuple[Estate, list[Alarm | Composite]]:
    """The last environment that has the alarm; one key may be several alarms there, one for each account."""
    known: set[str] = set()
    keys: set[str] = set()
    for estate in reversed(built.estates.values()):
        everything: list[Alarm | Composite] = [*estate.alarms, *estate.composites]
        found = [alarm for alarm in everything if name in (alarm.key, alarm.name)]
        if found:
            return estate, found
        keys |= {alarm.key for alarm in everything}
        known |= {alarm.name for alarm in everything}
    near = did_you_mean(name, keys | known).strip()
    raise fail(f"there is no alarm `{name}` in {built.source.name}", near or f"one of {', '.join(sorted(keys))}")


def _subject(built: Built, estate: Estate, found: list[Alarm | Composite], account: str | None) -> Subject:
    names = [one.name for one in estate.accounts]
    if account and account not in (*names, HUB_NAME):
        near = did_you_mean(account, [*names, HUB_NAME]).strip()
        raise fail(f"there is no account `{account}`", near or f"one of {', '.join(names)}")
    where = {_place(alarm, name): alarm for alarm in found for name in _standing(alarm, estate)}
    if not where:
        raise fail(f"{found[0].name} stands in no account; it is disabled everywhere")
    chosen = account or next(iter(where))
    if chosen not in where:
        raise fail(f"{found[0].name} does not stand in {chosen}", f"--account {' or '.join(where)}")
    return _in(built, estate, where[chosen], chosen)


def _standing(alarm: Alarm | Composite, estate: Estate) -> list[str]:
    """The accounts that have the alarm, by name."""
    if alarm.side is Side.HUB:
        disabled = isinstance(alarm, Alarm) and alarm.everywhere_disabled
        return [] if disabled else [HUB_NAME]
    names = [account.name for account in estate.accounts]
    return [name for name in names if not isinstance(alarm, Alarm) or alarm.tuning_in(name).enabled]


def _place(alarm: Alarm | Composite, name: str) -> str:
    """By which account it is chosen: an alarm of the hub may be about a member."""
    return alarm.account if isinstance(alarm, Alarm) and alarm.account else name


def _in(built: Built, estate: Estate, alarm: Alarm | Composite, name: str) -> Subject:
    ids = {account.name: account.id for account in estate.accounts}
    in_hub = alarm.side is Side.HUB
    region = estate.hub.region if in_hub or estate.hub.region in estate.regions else estate.regions[0]
    about: dict[str, Any] = {
        "alarm": alarm.name,
        "account": estate.hub.account if in_hub else ids[name],
        "account_name": name,
        "region": region,
        "partition": estate.hub.partition,
        "description": alarm.summary or alarm.key,
    }
    if isinstance(alarm, Composite):
        return Subject(**about, severity=alarm.severity, condition=None, rule=_rule(built, estate, alarm))
    tuning = alarm.tuning_in(name)
    signal = alarm.signal
    counted = signal.metric.filter if isinstance(signal, LocalSignal) else None
    lines = next((f.match for f in estate.metric_filters if f.key == counted), ())
    condition = Condition(
        tuning.comparison,
        tuning.threshold,
        tuning.period,
        tuning.datapoints,
        tuning.evaluation_periods,
        alarm.statistic,
        tuple(_metrics(alarm, tuning.period)),
    )
    return Subject(**about, severity=tuning.severity, condition=condition, lines=lines)


def _rule(built: Built, estate: Estate, composite: Composite) -> str:
    """The rule as the template has it."""
    from generator.build import HUB, MEMBER

    template = built.templates[estate.environment][HUB if composite.side is Side.HUB else MEMBER]
    rule = template["Resources"][composite.logical_id]["Properties"]["AlarmRule"]
    text = rule["Fn::Sub"] if isinstance(rule, dict) else rule
    return str(text[0] if isinstance(text, list) else text)


def _metrics(alarm: Alarm, period: int) -> list[dict[str, Any]]:
    """As the event's `configuration.metrics` has them."""
    signal = alarm.signal
    if isinstance(signal, FleetSignal):
        ids = [f"m{number}" for number in range(1, len(signal.accounts) + 1)]
        label = f"{signal.metric.name} over {len(ids)} accounts"
        combined = {"id": "all", "expression": f"{signal.combine}([{', '.join(ids)}])", "label": label}
        queries = [
            {**_query(key, signal.metric, alarm.statistic, period), "accountId": account.id, "returnData": False}
            for key, account in zip(ids, signal.accounts, strict=True)
        ]
        return [{**combined, "returnData": True}, *queries]
    query = {**_query("m1", signal.metric, alarm.statistic, period), "returnData": True}
    return [{**query, "accountId": signal.account.id} if isinstance(signal, AccountSignal) else query]


def _query(key: str, metric: Metric, statistic: str, period: int) -> dict[str, Any]:
    named = {"namespace": metric.namespace, "name": metric.name, "dimensions": dict(metric.dimensions)}
    return {"id": key, "metricStat": {"metric": named, "period": period, "stat": statistic}}


def _plan(built: Built, estate: Estate, subject: Subject) -> Any:
    """What was built, for a drill that cannot build."""
    import yaml

    from generator.blueprints.incidents import FUNCTION
    from generator.build import HUB
    from generator.drill.local import Plan
    from generator.manifest import MANIFEST
    from generator.render.routing import routing_json
    from generator.workspace import handler_files

    # The manifest says which files the function's package has.
    manifest = yaml.load(built.artifacts[f"{estate.environment}/{MANIFEST}"], Loader=yaml.CSafeLoader)
    listed = next(asset["files"] for asset in manifest["assets"] if asset["name"] == FUNCTION)
    known = {**handler_files(), "handlers/incident/routing.json": routing_json(estate)}
    return Plan(
        environment=estate.environment,
        files={path: known[path] for path in listed},
        template=built.templates[estate.environment][HUB],
        account=estate.hub.account,
        region=estate.hub.region,
        partition=estate.hub.partition,
        subject=subject,
    )
