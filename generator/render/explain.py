"""The origin, the resources and the channels of an entry: `obsgen explain PATH`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from generator.findings import Path, SourceText, dotted, parse_path
from generator.model.accounts import Side
from generator.model.alarm_locations import (
    LATER,
    AnyAlarm,
    RouteTable,
    member_locations,
    route_table,
    severity_locations,
)
from generator.model.alarms import PLACEMENT_LAYER, Alarm, Composite, Origin, actions_with_states
from generator.model.delivery import Digest
from generator.model.estate import Estate
from generator.model.placement import Placement
from generator.model.routing import SEVERITIES, AlarmSeverity, Channel
from generator.render import error_log_words, event_rule_words, explain_logs, member_words, slo_words
from generator.render.catalogue import rule_in_words
from generator.render.compliance_words import explained
from generator.render.estate_json import plain
from generator.render.explain_names import (
    callers,
    lines_of_rule,
    lines_of_severity,
    routes_in_order,
    routes_of_channel,
    switched,
)
from generator.render.explain_places import differing
from generator.render.explain_source import LocatedText, deployed_in, line_of, placement_keys_at
from generator.render.incident_groups import membership
from generator.render.incident_policy_words import policy_by_key, policy_of
from generator.render.route_words import channels_in_words
from generator.render.sharing_words import sharing_in_words
from generator.render.words import condition_in_words, reach_in_words, signal_in_words, warm_up_in_words
from generator.wording import duration_as_written, list_in_words

Templates = Mapping[str, Mapping[str, Any]]


def explain(path: Path, estate: Estate, templates: Templates, source: LocatedText) -> list[str]:
    """Lines about a path in one environment; empty where nothing there comes from it."""
    found = list(_resources(path, templates))
    channels = [c for c in estate.channels if _is_of_entry(path, c.path)]
    alarms = [a for a in estate.alarms if _is_of_entry(path, a.path)]
    composites = [c for c in estate.composites if _is_of_entry(path, c.path)]
    lines = [*slo_words.explained(path, estate)]
    for channel in channels:
        lines += _channel(channel, path, estate, source)
    for alarm in alarms:
        lines += _alarm(alarm, path, estate, source)
    for composite in composites:
        lines += _composite(composite, path, estate, source)
    lines += explain_logs.explained(path, estate, source)
    lines += event_rule_words.explained(path, estate, source)
    lines += _sections(path, estate, source)
    if estate.compliance and path[:1] == estate.compliance.path and not alarms:
        lines += [f"  {row}" for row in explained(path, plain(estate.compliance))]
        found_by = estate.compliance
        lines += [f"  {row}" for row in _of_finding(found_by.severity, found_by.owner, found_by.placement, estate)]
    lines += [f"  {row}" for row in member_words.explained(path, estate)]
    lines += [f"  {row}" for row in _of_error_logs(path, estate)]
    lines += [f"  {row}" for row in _of_incidents(path, estate)]
    if path[:1] == ("routes",) and len(path) == 2 and path[1] != "rules":
        lines += lines_of_severity(str(path[1]), estate)
    lines += routes_in_order(path, estate)
    lines += lines_of_rule(path, estate)
    if path[:2] == ("access", "sharing") and estate.sharing:
        shared = sharing_in_words(plain(estate.sharing))
        lines += [f"  {kind}: {part}" for kind, part in shared.items() if path[2:3] in ((), (kind,))]
    if path[:1] == ("access",) and path[1:] in ((), ("sinks",)) and estate.sharing:
        lines.append(f"  sinks: {', '.join((estate.hub.region, *estate.sharing.other_regions))}")
    if found:
        lines += ["  becomes", *(f"    {row}" for row in found)]
    return [f"{dotted(path)} in {estate.environment}", *lines] if lines else []


def _of_error_logs(path: Path, estate: Estate) -> Iterator[str]:
    """The lines about sections that are no lists; with the channels of each severity."""
    sections = {name: plain(getattr(estate, name)) for name in error_log_words.SECTIONS}
    yield from error_log_words.explained(path, sections)
    if estate.error_logs and path in (("error_logs",), ("error_logs", "severities")):
        used = {severity for _, severity in estate.error_logs.severity}
        owner, where = estate.error_logs.owner, estate.error_logs.placement
        for severity in SEVERITIES:
            yield from _of_finding(severity, owner, where, estate) if severity in used else ()


def _of_incidents(path: Path, estate: Estate) -> Iterator[str]:
    """The rules for incidents: of the whole section, or of one of its keys."""
    if path[:1] != ("incidents",):
        return
    for key, heading, sentence in policy_by_key(policy_of(estate)):
        if len(path) == 1 or path[1] == key:
            yield f"{heading.lower()}: {sentence}"


def _is_of_entry(path: Path, entry: Path) -> bool:
    """True if a path is at or in an entry, or is the service that the entry's alarm comes from."""
    return path[: len(entry)] == entry or (len(path) > 1 and entry[: len(path)] == path)


