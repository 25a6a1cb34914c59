"""Which alarm a drill is about: found by its key or name, in one account and Region, with what its events say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, assert_never

from generator.build import Built
from generator.cli.exit import usage_error
from generator.findings import did_you_mean

if TYPE_CHECKING:
    from generator.drill.alarm_event import Subject
    from generator.model.alarm_locations import AnyAlarm, Recipients
    from generator.model.alarms import Alarm, Composite
    from generator.model.estate import Estate
    from generator.model.routing import AlarmSeverity, Channel
    from generator.model.signals import Metric

HUB_NAME = "hub"


def find(built: Built, name: str) -> tuple[Estate, list[Alarm | Composite]]:
    """The one environment that has the alarm; one key may be several alarms there, one for each account."""
    known: set[str] = set()
    keys: set[str] = set()
    levels: dict[str, None] = {}
    having: dict[str, list[Alarm | Composite]] = {}
    for environment, estate in built.estates.items():
        everything = _everything(estate)
        found = [alarm for alarm in everything if name in (alarm.key, alarm.name)]
        if found:
            having[environment] = found
        keys |= {alarm.key for alarm in everything}
        known |= {alarm.name for alarm in everything}
        levels |= dict.fromkeys(one.key for one in estate.alarms if one.level_of == name)
    if having:
        estate = only_one([built.estates[environment] for environment in having], f"there is a `{name}`")
        return estate, having[estate.environment]
    if levels:
        raise usage_error(f"`{name}` is an alarm for each of its thresholds", f"one of them: {', '.join(levels)}")
    near = did_you_mean(name, keys | known).strip()
    raise usage_error(f"there is no alarm `{name}` in {built.source.name}", near or f"one of {', '.join(sorted(keys))}")


def only_one(having: Sequence[Estate], what: str) -> Estate:
    """The one environment in which it can be drilled; ends the command where there are several.

    Which one is drilled, and so who is notified, does not depend on an order. what: "there is a `errors`".
    """
    names = [estate.environment for estate in having]
    if len(names) > 1:
        raise usage_error(f"{what} in {' and in '.join(names)}", f"one of them: --environment {names[0]}")
    return having[0]


def _everything(estate: Estate) -> list[Alarm | Composite]:
    return [*estate.alarms, *estate.composites]


def one_place(estate: Estate, name: str, found: list[Alarm | Composite], account: str | None) -> None:
    """Whom a drill pages is not to depend on an order."""
    places = [_place(alarm, standing) for alarm in found for standing in standing_in(alarm, estate)]
    if len(places) > 1 and not account:
        raise usage_error(f"`{name}` stands in {', '.join(places)}", f"one of them: --account {places[0]}")


def choose(estate: Estate, found: list[Alarm | Composite], account: str | None) -> tuple[Alarm | Composite, str]:
    """One of those of a key, and the name of the account that it is drilled in."""
    names = [one.name for one in estate.accounts]
    if account and account not in (*names, HUB_NAME):
        near = did_you_mean(account, [*names, HUB_NAME]).strip()
        raise usage_error(f"there is no account `{account}`", near or f"one of {', '.join(names)}")
    where = {_place(alarm, name): alarm for alarm in found for name in standing_in(alarm, estate)}
    if not where:
        raise usage_error(f"{found[0].name} stands in no account; it is disabled everywhere")
    chosen = account or next(iter(where))
    if chosen not in where:
        raise usage_error(f"{found[0].name} does not stand in {chosen}", f"--account {' or '.join(where)}")
    return where[chosen], chosen


def account_in(estate: Estate, wanted: str | None) -> tuple[str, str]:
    """Name and id of that member, or of the first; ends the command where there is none."""
    ids = {account.name: account.id for account in estate.accounts}
    if not ids:
        raise usage_error(f"{estate.environment} names no account", "a drill needs one: accounts")
    name = wanted or next(iter(ids))
    if name not in ids:
        raise usage_error(
            f"there is no account `{name}`", did_you_mean(name, ids).strip() or f"one of {', '.join(ids)}"
        )
    return name, ids[name]


def member_region_of(estate: Estate, name: str, wanted: str | None) -> str:
    """That Region of the member, else the hub's, else its first; ends the command where it is not there."""
    there = next(one.regions_of(estate.regions) for one in estate.accounts if one.name == name)
    if wanted and wanted not in there:
        near = did_you_mean(wanted, there).strip()
        message = f"{estate.environment} has no members in {wanted}"
        message = f"{name} is not watched in {wanted}" if wanted in estate.regions else message
        raise usage_error(message, near or f"--region {' or '.join(there)}")
    return wanted or (estate.hub.region if estate.hub.region in there else there[0])


