"""H10: every severity in use has a channel.

An alarm without a channel looks complete in every review, until an incident is not notified.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarm_locations import AnyAlarm, Recipients, event_rule_locations, member_locations, route_table
from generator.model.estate import Estate
from generator.model.routing import SEVERITIES, AlarmSeverity, RouteRule
from generator.wording import first_of

CODE = "H10"
NAME = "deliverable-notifications"
TITLE = "Every severity that an alarm or a finding uses is routed to at least one channel."
SUMMARY = "Every severity in use is routed to at least one channel."
WHY = (
    "Alarms, event rules, and the findings of `compliance` and `error_logs` have a severity, and routes map it to"
    " channels. A severity without a route is not delivered: the alarm fires, the event arrives, and the incident"
    " function has no channel to notify. An alarm that only serves a composite has `severity: none`."
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
    """A finding for each severity, and each rule or owner, that is used and has no channel."""
    estate = subject.estate
    users = _users(estate)
    for severity, path in sorted(users, key=lambda used: (SEVERITIES.index(used[0]), str(used[1]))):
        users_of_severity = users[severity, path]
        names = list(users_of_severity)
        keys = first_of([f"`{name}`" for name in names], _MOST_NAMED)
        message = f"severity {severity} (used by {keys}) has no channel: {_reason(path, estate)}"
        paths = list(dict.fromkeys(users_of_severity.values()))[:_MOST_NAMED]
        also = tuple((path, f"has severity {severity}") for path in paths)
        yield Finding(CODE, message, path, hint=_hint(estate, severity, path), on="key", also=also)


def _reason(path: Path, estate: Estate) -> str:
    if path[0] == "owners":
        return f"no channel of owner {path[1]} is in this environment"
    if path[1] == "rules":
        return "no channel of the route rule that applies is in this environment"
    if all(route.path != path for route in estate.routes):
        return "it has no route"
    alone = len(estate.environments) == 1
    return "its route is empty" if alone else "its route has no channel in this environment"


def _hint(estate: Estate, severity: AlarmSeverity, path: Path) -> str:
    if path != ("routes", severity):
        return "use a channel of this environment, or [] for no notification"
    channel = next((c.name for c in estate.channels), None)
    if channel is None:
        return f"add channels: {{mail: {{type: email, addresses: […]}}}} and routes: {{{severity}: [mail]}}"
    return f"add routes: {{{severity}: [{channel}]}}"


def _users(estate: Estate) -> dict[tuple[AlarmSeverity, Path], dict[str, Path]]:
    """The users of severities without a channel: from a severity and the path of its route or rule, to key and path.

    A rule with `to: []` asks for no notification, so alarms that it matches are not included.
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
    for rule in estate.event_rules:
        add(rule.key, rule.path, routes.of(rule.severity, event_rule_locations(rule, estate), rule.owner, rule.service))
    return users


def _of_findings(estate: Estate) -> Iterator[tuple[AlarmSeverity, tuple[str, ...]]]:
    """The severities of compliance findings, with their members; none if the file asks for no notification."""
    compliance = estate.compliance
    if compliance is None or {compliance.notify.changes, compliance.notify.scans} == {"none"}:
        return
    by_account = dict(compliance.severity_by_account)
    for member in member_locations(compliance.placement, estate):
        yield by_account.get(member, compliance.severity), (member,)
