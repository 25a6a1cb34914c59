"""The notifications of an alarm: `obsgen explain incident ALARM`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.model.alarm_locations import AnyAlarm, Recipients, route_table, severity_locations
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.routing import AlarmSeverity
from generator.render.estate_json import plain
from generator.render.incident_groups import GroupKey, IncidentGroups, contributors_in_words, everywhere, keys
from generator.render.incident_policy_words import acknowledged, flapping, policy_of, quiet_hours, storm, updates
from generator.render.route_words import reason_in_words
from generator.wording import duration_in_words, first_of, list_in_words

SHOWN = 8
_SILENT = "none"


def explain_incident(alarm: AnyAlarm, estate: Estate, groups: IncidentGroups) -> list[str]:
    """Lines: the incident, the notified channels and when, and what happens until it is acknowledged."""
    locations = severity_locations(alarm, estate)
    notified = [location for location in locations if location[0] != _SILENT]
    lines = [f"{alarm.name} in {estate.environment}{f': {alarm.summary}' if alarm.summary else ''}"]
    if not notified:
        off = "is disabled" if not locations else "has severity none"
        return [*lines, f"  {off}: it opens no incident and notifies no channel"]
    recipients = [location for location in route_table(estate).recipients(alarm) if location.severity != _SILENT]
    shared = groups.shared(alarm, estate)
    is_grouped = any(True for _ in keys(alarm, estate))
    lines += ["  notified channels", *(f"    {row}" for row in _recipient_lines(recipients, estate, is_grouped))]
    lines += ["  one incident with", *(f"    {row}" for row in _with(alarm, shared, estate, groups))]
    lines += ["  while it is open", *(f"    {row}" for row in _open(notified, alarm, estate, is_grouped))]
    lines += ["  in a storm", f"    {storm(plain(estate.incidents.storm))}"]
    return lines


def _recipient_lines(recipients: Sequence[Recipients], estate: Estate, is_grouped: bool) -> Iterator[str]:
    """`critical in checkout and ledger: pager (pagerduty), ops-jira (jira), at once`."""
    waits = dict(estate.incidents.group.wait)
    for recipient in recipients:
        channels = list_in_words([f"{channel.name} ({channel.type})" for channel in recipient.channels])
        wait = waits.get(recipient.severity, 0) if is_grouped else 0
        when = f"after {duration_in_words(wait)}, to collect related alarms" if wait else "at once"
        who = f"{channels}, {when}" if channels else "no channel"
        yield f"{recipient.severity} in {where(recipient.places, estate)}: {who}{reason_in_words(recipient.route)}"
    quiet = estate.incidents.quiet
    if quiet and any(recipient.channels and recipient.severity in quiet.severities for recipient in recipients):
        yield quiet_hours(plain(quiet))


def where(places: Sequence[str], estate: Estate) -> str:
    """The accounts in words; all of them are every account."""
    is_everywhere = len(places) > 1 and everywhere(places, estate)
    return "every account" if is_everywhere else list_in_words(places)


def _with(alarm: AnyAlarm, shared: Sequence[GroupKey], estate: Estate, groups: IncidentGroups) -> Iterator[str]:
    if isinstance(alarm, Alarm) and alarm.contributors:
        yield contributors_in_words(alarm.contributors)
    elif isinstance(alarm, Alarm) and alarm.alone and not shared:
        yield "nothing: `group: none` keeps it alone"
    elif not shared:
        yield "nothing: no composite, objective or service that another alarm has, too"
    for key in shared:
        names = [
            f"{other.name}{_severities(other, estate)}" for other in groups.others(alarm, key) if other.name != key.name
        ]
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
    severities = [severity for severity, _ in severity_locations(alarm, estate) if severity != _SILENT]
    return f" ({' or '.join(severities)})"


def _open(
    notified: Sequence[tuple[AlarmSeverity, Sequence[str]]], alarm: AnyAlarm, estate: Estate, is_grouped: bool
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
    for severity, _ in notified:
        seconds = reminders.get(severity)
        yield f"{severity}: {f'a reminder every {duration_in_words(seconds)}' if seconds else 'no reminders'}"
    for escalation in incidents.escalate:
        if escalation.severity in {severity for severity, _ in notified}:
            after = duration_in_words(escalation.after)
            yield f"{escalation.severity}: {list_in_words(escalation.to)} too, if it is not acknowledged within {after}"
    yield f"acknowledged {acknowledged(data['acknowledge'])}"
    yield flapping(data["flapping"])
    if alarm.page_again:
        yield f"`page_again`: a pager is called again after {duration_in_words(alarm.page_again)} at the earliest"
    if isinstance(alarm, Composite) and alarm.suppressor:
        yield f"suppressed by {alarm.suppressor}: no notification while that is in ALARM"