def region_of(estate: Estate, alarm: Alarm | Composite, own: Sequence[str], wanted: str | None) -> str:
    """The hub's where the alarm stands there, too. own: the only Regions of its account; empty where it has all."""
    from generator.model.accounts import Side

    there = (estate.hub.region,) if alarm.side is Side.HUB else alarm.regions or estate.regions
    there = tuple(region for region in there if region in own) if own and alarm.side is Side.MEMBERS else there
    if wanted and wanted not in there:
        near = did_you_mean(wanted, there).strip()
        raise usage_error(f"{alarm.name} does not stand in {wanted}", near or f"--region {' or '.join(there)}")
    return wanted or (estate.hub.region if estate.hub.region in there else there[0])


def standing_in(alarm: Alarm | Composite, estate: Estate) -> list[str]:
    """The accounts that have the alarm, by name."""
    from generator.model.accounts import Side
    from generator.model.alarms import Alarm

    if alarm.side is Side.HUB:
        disabled = isinstance(alarm, Alarm) and alarm.everywhere_disabled
        return [] if disabled else [HUB_NAME]
    regions = alarm.regions or estate.regions
    having = [one for one in estate.accounts if any(one.is_in(region) for region in regions)]
    return [one.name for one in having if alarm.deployed_in(one.name)]


def _place(alarm: Alarm | Composite, name: str) -> str:
    """By which account it is chosen: an alarm of the hub may be about a member."""
    from generator.model.alarms import Alarm

    return alarm.account if isinstance(alarm, Alarm) and alarm.account else name


def parts_of(
    built: Built, estate: Estate, composite: Composite, routing: Mapping[str, Any], place: Subject
) -> list[Subject]:
    """The alarms that are one incident with a composite and notify anybody, where it stands.

    routing: the incident function's table, which says what is part of what. place: the composite there.
    """
    parts = []
    for alarm in estate.alarms:
        entry = routing["alarms"].get(alarm.name, {})
        if composite.name not in entry.get("parts_of", ()) or place.account_name not in standing_in(alarm, estate):
            continue
        part = subject_in(built, estate, alarm, place.account_name, place.region)
        parts += [part] if part.listeners else []
    return parts


def subject_in(built: Built, estate: Estate, alarm: Alarm | Composite, name: str, region: str) -> Subject:
    """What its events are about."""
    from generator.drill.alarm_event import Condition, Subject
    from generator.model.accounts import Side
    from generator.model.alarms import Composite

    ids = {account.name: account.id for account in estate.accounts}
    in_hub = alarm.side is Side.HUB
    about: dict[str, Any] = {
        "alarm": alarm.name,
        "account": estate.hub.account if in_hub else ids[name],
        "account_name": name,
        "region": region,
        "partition": estate.hub.partition,
        "description": alarm.summary or alarm.key,
    }
    if isinstance(alarm, Composite):
        severity = alarm.severity_in(name)
        about |= _heard_by(estate, alarm, severity, name)
        return Subject(**about, severity=severity, condition=None, rule=_rule(built, estate, alarm))
    tuning = alarm.tuning_in(name, region)
    about |= _heard_by(estate, alarm, tuning.severity, name)
    counted = None if in_hub else alarm.counted
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


def channels_of(estate: Estate, alarm: AnyAlarm, severity: AlarmSeverity, name: str) -> tuple[Channel, ...]:
    """Who hears of it in an account, by name; of the hub's, in the account that it is about."""
    return tuple(channel for one in _recipients(estate, alarm, severity, name) for channel in one.channels)


