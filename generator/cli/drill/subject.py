"""The alarm of a drill: found by its key or name, in one account and Region, with the contents of its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from generator.build import Built
from generator.cli.exit import usage_error
from generator.findings import suggest

if TYPE_CHECKING:
    from generator.drill.alarm_event import DrillSubject
    from generator.model.alarm_locations import AnyAlarm, Recipients
    from generator.model.alarms import Alarm, Composite
    from generator.model.estate import Estate
    from generator.model.metric_queries import MetricQuery
    from generator.model.routing import AlarmSeverity, Channel

HUB_NAME = "hub"


def find(built: Built, name: str) -> tuple[Estate, list[Alarm | Composite]]:
    """The one environment that has the alarm; one key may be several alarms there, one for each account."""
    known: set[str] = set()
    keys: set[str] = set()
    rules: set[str] = set()
    levels: dict[str, None] = {}
    having: dict[str, list[Alarm | Composite]] = {}
    for environment, estate in built.estates.items():
        everything = _everything(estate)
        matches = [alarm for alarm in everything if name in (alarm.key, alarm.name)]
        if matches:
            having[environment] = matches
        keys |= {alarm.key for alarm in everything}
        rules |= {rule.key for rule in estate.event_rules}
        known |= {alarm.name for alarm in everything}
        levels |= dict.fromkeys(alarm.key for alarm in estate.alarms if alarm.level_of == name)
    if having:
        estate = only_one([built.estates[environment] for environment in having], f"there is a `{name}`")
        return estate, having[estate.environment]
    if levels:
        raise usage_error(f"`{name}` has an alarm for each of its thresholds", f"use one of {', '.join(levels)}")
    if name in rules:
        raise usage_error(f"`{name}` is an event rule, and no alarm", f"obsgen drill --local {name}")
    hint = suggest(name, keys | known | rules, f"use one of {', '.join(sorted(keys))}")
    raise usage_error(f"there is no alarm `{name}` in {built.source.name}", hint)


def only_one(having: Sequence[Estate], what: str) -> Estate:
    """The one environment in which it can be drilled; ends the command where there are several.

    The channels that are notified must not depend on an order. what: "there is a `errors`".
    """
    names = [estate.environment for estate in having]
    if len(names) > 1:
        raise usage_error(f"{what} in {' and in '.join(names)}", f"use --environment {names[0]} or another of them")
    return having[0]


def _everything(estate: Estate) -> list[Alarm | Composite]:
    return [*estate.alarms, *estate.composites]


def require_one_account(estate: Estate, name: str, alarms: list[Alarm | Composite], account: str | None) -> None:
    """End the command where several accounts have the alarm: who is paged must not depend on an order."""
    names = [_selected_by(alarm, account_name) for alarm in alarms for account_name in accounts_with(alarm, estate)]
    if len(names) > 1 and not account:
        raise usage_error(f"`{name}` exists in {', '.join(names)}", f"use --account {names[0]} or another of them")


def located(
    built: Built, estate: Estate, alarms: list[Alarm | Composite], account: str | None, region: str | None
) -> tuple[Alarm | Composite, DrillSubject]:
    """One of the alarms of a key, and the subject in its account and Region."""
    alarm, name = choose(estate, alarms, account)
    only_regions = next((member.regions for member in estate.accounts if member.name == name), ())
    return alarm, subject_in(built, estate, alarm, name, region_of(estate, alarm, only_regions, region))


def choose(estate: Estate, alarms: list[Alarm | Composite], account: str | None) -> tuple[Alarm | Composite, str]:
    """One of the alarms of a key, and the name of its account."""
    names = [member.name for member in estate.accounts]
    if account and account not in (*names, HUB_NAME):
        hint = suggest(account, [*names, HUB_NAME], f"use one of {', '.join(names)}")
        raise usage_error(f"there is no account `{account}`", hint)
    where = {_selected_by(alarm, name): alarm for alarm in alarms for name in accounts_with(alarm, estate)}
    if not where:
        raise usage_error(f"{alarms[0].name} exists in no account: it is disabled everywhere")
    chosen = account or next(iter(where))
    if chosen not in where:
        raise usage_error(f"{alarms[0].name} does not exist in {chosen}", f"--account {' or '.join(where)}")
    return where[chosen], chosen


def account_in(estate: Estate, requested: str | None) -> tuple[str, str]:
    """Name and account ID of that member, or of the first; ends the command where there is none."""
    ids = {account.name: account.id for account in estate.accounts}
    if not ids:
        raise usage_error(f"{estate.environment} has no named account", "add one under `accounts`")
    name = requested or next(iter(ids))
    if name not in ids:
        raise usage_error(f"there is no account `{name}`", suggest(name, ids))
    return name, ids[name]


def member_region_of(estate: Estate, name: str, requested: str | None) -> str:
    """The requested Region, else the hub's, else the member's first; ends the command where the member does not have
    it.
    """
    regions = next(member.regions_of(estate.regions) for member in estate.accounts if member.name == name)
    if requested and requested not in regions:
        hint = suggest(requested, regions, f"use --region {' or '.join(regions)}")
        message = f"{estate.environment} has no members in {requested}"
        message = f"{name} is not monitored in {requested}" if requested in estate.regions else message
        raise usage_error(message, hint)
    return requested or (estate.hub.region if estate.hub.region in regions else regions[0])


def region_of(estate: Estate, alarm: Alarm | Composite, only_regions: Sequence[str], requested: str | None) -> str:
    """The requested Region, else the hub's or the first with the alarm. only_regions: of its account; empty for all."""
    from generator.model.accounts import Side

    regions = (estate.hub.region,) if alarm.side is Side.HUB else alarm.regions or estate.regions
    if only_regions and alarm.side is Side.MEMBERS:
        regions = tuple(region for region in regions if region in only_regions)
    if requested and requested not in regions:
        hint = suggest(requested, regions, f"use --region {' or '.join(regions)}")
        raise usage_error(f"{alarm.name} does not exist in {requested}", hint)
    return requested or (estate.hub.region if estate.hub.region in regions else regions[0])


