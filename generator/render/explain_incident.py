"""What an alarm does to people: `obsgen explain incident ALARM`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.model.alarm_locations import AnyAlarm, Recipients, route_table, severity_locations
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.routing import AlarmSeverity
from generator.render.estate_json import plain
from generator.render.incident_groups import GroupKey, IncidentGroups, everywhere, keys
from generator.render.incident_policy_words import acknowledged, flapping, policy_of, quiet_hours, storm, updates
from generator.render.route_words import reason_in_words
from generator.wording import duration_in_words, first_of, list_in_words

SHOWN = 8
_SILENT = "none"


def explain_incident(alarm: AnyAlarm, estate: Estate, groups: IncidentGroups) -> list[str]:
    """Lines: whose incident it is, who hears of it when, and what happens while nobody reacts."""
    found = severity_locations(alarm, estate)
    told = [one for one in found if one[0] != _SILENT]
    lines = [f"{alarm.name} in {estate.environment}{f': {alarm.summary}' if alarm.summary else ''}"]
    if not told:
        off = "is switched off" if not found else "has severity none"
        return [*lines, f"  {off}: it opens no incident and tells nobody"]
    recipients = [one for one in route_table(estate).recipients(alarm) if one.severity != _SILENT]
    shared = groups.shared(alarm, estate)
    is_grouped = any(True for _ in keys(alarm, estate))
    lines += ["  who is told", *(f"    {row}" for row in _told(recipients, estate, is_grouped))]
    lines += ["  one incident with", *(f"    {row}" for row in _with(alarm, shared, estate, groups))]
    lines += ["  while it is open", *(f"    {row}" for row in _open(told, alarm, estate, is_grouped))]
    lines += ["  in a storm", f"    {storm(plain(estate.incidents.storm))}"]
    return lines


def _told(told: Sequence[Recipients], estate: Estate, is_grouped: bool) -> Iterator[str]:
    """`critical in checkout and ledger: pager (pagerduty), ops-jira (jira), at once`."""
    waits = dict(estate.incidents.group.wait)
    for one in told:
        channels = list_in_words([f"{channel.name} ({channel.type})" for channel in one.channels])
        wait = waits.get(one.severity, 0) if is_grouped else 0
        when = f"after {duration_in_words(wait)}, for what else comes" if wait else "at once"
        who = f"{channels}, {when}" if channels else "nobody"
        yield f"{one.severity} in {where(one.places, estate)}: {who}{reason_in_words(one.route)}"
    quiet = estate.incidents.quiet
    if quiet and any(one.channels and one.severity in quiet.severities for one in told):
        yield quiet_hours(plain(quiet))


def where(places: Sequence[str], estate: Estate) -> str:
    """The accounts in words; all of them are every account."""
    several = len(places) > 1 and everywhere(places, estate)
    return "every account" if several else list_in_words(places)


def _with(alarm: AnyAlarm, shared: Sequence[GroupKey], estate: Estate, groups: IncidentGroups) -> Iterator[str]:
    if isinstance(alarm, Alarm) and alarm.alone and not shared:
        yield "nothing: `group: none` keeps it alone"
    elif not shared:
        yield "nothing: no composite, objective or service that another alarm has, too"
    for key in shared:
        names = [f"{one.name}{_severities(one, estate)}" for one in groups.others(alarm, key) if one.name != key.name]
        whose = "its parts" if key.name == alarm.name else title(key, groups)
        yield f"{whose}, {scope(key, estate)}: {first_of(names, SHOWN)}".rstrip(": ")
    if shared:
        yield "whichever comes first opens it; what is worse, or critical and later than 5 minutes, pages again"


def title(key: GroupKey, groups: IncidentGroups) -> str:
    """`composite payments-down-alarm-prod (critical)`, `objective checkout-availability`, `service payment-handler`."""
    if key.kind == "service":
        return key.name
    if key.kind == "levels":
        return f"the other thresholds of {key.name}"
    composite = groups.composites.get(key.name)
    return f"{key.kind} {key.name}{f' ({composite.severity})' if composite else ''}"


def scope(key: GroupKey, estate: Estate) -> str:
    """In what they have to be the same, besides."""
    if key.kind != "service":
        return "in one account and Region"
    by = estate.incidents.group.by
    places = [name for name in ("account", "region") if name in by]
    return f"in one {' and '.join(places)}".replace("region", "Region") if places else "in all accounts together"


def _severities(alarm: AnyAlarm, estate: Estate) -> str:
    found = [severity for severity, _ in severity_locations(alarm, estate) if severity != _SILENT]
    return f" ({' or '.join(found)})"


def _open(
    told: Sequence[tuple[AlarmSeverity, Sequence[str]]], alarm: AnyAlarm, estate: Estate, is_grouped: bool
) -> Iterator[str]:
    incidents = estate.incidents
    data = policy_of(estate)
    if is_grouped:
        yield f"{updates(data['group'])}; it ends when the last of its alarms is OK"
    else:
        yield "it ends when the alarm is OK"
    again = duration_in_words(incidents.reopen_within)
    yield f"an ALARM within {again} of its OK belongs to the same incident and ticket"
    reminders = dict(incidents.remind)
    for severity, _ in told:
        seconds = reminders.get(severity)
        yield f"{severity}: {f'a reminder every {duration_in_words(seconds)}' if seconds else 'no reminders'}"
    for one in incidents.escalate:
        if one.severity in {severity for severity, _ in told}:
            after = duration_in_words(one.after)
            yield f"{one.severity}: {list_in_words(one.to)} too, when nobody acknowledges it within {after}"
    yield f"acknowledged {acknowledged(data['acknowledge'])}"
    yield flapping(data["flapping"])
    if alarm.page_again:
        yield f"`page_again`: a pager hears of it again {duration_in_words(alarm.page_again)} later at the earliest"
    if isinstance(alarm, Composite) and alarm.suppressor:
        yield f"nobody hears of it while {alarm.suppressor} is in ALARM"
