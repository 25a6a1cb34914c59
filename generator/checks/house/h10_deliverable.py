"""H10: whatever severity an alarm or a finding has, somebody hears about it.

An alarm that reaches nobody looks finished in every review, and is found out in the incident it did not announce.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarm_locations import AnyAlarm, Recipients, member_locations, route_table
from generator.model.estate import Estate
from generator.model.routing import SEVERITIES, AlarmSeverity, RouteRule

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
    """A finding for each severity, and each rule or owner, that is used and reaches nobody."""
    estate = subject.estate
    users = _users(estate)
    for severity, path in sorted(users, key=lambda used: (SEVERITIES.index(used[0]), str(used[1]))):
        users_of_severity = users[severity, path]
        names = list(users_of_severity)
        keys = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        message = f"nobody hears about severity {severity}, which {keys}{more} may have: {_reason(path, estate)}"
        paths = list(dict.fromkeys(users_of_severity.values()))[:_MOST_NAMED]
        also = tuple((path, f"has severity {severity}") for path in paths)
        yield Finding(CODE, message, path, hint=_hint(estate, severity, path), on="key", also=also)


def _reason(path: Path, estate: Estate) -> str:
    if path[0] == "owners":
        return f"none of the channels of {path[1]} is in this environment"
    if path[1] == "rules":
        return "none of the channels of the rule that decides is in this environment"
    if all(route.path != path for route in estate.routes):
        return "it has no route"
    alone = len(estate.environments) == 1
    return "its route is empty" if alone else "its route has no channel in this environment"


def _hint(estate: Estate, severity: AlarmSeverity, path: Path) -> str:
    if path != ("routes", severity):
        return "a channel that this environment has, or [] where nobody is to hear"
    channel = next((c.name for c in estate.channels), None)
    if channel is None:
        return f"channels: {{mail: {{type: email, addresses: […]}}}} and routes: {{{severity}: [mail]}}"
    return f"routes: {{{severity}: [{channel}]}}"


def _users(estate: Estate) -> dict[tuple[AlarmSeverity, Path], dict[str, Path]]:
    """Severity, and the route or rule that leads to nobody, to the keys of what has it somewhere, and where they are
    written.

    A rule that says `to: []` means that nobody is to hear, so what it holds of is left out.
    """
    routes = route_table(estate)
    users: dict[tuple[AlarmSeverity, Path], dict[str, Path]] = {}

    def add(key: str, path: Path, recipients: Iterable[Recipients]) -> None:
        for recipient in recipients:
            rule = recipient.route if isinstance(recipient.route, RouteRule) else None
            if recipient.severity != _SILENT and not recipient.channels and not (rule and rule.for_nobody):
                users.setdefault((recipient.severity, rule.path if rule else ("routes", recipient.severity)), {})[
                    key
                ] = path

    alarms: tuple[AnyAlarm, ...] = (*estate.alarms, *estate.composites)
    for alarm in alarms:
        add(alarm.key, alarm.path, routes.recipients(alarm))
    for severity, places in _of_findings(estate):
        owner = estate.compliance.owner if estate.compliance else ""
        add("compliance", ("compliance",), routes.of(severity, places, owner))
    if errors := estate.error_logs:
        for kind, severity in errors.severity:
            places = member_locations(errors.placement, estate)
            add(f"error_logs: {kind}", errors.path, routes.of(severity, places, errors.owner))
    return users


def _of_findings(estate: Estate) -> Iterator[tuple[AlarmSeverity, tuple[str, ...]]]:
    """Severities of what tag compliance finds, and where; none where nobody is to be notified."""
    compliance = estate.compliance
    if compliance is None or {compliance.notify.changes, compliance.notify.scans} == {"none"}:
        return
    by_account = dict(compliance.severity_by_account)
    for member in member_locations(compliance.placement, estate):
        yield by_account.get(member, compliance.severity), (member,)