def accounts_with(alarm: Alarm | Composite, estate: Estate) -> list[str]:
    """The accounts that have the alarm, by name."""
    from generator.model.accounts import Side
    from generator.model.alarms import Alarm

    if alarm.side is Side.HUB:
        disabled = isinstance(alarm, Alarm) and alarm.everywhere_disabled
        return [] if disabled else [HUB_NAME]
    regions = alarm.regions or estate.regions
    members = [member for member in estate.accounts if any(member.is_in(region) for region in regions)]
    return [member.name for member in members if alarm.deployed_in(member.name)]


def _selected_by(alarm: Alarm | Composite, name: str) -> str:
    """The account that selects it on the command line: an alarm of the hub may be about a member."""
    from generator.model.alarms import Alarm

    return alarm.account if isinstance(alarm, Alarm) and alarm.account else name


def parts_of(
    built: Built, estate: Estate, composite: Composite, routing: Mapping[str, Any], subject: DrillSubject
) -> list[DrillSubject]:
    """The alarms that are one incident with a composite and notify a channel, in its account and Region.

    routing: the incident function's table, which names the composites of each alarm. subject: of the composite.
    """
    parts = []
    for alarm in estate.alarms:
        entry = routing["alarms"].get(alarm.name, {})
        if composite.name not in entry.get("parts_of", ()) or subject.account_name not in accounts_with(alarm, estate):
            continue
        part = subject_in(built, estate, alarm, subject.account_name, subject.region)
        parts += [part] if part.listeners else []
    return parts


def subject_in(built: Built, estate: Estate, alarm: Alarm | Composite, name: str, region: str) -> DrillSubject:
    """The subject of its events."""
    from generator.drill.alarm_event import AlarmComparison, DrillSubject
    from generator.model.accounts import Side
    from generator.model.alarms import Composite
    from generator.resolve.alarms.contributors import groups_of

    ids = {account.name: account.id for account in estate.accounts}
    in_hub = alarm.side is Side.HUB
    fields: dict[str, Any] = {
        "alarm": alarm.name,
        "account": estate.hub.account if in_hub else ids[name],
        "account_name": name,
        "region": region,
        "partition": estate.hub.partition,
        "description": alarm.summary or alarm.key,
    }
    if isinstance(alarm, Composite):
        severity = alarm.severity_in(name)
        fields |= _routed(estate, alarm, severity, name)
        return DrillSubject(**fields, severity=severity, condition=None, rule=_rule(built, estate, alarm))
    tuning = alarm.tuning_in(name, region)
    fields |= _routed(estate, alarm, tuning.severity, name)
    filter_key = None if in_hub else alarm.counted
    lines = next((filter_.match for filter_ in estate.metric_filters if filter_.key == filter_key), ())
    condition = AlarmComparison(
        tuning.comparison,
        tuning.threshold,
        tuning.period,
        tuning.datapoints,
        tuning.evaluation_periods,
        alarm.statistic,
        tuple(_metrics(alarm, tuning.period)),
    )
    contributor: tuple[tuple[str, str], ...] = ()
    if alarm.contributors:
        contributor = tuple((label, "example") for label in groups_of(alarm.signal) or ("series",))
    return DrillSubject(**fields, severity=tuning.severity, condition=condition, lines=lines, contributor=contributor)