def _alarm(alarm: Alarm, path: Path, estate: Estate, source: LocatedText) -> Iterator[str]:
    below = path[len(alarm.path) :]
    field = str(below[0]) if below else ""
    yield f"  {alarm.name}{switched(alarm)}"
    if not field:
        yield f"    fires when {condition_in_words(alarm.tuning, alarm)}"
        yield f"    measures {signal_in_words(alarm.signal)}"
        if alarm.silence:
            yield f"    missing data is acceptable: {alarm.silence}"
        if alarm.published_by:
            yield f"    its metrics are published by {alarm.published_by}"
        yield from _actions(alarm)
        if alarm.warm_up_minutes:
            yield f"    warm-up: {warm_up_in_words(alarm.warm_up_minutes)}"
    usual = [_placed_in_words(origin, alarm, estate) for origin in alarm.origins]
    yield from (f"    {row}" for row in _table(usual, field, source))
    for place, origins in differing(alarm, estate.accounts):
        rows = _table(origins, field, source)
        if rows:
            yield f"    in {place}"
            yield from (f"      {row}" for row in rows)
    said = (*alarm.path[:2], "accounts")
    because = f", by accounts: [hub] at {line_of(said, source)}" if alarm.is_of_hub and source.has(said) else ""
    yield f"    deployed to {reach_in_words(estate, alarm)}{because}"
    yield from (f"    incident: {row}" for row in membership(alarm, estate))
    yield from _notifications(alarm, estate)


def _placed_in_words(origin: Origin, alarm: Alarm, estate: Estate) -> Origin:
    """The number of accounts of an alarm with a placement; `false` alone would only apply to accounts that join
    later.
    """
    if origin.field != "enabled" or origin.layer != PLACEMENT_LAYER or alarm.tuning.enabled:
        return origin
    having = sum(alarm.deployed_in(account.name) for account in estate.accounts)
    return replace(origin, value=f"in {having} of {len(estate.accounts)} accounts")


def _sections(path: Path, estate: Estate, source: LocatedText) -> Iterator[str]:
    """The placement of a section that creates one resource in each member."""
    for section in (estate.agent, estate.compliance, estate.error_logs):
        if section is not None and path == section.path:
            yield f"  {deployed_in(section.placement, Side.MEMBERS, section.path, estate, source)}"


def _actions(alarm: Alarm | Composite) -> Iterator[str]:
    if alarm.actions_disabled:
        yield "    its actions are disabled"
    if alarm.actions_in:
        yield f"    its actions are invoked in: {', '.join(alarm.actions_in)}"
    for action, states in actions_with_states(alarm):
        if states:
            yield f"    invoked in {', '.join(states)}: {action}"


def _composite(composite: Composite, path: Path, estate: Estate, source: LocatedText) -> Iterator[str]:
    yield f"  {composite.name}"
    if len(path) <= len(composite.path):
        yield f"    fires when {rule_in_words(composite.rule)}"
        yield from _actions(composite)
    yield from (f"    {row}" for row in _table(composite.origins, str(path[2]) if len(path) > 2 else "", source))
    yield f"    deployed to {reach_in_words(estate, composite)}{placement_keys_at(composite.path, source)}"
    yield from (f"    incident: {row}" for row in membership(composite, estate))
    routes = route_table(estate)
    for severity, places in severity_locations(composite, estate):
        yield from _route_lines(severity, places, composite, routes, always=bool(composite.severity_by_account))


