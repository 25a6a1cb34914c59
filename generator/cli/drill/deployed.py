"""obsgen drill, of a deployed alarm: who will hear, the question, and what came of it"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

import click

from generator.build import HUB_TEMPLATE, MEMBER_TEMPLATE, Built
from generator.cli.drill import words
from generator.cli.drill.listeners import above, listeners
from generator.cli.drill.subject import channels_of
from generator.cli.drill.words import moment
from generator.cli.exit import AWS_REFUSED, FINDINGS, FINE, AwsErrorExit, usage_error
from generator.drill.alarm_event import Subject
from generator.manifest import MANIFEST, Queue
from generator.model.accounts import Side
from generator.model.alarm_rules import children
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.routing import AlarmSeverity, Channel
from generator.rollout.aws.errors import AwsError
from generator.rollout.drill.calls import DrillClient, Target
from generator.rollout.drill.drill import DRILLED, Drill, End, Hop, NotPutBack
from generator.rollout.operate.dead_letters import queues_of

WAIT_SECONDS = 120
STOPPED = 130


def drill(
    built: Built,
    estate: Estate,
    alarm: Alarm | Composite,
    subject: Subject,
    *,
    profile: str | None,
    alarm_profile: str | None,
    wait: int | None,
    anyway: bool,
    yes: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """The exit code."""
    if isinstance(alarm, Composite):
        raise _composite(estate, alarm)
    target = _target(built, estate, alarm, subject, wait or WAIT_SECONDS)
    _check_profiles(target, alarm_profile)
    drilled = Drill(DrillClient(target, profile, alarm_profile), f"drill-{secrets.token_hex(6)}", wait or WAIT_SECONDS)
    try:
        last = drilled.look_before()
    except AwsError as error:
        raise AwsErrorExit(f"{error}\n  = help: {error.hint}") from None
    _check_state(drilled, anyway=anyway)
    show = not as_json and not quiet
    if show or not yes:
        for line in _who_hears(estate, alarm, drilled, last):
            click.echo("\n".join(words.wrapped(line, "", "  ")))
    if not yes and not click.confirm("Page them now?"):
        click.echo("nothing was done")
        return FINDINGS
    return _play(drilled, as_json=as_json, quiet=quiet)


def _play(drilled: Drill, *, as_json: bool, quiet: bool) -> int:
    hops: list[Hop] = []
    code, complaint = FINE, ""

    def tell(findings: Hop | End) -> None:
        if isinstance(findings, Hop):
            hops.append(findings)
        if not as_json and not quiet:
            click.echo("\n".join(words.line(drilled, findings)))

    if not as_json and not quiet:
        click.echo(f"\nALARM, as {drilled.mark}")
    try:
        drilled.play(tell)
        dead = drilled.more_dead_letters()
    except NotPutBack as error:
        raise AwsErrorExit(f"{error}\n  = help: {error.command}") from None
    except AwsError as error:
        code, complaint, dead = AWS_REFUSED, f"{error}\n  = help: {error.hint}", {}
    except KeyboardInterrupt:
        code, complaint, dead = STOPPED, "stopped", {}
    problems = words.problems(drilled, hops, dead)
    if as_json:
        data = words.as_data(drilled, hops, dead, problems)
        click.echo(json.dumps({**data, **({"stopped": complaint} if complaint else {})}, indent=1))
    if complaint:
        ended = f"; {words.ended(drilled)}" if drilled.end else ""
        click.echo(f"Error: {complaint}{ended}", err=True)
        return code
    if not as_json:
        click.echo("\n".join(words.closing(drilled, hops, dead, quiet=quiet)))
    return FINDINGS if problems else FINE


def _composite(estate: Estate, alarm: Composite) -> click.ClickException:
    """SetAlarmState would take it, but what is set by hand stays until a child changes.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
    """
    known = {one.ref: one.key for one in estate.alarms if one.side is alarm.side and not one.everywhere_disabled}
    keys = list(dict.fromkeys(known[ref] for ref in children(alarm.rule) if ref in known))
    return usage_error(
        f"{alarm.name} is a composite: CloudWatch looks at it only when one of its children changes, so that a state "
        "set by hand stays, and putting it back could hide a real ALARM",
        f"drill one of its children: {', '.join(keys)}" if keys else "",
    )


def _check_profiles(target: Target, alarm_profile: str | None) -> None:
    if target.in_hub and alarm_profile:
        raise usage_error(
            f"{target.alarm} stands in the hub; --alarm-profile is for alarms of members", "--profile NAME"
        )
    if not target.in_hub and not alarm_profile:
        raise usage_error(
            f"{target.alarm} stands in {target.account_name}: only credentials of account {target.account} can set it "
            f"(MonitoringRole-{target.account} reads, and is not for this)",
            f"--alarm-profile NAME, an AWS profile of account {target.account} that may do cloudwatch:DescribeAlarms "
            "and cloudwatch:SetAlarmState",
        )
    if not target.listeners and not target.audit:
        raise usage_error(
            f"nobody hears of {target.alarm} ({target.severity}), and there is no audit trail to follow it in"
        )


def _check_state(drilled: Drill, *, anyway: bool) -> None:
    seen, name = drilled.before, drilled.calls.target.alarm
    if seen is None or seen.state == "OK":
        return
    since = f"since {moment(seen.since)}: {' '.join(seen.reason.split())}"
    if seen.state == "ALARM" and seen.reason.startswith(DRILLED):
        raise usage_error(
            f"{name} is in ALARM {since}", f"if nobody is drilling it now, put it back: {drilled.command}"
        )
    if seen.state == "ALARM":
        raise usage_error(f"{name} is in ALARM {since}", "this is real; nothing was done")
    if not anyway:
        raise usage_error(f"{name} is not OK but {seen.state} {since}", "find out why it has no data, or --anyway")


def _target(built: Built, estate: Estate, alarm: Alarm, subject: Subject, wait: int = WAIT_SECONDS) -> Target:
    import yaml

    manifest = yaml.load(built.artifacts[f"{estate.environment}/{MANIFEST}"], Loader=yaml.CSafeLoader)
    queues = queues_of(manifest)
    templates = built.templates[estate.environment]
    hub = templates[HUB_TEMPLATE]["Resources"]
    in_hub = alarm.side is Side.HUB
    forwarding = None
    if not in_hub:
        name = templates[MEMBER_TEMPLATE]["Resources"]["ForwardingDeadLetters"]["Properties"]["QueueName"]
        forwarding = Queue("forwarding", name, subject.account, subject.region)
    return Target(
        environment=estate.environment,
        alarm=subject.alarm,
        account=subject.account,
        account_name=subject.account_name,
        region=subject.region,
        severity=subject.severity,
        in_hub=in_hub,
        hub_account=estate.hub.account,
        hub_region=estate.hub.region,
        listeners=listeners(estate, alarm, subject, time.time(), wait),
        table=hub["IncidentTable"]["Properties"]["TableName"],
        function=hub["IncidentFunction"]["Properties"]["FunctionName"],
        log_group=hub["IncidentLogGroup"]["Properties"]["LogGroupName"],
        notifier=hub["NotifierFunction"]["Properties"]["FunctionName"],
        notifier_log_group=hub["NotifierLogGroup"]["Properties"]["LogGroupName"],
        audit=estate.audit.log_group if estate.audit else "",
        queue=queues.incidents,
        dead_letters=queues.dead_letters,
        forwarding=forwarding,
    )


def _who_hears(estate: Estate, alarm: Alarm, drilled: Drill, last: dict[str, str]) -> Iterator[str]:
    """Everything that the drill sets off, before it does."""
    target, seen = drilled.calls.target, drilled.before
    yield f"{target.alarm} in {target.account_name} ({target.account}, {target.region}), {target.severity}"
    if seen:
        yield f"It is {seen.state} since {moment(seen.since)}."
    channels = channels_of(estate, alarm, cast(AlarmSeverity, target.severity), target.account_name)
    if channels:
        yield "These hear of it as of a real ALARM, with the reason"
        yield f'"{drilled.reason}":'
        width = max(len(channel.name) for channel in channels)
        less = {one.name: words.less(one) for one in target.listeners}
        yield from (f"  {channel.name:{width}}  {_about(channel)}{less[channel.name]}" for channel in channels)
    else:
        yield f"Nobody hears of it: it is of severity {target.severity}."
    for composite in above(estate, alarm):
        severity = composite.severity_in(target.account_name)
        channels = channels_of(estate, composite, severity, target.account_name)
        names = ", ".join(channel.name for channel in channels) or "nobody"
        yield f"{composite.name} has it in its rule and may fire, too ({severity}): {names}"
    for composite in estate.composites_in(alarm.side):
        if composite.suppressor in (alarm.key, alarm.ref):
            yield f"{composite.name} is suppressed while it is in ALARM: a real one waits until the drill is over."
    if seen and seen.actions:
        yield f"Its own actions run: {', '.join(seen.actions)}"
    lately = seen and datetime.now(UTC).timestamp() - seen.since <= estate.incidents.reopen_within
    if lately and last:
        refs = [ref for channel, ref in last.items() if ref and words.shown(target, channel)]
        which = f" ({', '.join(refs)})" if refs else ""
        yield f"It was in ALARM shortly before: the drill goes to the tickets of that incident{which}, not to new ones."


def _about(channel: Channel) -> str:
    """Who that is, as the spec has it; of an address only whose it is."""
    settings = dict(channel.settings)
    parts = [str(settings[name]) for name in ("project", "channel") if settings.get(name)]
    parts += [urlsplit(str(settings["url"])).netloc] if settings.get("url") else []
    return " ".join([channel.type, *parts, *([", ".join(channel.addresses)] if channel.addresses else [])])