def channels_of(estate: Estate, alarm: AnyAlarm, severity: AlarmSeverity, name: str) -> tuple[Channel, ...]:
    """The channels that an alarm notifies, in an account by its name; of a hub alarm, in the account it is about."""
    return tuple(channel for entry in _recipients(estate, alarm, severity, name) for channel in entry.channels)


def listeners_of(estate: Estate, severity: AlarmSeverity, account: str, owner: str) -> tuple[str, ...]:
    """The channels that a finding about a member notifies. account: the member's name."""
    from generator.model.alarm_locations import route_table

    recipients = route_table(estate).of(severity, (account,), owner)
    return tuple(channel.name for entry in recipients for channel in entry.channels)


def _recipients(estate: Estate, alarm: AnyAlarm, severity: AlarmSeverity, name: str) -> list[Recipients]:
    from generator.model.accounts import Side
    from generator.model.alarm_locations import HUB, route_table
    from generator.model.alarms import Alarm

    of_hub = (isinstance(alarm, Alarm) and alarm.account) or HUB
    account = of_hub if alarm.side is Side.HUB else name
    return route_table(estate).of(severity, (account,), alarm.owner, alarm.service)


def _routed(estate: Estate, alarm: AnyAlarm, severity: AlarmSeverity, name: str) -> dict[str, Any]:
    from generator.model.routing import RouteRule

    recipients = _recipients(estate, alarm, severity, name)
    by_rule = any(isinstance(entry.route, RouteRule) and entry.route.silent_end for entry in recipients)
    return {
        "listeners": tuple(channel.name for entry in recipients for channel in entry.channels),
        "silent_end": alarm.silent_end or by_rule,
    }


def _rule(built: Built, estate: Estate, composite: Composite) -> str:
    """The rule as the template has it."""
    from generator.manifest import HUB_TEMPLATE, MEMBER_TEMPLATE
    from generator.model.accounts import Side

    template = built.templates[estate.environment][HUB_TEMPLATE if composite.side is Side.HUB else MEMBER_TEMPLATE]
    rule = template["Resources"][composite.logical_id]["Properties"]["AlarmRule"]
    text = rule["Fn::Sub"] if isinstance(rule, dict) else rule
    return str(text[0] if isinstance(text, list) else text)


def _metrics(alarm: Alarm, period: int) -> list[dict[str, Any]]:
    """The metrics of the event's configuration."""
    from generator.model.metric_queries import metric_queries
    from generator.model.signals import AnomalySignal

    # An event of an anomaly lists only the metric.
    queries = metric_queries(alarm)[: 1 if isinstance(alarm.signal, AnomalySignal) else None]
    return [_metric(query, period) for query in queries]


def _metric(query: MetricQuery, period: int) -> dict[str, Any]:
    if query.metric is None:
        own_period = {"period": period} if query.has_period else {}
        expression = {"id": query.id, "expression": query.expression, "label": query.label}
        return {**expression, **own_period, "returnData": query.is_returned}
    identity = {
        "namespace": query.metric.namespace,
        "name": query.metric.name,
        "dimensions": dict(query.metric.dimensions),
    }
    statistics = {"metric": identity, "period": period, "stat": query.statistic}
    statistics |= {"unit": query.metric.unit} if query.metric.unit else {}
    account = {"accountId": query.account.id} if query.account else {}
    return {"id": query.id, "metricStat": statistics, **account, "returnData": query.is_returned}
