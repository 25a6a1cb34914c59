"""The wake-up page of an environment, for the person on call: `obsgen explain incident --all`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.model.alarm_locations import HUB, AnyAlarm, Recipients, RouteTable, route_table, severity_locations
from generator.model.estate import Estate
from generator.model.routing import SEVERITIES, AlarmSeverity, Channel
from generator.render.event_incidents import events
from generator.render.explain_incident import scope, where
from generator.render.incident_groups import (
    KINDS,
    GroupKey,
    IncidentGroups,
    groups,
    notifying_alarms,
    tickets,
    wakes,
)
from generator.render.incident_policy_words import policy_in_words, policy_of
from generator.render.maintenance_words import catalogued
from generator.render.route_words import condition_in_words
from generator.render.wake_up_findings import findings
from generator.wording import duration_in_words, list_in_words, pluralize

_SILENT = "none"
# Effects of a severity, the loudest first; the last is for alarms that notify no channel.
_EFFECTS = (
    "pages",
    "pages only if it is not acknowledged",
    "opens a ticket, without a page",
    "only sends a message",
    "sends no notification",
)


@dataclass(frozen=True, slots=True)
class _Row:
    """Alarms that differ in their account only, at one severity and for the same people. where: accounts."""

    alarms: tuple[AnyAlarm, ...]
    severity: AlarmSeverity
    channels: tuple[Channel, ...]
    where: tuple[str, ...]


def wake_up(estate: Estate) -> str:
    """The page, as Markdown."""
    return "\n".join(_lines(estate)) + "\n"


def _lines(estate: Estate) -> Iterator[str]:
    of, routes = groups(estate), route_table(estate)
    rows = _rows(estate, routes)
    yield "# What will wake me up?"
    yield ""
    yield f"In {estate.environment} of {estate.project}. One cause is one incident: one page, one ticket, one thread."
    yield ""
    yield from _severities(estate, rows)
    yield from _rules(estate)
    yield from _accounts(estate, rows)
    for effect in _EFFECTS:
        yield from _section(effect, [row for row in rows if _of(row, estate) == effect], estate, of)
    yield from findings(routes, lambda severity, channels: _effect(severity, channels, estate))
    yield from events(routes, lambda severity, channels: _effect(severity, channels, estate))
    yield from _together(estate, of, routes)
    yield from _policy(estate)
    yield from catalogued(estate)
    yield from _silent(estate)


def _rows(estate: Estate, routes: RouteTable) -> list[_Row]:
    """The worst first; of the same severity by name."""
    grouped: dict[tuple[object, ...], list[tuple[AnyAlarm, Recipients]]] = {}
    for alarm in notifying_alarms(estate):
        for recipients in routes.recipients(alarm):
            if recipients.severity != _SILENT:
                names = tuple(channel.name for channel in recipients.channels)
                grouped.setdefault((recipients.severity, alarm.path, alarm.key, names), []).append((alarm, recipients))
    rows = [
        _Row(
            tuple(alarm for alarm, _ in group),
            group[0][1].severity,
            group[0][1].channels,
            tuple(place for _, recipients in group for place in recipients.places),
        )
        for group in grouped.values()
    ]
    return sorted(rows, key=lambda row: (SEVERITIES.index(row.severity), row.alarms[0].name))


def _of(row: _Row, estate: Estate) -> str:
    return _effect(row.severity, row.channels, estate)


def _effect(severity: AlarmSeverity, channels: Sequence[Channel], estate: Estate) -> str:
    later = next((escalation.to for escalation in estate.incidents.escalate if escalation.severity == severity), ())
    escalated = [channel for channel in estate.channels if channel.name in later]
    checks = (wakes(channels), wakes(escalated), tickets(channels), bool(channels))
    return next((effect for effect, holds in zip(_EFFECTS, checks, strict=False) if holds), _EFFECTS[-1])


def _severities(estate: Estate, rows: Sequence[_Row]) -> Iterator[str]:
    waits, reminders = dict(estate.incidents.group.wait), dict(estate.incidents.remind)
    later = {one.severity: one for one in estate.incidents.escalate}
    yield "| severity | effect | channels | first message | again, until acknowledged | alarms |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for severity in SEVERITIES[:-1]:
        number = sum(len(row.alarms) for row in rows if row.severity == severity)
        channels = list_in_words([f"{one.name} ({one.type})" for one in estate.channels_for(severity)])
        wait = waits.get(severity, 0)
        again = f"every {duration_in_words(reminders[severity])}" if severity in reminders else "no"
        if severity in later:
            one = later[severity]
            again += f"; after {duration_in_words(one.after)} {list_in_words(one.to)}, too"
        first = f"after {duration_in_words(wait)}" if wait else "at once"
        effect = _effect(severity, estate.channels_for(severity), estate)
        cells = (f"**{severity}**", effect, channels or "none", first, again, str(number))
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield "An alarm of no composite, objective or service is notified at once, whatever its severity."


def _rules(estate: Estate) -> Iterator[str]:
    if not estate.route_rules:
        return
    yield ""
    yield "The first rule that matches replaces these channels:"
    yield ""
    yield "| rule | channels |"
    yield "| --- | --- |"
    for rule in estate.route_rules:
        channels = list_in_words(
            [f"{channel.name} ({channel.type})" for channel in estate.channels_named(rule.channels)]
        )
        yield f"| {condition_in_words(rule)} | {channels or 'none'} |"


def _accounts(estate: Estate, rows: Sequence[_Row]) -> Iterator[str]:
    """The number of alarms of each effect by account."""
    places = list(
        dict.fromkeys((*(account.name for account in estate.accounts), *(p for row in rows for p in row.where)))
    )
    effects = [effect for effect in _EFFECTS if any(_of(row, estate) == effect for row in rows)]
    yield ""
    yield f"| alarms about | {' | '.join(effects)} |"
    yield f"| --- |{' --- |' * len(effects)}"
    counts = {effect: Counter[str]() for effect in effects}
    for row in rows:
        counts[_of(row, estate)].update(row.where)
    for place in places:
        numbers = [counts[effect][place] for effect in effects]
        yield f"| {'all accounts together, in the hub' if place == HUB else place} | {' | '.join(map(str, numbers))} |"


def _section(effect: str, rows: Sequence[_Row], estate: Estate, of: IncidentGroups) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"## What {effect}"
    yield ""
    yield "| what is wrong | alarm | severity | where | one incident with |"
    yield "| --- | --- | --- | --- | --- |"
    for row in rows:
        first = row.alarms[0]
        summary = _cell(first.summary or first.key)
        what = f"[{summary}]({first.runbook})" if first.runbook else summary
        yield f"| {what} | `{_name(row)}` | {row.severity} | {_where(row, estate)} | {_companions(row, estate, of)} |"


def _name(row: _Row) -> str:
    """The alarm's name in tickets and the console; of one over each account the account left open."""
    first = row.alarms[0]
    account = getattr(first, "account", None)
    if len(row.alarms) == 1 or not account:
        return first.name
    if first.own_name:
        return first.name.replace(account, "<account>")
    return first.name.replace(f"-{account}-alarm-", "-<account>-alarm-", 1)


