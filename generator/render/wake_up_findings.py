"""Results of checks on the wake-up page: missing tags, errors in logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from generator.model.alarm_locations import RouteTable, member_locations
from generator.model.error_log_names import CHECK_OF_KIND
from generator.model.placement import Placement
from generator.model.routing import SEVERITIES, AlarmSeverity, Channel
from generator.wording import list_in_words

_WHAT = {
    "log": "errors in log lines",
    "lambda": "failed invocations of Lambda functions",
    "task": "ECS tasks that failed",
    "health": "ECS services that do not run",
    "spike": "many times more errors than usual",
    "agent": "an agent that is silent, failed or incomplete",
}


def findings(routes: RouteTable, effect: Callable[[AlarmSeverity, Sequence[Channel]], str]) -> Iterator[str]:
    """A section; nothing where no check is switched on. effect: what a severity does to the people of channels."""
    rows = sorted(_rows(routes), key=lambda row: (SEVERITIES.index(row[1]), row[0]))
    if not rows:
        return
    yield ""
    yield "## Findings of checks"
    yield ""
    yield "Each finding is an incident of its own; a storm includes them, too."
    yield ""
    yield "| finding | severity | where | effect |"
    yield "| --- | --- | --- | --- |"
    for what, severity, where, channels in rows:
        yield f"| {what} | {severity} | {where} | {effect(severity, channels)} |"


def _rows(routes: RouteTable) -> Iterator[tuple[str, AlarmSeverity, str, Sequence[Channel]]]:
    """The rows: result, severity, accounts and channels."""
    tags, errors = routes.estate.compliance, routes.estate.error_logs
    if tags:
        everywhere = member_locations(tags.placement, routes.estate)
        differing: dict[AlarmSeverity, list[str]] = {}
        for account, severity in tags.severity_by_account:
            if severity != tags.severity and account in everywhere:
                differing.setdefault(severity, []).append(account)
        other_accounts = {name for names in differing.values() for name in names}
        rest = [account_name for account_name in everywhere if account_name not in other_accounts]
        rows = [(tags.severity, rest, "elsewhere" if differing else _every(tags.placement))]
        rows += [(recipient, sorted(names), "") for recipient, names in differing.items()]
        for severity, places, words in rows:
            recipients = routes.of(severity, places, tags.owner)
            for recipient in recipients:
                where = words if words and len(recipients) == 1 else list_in_words(recipient.places)
                yield "tags that are missing or wrong", severity, where, recipient.channels
    if not errors:
        return
    for kind, severity in errors.severity:
        recipients = routes.of(severity, member_locations(errors.placement, routes.estate), errors.owner)
        for recipient in recipients:
            where = (_every(errors.placement) if len(recipients) == 1 else "") or list_in_words(recipient.places)
            yield f"{_WHAT[kind]} (`{CHECK_OF_KIND[kind]}`)", severity, where, recipient.channels


def _every(placement: Placement | None) -> str:
    """`every account`; empty where only some are checked, which have to be named."""
    return "every account" if placement is None else ""