def listeners_of(estate: Estate, severity: AlarmSeverity, account: str, owner: str) -> tuple[str, ...]:
    """The channels that hear of a check's finding about a member, by its name."""
    from generator.model.alarm_locations import route_table

    found = route_table(estate).of(severity, (account,), owner)
    return tuple(channel.name for one in found for channel in one.channels)


def _recipients(estate: Estate, alarm: AnyAlarm, severity: AlarmSeverity, name: str) -> list[Recipients]:
    from generator.model.accounts import Side
    from generator.model.alarm_locations import HUB, route_table
    from generator.model.alarms import Alarm

    of_hub = (isinstance(alarm, Alarm) and alarm.account) or HUB
    place = of_hub if alarm.side is Side.HUB else name
    return route_table(estate).of(severity, (place,), alarm.owner, alarm.service)


def _heard_by(estate: Estate, alarm: AnyAlarm, severity: AlarmSeverity, name: str) -> dict[str, Any]:
    from generator.model.routing import RouteRule

    found = _recipients(estate, alarm, severity, name)
    by_rule = any(isinstance(one.route, RouteRule) and one.route.silent_end for one in found)
    return {
        "listeners": tuple(channel.name for one in found for channel in one.channels),
        "silent_end": alarm.silent_end or by_rule,
    }


def _rule(built: Built, estate: Estate, composite: Composite) -> str:
    """The rule as the template has it."""
    from generator.build import HUB_TEMPLATE, MEMBER_TEMPLATE
    from generator.model.accounts import Side

    template = built.templates[estate.environment][HUB_TEMPLATE if composite.side is Side.HUB else MEMBER_TEMPLATE]
    rule = template["Resources"][composite.logical_id]["Properties"]["AlarmRule"]
    text = rule["Fn::Sub"] if isinstance(rule, dict) else rule
    return str(text[0] if isinstance(text, list) else text)


def _metrics(alarm: Alarm, period: int) -> list[dict[str, Any]]:
    """As the event's `configuration.metrics` has them."""
    from generator.model.signals import (
        AccountSignal,
        AnomalySignal,
        FleetSignal,
        LocalSignal,
        LogSignal,
        MathSignal,
        QuerySignal,
    )

    match alarm.signal:
        case LocalSignal(metric) | AnomalySignal(metric):
            return [{**_query("m1", metric, alarm.statistic, period), "returnData": True}]
        case AccountSignal(metric, account):
            return [{**_query("m1", metric, alarm.statistic, period), "returnData": True, "accountId": account.id}]
        case QuerySignal(query) | FleetSignal(query=query) if query:
            return [{"id": "q1", "expression": query, "label": alarm.key, "period": period, "returnData": True}]
        case FleetSignal(metric, accounts, combine):
            ids = [f"m{number}" for number in range(1, len(accounts) + 1)]
            label = f"{metric.name} over {len(ids)} accounts"
            combined = {"id": "all", "expression": f"{combine}([{', '.join(ids)}])", "label": label}
            queries = [
                {**_query(key, metric, alarm.statistic, period), "accountId": account.id, "returnData": False}
                for key, account in zip(ids, accounts, strict=True)
            ]
            return [{**combined, "returnData": True}, *queries]
        case MathSignal() as math:
            watched = {"id": math.id, "expression": math.formula, "label": math.title or alarm.key}
            operands = [
                {
                    **_query(one.id, one.metric, one.statistic, period),
                    **({"accountId": one.account.id} if one.account else {}),
                    "returnData": False,
                }
                for one in math.operands
            ]
            return [{**watched, "returnData": True}, *operands]
        case LogSignal() | QuerySignal():
            return []
        case _:
            assert_never(alarm.signal)


def _query(key: str, metric: Metric, statistic: str, period: int) -> dict[str, Any]:
    named = {"namespace": metric.namespace, "name": metric.name, "dimensions": dict(metric.dimensions)}
    return {"id": key, "metricStat": {"metric": named, "period": period, "stat": statistic}}