def _channel(channel: Channel, path: Path, estate: Estate, source: LocatedText) -> Iterator[str]:
    """The policy that its messages are sent by; what the entry does not give is the type's own."""
    yield f"  {channel.name} ({channel.type})"
    rows = _delivery(channel, source)
    yield from (f"    {row}" for row in _table(rows, str(path[2]) if len(path) > 2 else "", source))
    yield from routes_of_channel(channel, estate)
    yield from callers(channel, estate)


def _delivery(channel: Channel, source: LocatedText) -> list[Origin]:
    policy = channel.delivery
    values = {
        "rate": f"{policy.rate_per_minute}/1m",
        "retry_for": duration_as_written(policy.retry_seconds),
        "missed": policy.missed,
        "digest": _digest_as_written(policy.digest),
        "time_limit": duration_as_written(policy.time_limit_seconds),
        **({"private": "true"} if policy.private else {}),
    }
    origins = []
    for name, value in values.items():
        is_explicit = source.has((*channel.path, name))
        origins.append(
            Origin(name, value, "entry" if is_explicit else "built-in", (*channel.path, name) if is_explicit else ())
        )
    return origins


def _digest_as_written(digest: Digest | None) -> str:
    if digest is None:
        return "none"
    return f"{{above: {digest.above_per_minute}/1m, every: {duration_as_written(digest.every_seconds)}}}"


def _table(origins: Sequence[Origin], field: str, source: SourceText) -> list[str]:
    """Field, value, layer, place; in columns."""
    chosen = [o for o in origins if not field or o.field == field]
    rows = [(o.field, o.value, o.layer, line_of(o.path, source)) for o in chosen]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip() for row in rows
    ]


def _notifications(alarm: Alarm, estate: Estate) -> Iterator[str]:
    """First what most accounts have, then those that differ."""
    routes, usual = route_table(estate), alarm.tuning.severity
    places = dict(severity_locations(alarm, estate)).get(usual, (LATER,))
    yield from _route_lines(usual, places, alarm, routes)
    for variant in alarm.variants:
        severity = variant.tuning.severity
        if severity != usual and variant.tuning.enabled:
            for recipients in routes.of(severity, (variant.account,), alarm.owner, alarm.service):
                yield f"    {severity} in {variant.account}: {channels_in_words(recipients)}"


def _route_lines(
    severity: AlarmSeverity, places: Sequence[str], alarm: AnyAlarm, routes: RouteTable, *, always: bool = False
) -> Iterator[str]:
    """A line for each route. always: whether to name the places of a single one, too."""
    recipients = routes.of(severity, places, alarm.owner, alarm.service)
    for recipient in recipients:
        where = f" in {list_in_words(recipient.places)}" if always or len(recipients) > 1 else ""
        yield f"    {severity}{where}: {channels_in_words(recipient)}"


def _of_finding(severity: AlarmSeverity, owner: str, placement: Placement | None, estate: Estate) -> Iterator[str]:
    """The channels for findings of a section in the members that have it, where they differ by account."""
    recipients = route_table(estate).of(severity, member_locations(placement, estate), owner)
    for recipient in recipients:
        where = f" in {list_in_words(recipient.places)}" if len(recipients) > 1 else ""
        yield f"{severity}{where}: {channels_in_words(recipient)}"


def _resources(path: Path, templates: Templates) -> Iterator[str]:
    """The resources of this path in the templates: those of entries below it, and the one that it is a part of."""
    for file, template in templates.items():
        for logical_id, resource in template["Resources"].items():
            origin = parse_path(resource.get("Metadata", {}).get("obsgen", {}).get("path", ""))
            below = origin[: len(path)] == path
            # An entry's own resource, not everything that a whole section shares.
            part_of = len(origin) > 1 and path[: len(origin)] == origin
            if origin and (below or part_of):
                yield f"{file} {logical_id} ({resource['Type']})"