def _where(row: _Row, estate: Estate) -> str:
    return where(row.where, estate)


def _companions(row: _Row, estate: Estate, of: IncidentGroups) -> str:
    shared = list(dict.fromkeys(key for alarm in row.alarms for key in of.shared(alarm, estate)))
    own = row.alarms[0].name
    return "; ".join("its parts" if key.name == own else _anchor(key, of) for key in shared) or "nothing"


def _anchor(key: GroupKey, of: IncidentGroups) -> str:
    composite = of.composites.get(key.name) if key.kind == "composite" else None
    if composite:
        return composite.key
    kinds = {"objective": "objective ", "levels": "the thresholds of "}
    return kinds.get(key.kind, "") + key.name


def _together(estate: Estate, of: IncidentGroups, routes: RouteTable) -> Iterator[str]:
    if not of.members:
        return
    yield ""
    yield "## One incident for several alarms"
    yield ""
    yield "Whichever alarm comes first opens the incident, at its own severity and for its own channels. What joins it"
    yield "adds its channels; a worse severity, or another critical alarm more than five minutes later, pages again. An"
    yield "alarm of two rows makes one incident of both while it is open. It ends when the last of its alarms is OK."
    yield ""
    yield "| incident of | its alarms | at worst |"
    yield "| --- | --- | --- |"
    for key in sorted(of.members, key=lambda one: (KINDS.index(one.kind), one.name)):
        members = sorted(of.members[key], key=lambda one: _worst(one, estate))
        worst = SEVERITIES[min(_worst(one, estate) for one in members)]
        names = "; ".join(f"`{one.name}` {_in_words(one, estate)}" for one in members)
        composite = of.composites.get(key.name)
        description = (
            f": {_cell(composite.summary)}" if composite and composite.summary and key.kind == "composite" else ""
        )
        at_worst = f"{worst}, {_loudest(members, worst, routes)}"
        yield f"| **{_anchor(key, of)}**{description}, {scope(key, estate)} | {names} | {at_worst} |"


def _worst(alarm: AnyAlarm, estate: Estate) -> int:
    return min(SEVERITIES.index(severity) for severity, _ in severity_locations(alarm, estate))


def _loudest(alarms: Sequence[AnyAlarm], severity: AlarmSeverity, routes: RouteTable) -> str:
    """The strongest effect of alarms with a severity."""
    matching = (one for alarm in alarms for one in routes.recipients(alarm) if one.severity == severity)
    return min((_effect(severity, one.channels, routes.estate) for one in matching), key=_EFFECTS.index)


def _in_words(alarm: AnyAlarm, estate: Estate) -> str:
    locations = [(severity, places) for severity, places in severity_locations(alarm, estate) if severity != _SILENT]
    if len(locations) == 1:
        return locations[0][0]
    return ", ".join(f"{severity} in {where(places, estate)}" for severity, places in locations)


def _policy(estate: Estate) -> Iterator[str]:
    yield ""
    yield "## When it goes on, comes again, or everything fires"
    yield ""
    for heading, sentence in policy_in_words(policy_of(estate)):
        yield f"- **{heading}**: {sentence}."
    again = duration_in_words(estate.incidents.reopen_within)
    yield f"- **Open again**: an ALARM within {again} of its OK belongs to the same incident and ticket."
    mail = list_in_words([channel.name for channel in estate.channels if channel.type == "email"])
    if mail:
        yield f"- **When alarms cannot be delivered**: {mail} receives a mail on a separate path, whatever the routes."


def _silent(estate: Estate) -> Iterator[str]:
    """Alarms that are deployed and notify no channel of their own."""
    loud = {alarm.name for alarm in notifying_alarms(estate)}
    alarms: list[AnyAlarm] = [*estate.alarms, *estate.composites]
    rest = [alarm.name for alarm in alarms if alarm.name not in loud and severity_locations(alarm, estate)]
    if rest:
        yield ""
        yield "## No notification of its own"
        yield ""
        yield f"{pluralize(len(rest), 'alarm')} of severity none: {', '.join(f'`{name}`' for name in sorted(rest))}."


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
