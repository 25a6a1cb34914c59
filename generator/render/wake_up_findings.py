"""What checks find, on the wake-up page: tags that are missing, errors in logs."""

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
    yield "## What checks find"
    yield ""
    yield "Each finding is an incident of its own; a storm takes them in, too."
    yield ""
    yield "| what is found | severity | where | what it does |"
    yield "| --- | --- | --- | --- |"
    for what, severity, where, channels in rows:
        yield f"| {what} | {severity} | {where} | {effect(severity, channels)} |"


def _rows(routes: RouteTable) -> Iterator[tuple[str, AlarmSeverity, str, Sequence[Channel]]]:
    """What is found, how severe it is, where, and who hears of it."""
    tags, errors = routes.estate.compliance, routes.estate.error_logs
    if tags:
        everywhere = member_locations(tags.placement, routes.estate)
        differing: dict[AlarmSeverity, list[str]] = {}
        for account, severity in tags.severity_by_account:
            if severity != tags.severity and account in everywhere:
                differing.setdefault(severity, []).append(account)
        others = {name for names in differing.values() for name in names}
        rest = [place for place in everywhere if place not in others]
        found = [(tags.severity, rest, "elsewhere" if differing else _every(tags.placement))]
        found += [(one, sorted(names), "") for one, names in differing.items()]
        for severity, places, words in found:
            recipients = routes.of(severity, places, tags.owner)
            for one in recipients:
                where = words if words and len(recipients) == 1 else list_in_words(one.places)
                yield "tags that are missing or wrong", severity, where, one.channels
    if not errors:
        return
    for kind, severity in errors.severity:
        recipients = routes.of(severity, member_locations(errors.placement, routes.estate), errors.owner)
        for one in recipients:
            where = (_every(errors.placement) if len(recipients) == 1 else "") or list_in_words(one.places)
            yield f"{_WHAT[kind]} (`{CHECK_OF_KIND[kind]}`)", severity, where, one.channels


def _every(placement: Placement | None) -> str:
    """`every account`; empty where only some are looked at, which have to be named."""
    return "every account" if placement is None else ""
