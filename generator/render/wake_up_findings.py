"""What checks find, on the wake-up page: tags that are missing, errors in logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.model.error_log_names import CHECK_OF_KIND
from generator.model.estate import Estate
from generator.model.people import SEVERITIES, AlarmSeverity
from generator.render.incident_policy_words import listed

_WHAT = {
    "log": "errors in log lines",
    "lambda": "failed invocations of Lambda functions",
    "task": "ECS tasks that failed",
    "health": "ECS services that do not run",
    "spike": "many times more errors than usual",
    "agent": "an agent that is silent, failed or incomplete",
}


def findings(estate: Estate, effect: Callable[[AlarmSeverity, Estate], str]) -> Iterator[str]:
    """A section; nothing where no check is switched on. effect: what a severity does to people."""
    rows = sorted(_rows(estate), key=lambda row: (SEVERITIES.index(row[1]), row[0]))
    if not rows:
        return
    yield ""
    yield "## What checks find"
    yield ""
    yield "Each finding is an incident of its own; a storm takes them in, too."
    yield ""
    yield "| what is found | severity | where | what it does |"
    yield "| --- | --- | --- | --- |"
    yield from (f"| {what} | {severity} | {where} | {effect(severity, estate)} |" for what, severity, where in rows)


def _rows(estate: Estate) -> Iterator[tuple[str, AlarmSeverity, str]]:
    tags, errors = estate.compliance, estate.error_logs
    if tags:
        differing: dict[AlarmSeverity, list[str]] = {}
        for account, severity in tags.severity_by_account:
            if severity != tags.severity:
                differing.setdefault(severity, []).append(account)
        yield "tags that are missing or wrong", tags.severity, "elsewhere" if differing else "every account"
        yield from (("tags that are missing or wrong", one, listed(sorted(names))) for one, names in differing.items())
    for kind, severity in errors.severity if errors else ():
        yield f"{_WHAT[kind]} (`{CHECK_OF_KIND[kind]}`)", severity, "every account"
