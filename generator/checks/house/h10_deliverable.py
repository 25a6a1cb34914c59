"""H10: whatever severity an alarm or a finding has, somebody hears about it.

An alarm that reaches nobody looks finished in every review, and is found out in the incident it did not announce.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarms import Alarm
from generator.model.estate import Estate
from generator.model.people import SEVERITIES, AlarmSeverity
from generator.model.places import Side

CODE = "H10"
NAME = "deliverable-notifications"
TITLE = "Every severity that an alarm or a finding uses is routed to at least one channel."
WHY = (
    "Alarms, and what `compliance` and `error_logs` find, carry a severity, and routes say who hears about which. A"
    " severity without a route goes nowhere: the alarm fires, the event arrives, and the incident function has nobody"
    " to tell. An alarm that is to be silent, because it only serves a composite, says so with `severity: none`."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html"
BAD = """\
routes:
  medium: null
"""
GOOD = """\
routes:
  medium: [mail]
"""
_SILENT = "none"
_MOST_NAMED = 3


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each severity that is used and reaches nobody."""
    estate = subject.estate
    users = _users(estate)
    for severity in SEVERITIES:
        if severity == _SILENT or severity not in users or estate.channels_for(severity):
            continue
        names = list(users[severity])
        named = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        routed = any(route.severity == severity for route in estate.routes)
        reason = "its route is empty" if routed else "it has no route"
        message = f"nobody hears about severity {severity}, which {named}{more} may have: {reason}"
        places = list(dict.fromkeys(users[severity].values()))[:_MOST_NAMED]
        also = tuple((path, f"has severity {severity}") for path in places)
        yield Finding(CODE, message, ("routes", severity), hint=_hint(estate, severity), on="key", also=also)


def _hint(estate: Estate, severity: AlarmSeverity) -> str:
    channel = next((c.name for c in estate.channels), None)
    if channel is None:
        return f"channels: {{mail: {{type: email, addresses: […]}}}} and routes: {{{severity}: [mail]}}"
    return f"routes: {{{severity}: [{channel}]}}"


def _users(estate: Estate) -> dict[AlarmSeverity, dict[str, Path]]:
    """Severity to the keys of the alarms that have it in some account, and where they are written."""
    users: dict[AlarmSeverity, dict[str, Path]] = {}
    for alarm in estate.alarms:
        for severity in _severities(alarm, estate):
            users.setdefault(severity, {})[alarm.key] = alarm.path
    for composite in estate.composites:
        users.setdefault(composite.severity, {})[composite.key] = composite.path
    for severity in _of_findings(estate):
        users.setdefault(severity, {})["compliance"] = ("compliance",)
    if estate.error_logs:
        for kind, severity in estate.error_logs.severity:
            users.setdefault(severity, {})[f"error_logs: {kind}"] = estate.error_logs.path
    return users


def _of_findings(estate: Estate) -> set[AlarmSeverity]:
    """Severities of what tag compliance finds; none where nobody is to be notified."""
    compliance = estate.compliance
    if compliance is None or {compliance.notify.changes, compliance.notify.scans} == {"none"}:
        return set()
    by_account = dict(compliance.severity_by_account)
    found = {by_account.get(account.name, compliance.severity) for account in estate.accounts}
    return found | ({compliance.severity} if estate.organizational_units else set())


def _severities(alarm: Alarm, estate: Estate) -> set[AlarmSeverity]:
    """What an alarm is called where it stands; accounts that a unit brings later get its defaults."""
    tunings = [alarm.tuning] if alarm.side is Side.HUB or estate.organizational_units else []
    if alarm.side is Side.MEMBERS:
        tunings += [alarm.tuning_in(account.name) for account in estate.accounts]
    return {tuning.severity for tuning in tunings if tuning.enabled}
