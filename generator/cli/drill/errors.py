"""obsgen drill --local errors: from a line in a member's log to the notifications, the API and a report"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any

from generator.build import Built
from generator.cli.drill.subject import account_in, listeners_of, member_region_of, only_one
from generator.cli.exit import usage_error
from generator.manifest import HUB_TEMPLATE

if TYPE_CHECKING:
    from generator.drill.drill_result import DrillEvent
    from generator.drill.errors_example import Asked, Example
    from generator.model.estate import Estate

# Where an alarm is called `errors`, the section's name still means error logs.
NAMES = ("errors", "error_logs")
OUTCOME = "received the new error and its end; the duplicate event was ignored"
FOLDERS = ("error_logs", "events", "api", "reports")
EVERY_GROUP = "/aws/lambda/payment-handler"
# Lines of the report that are shown.
MOST_LINES = 24


def is_requested(built: Built, name: str) -> bool:
    """Whether the name means error logs: no alarm and no composite has it."""
    keys = {alarm.key for estate in built.estates.values() for alarm in estate.alarms}
    keys |= {composite.key for estate in built.estates.values() for composite in estate.composites}
    return name in NAMES and name not in keys


def estate_with(built: Built) -> Estate:
    """The one environment with agents and an API; ends the command where none has them, or several."""
    estates = [estate for estate in built.estates.values() if estate.error_logs and estate.events and estate.events.api]
    if not estates:
        names = ", ".join(built.estates)
        hint = "add `error_logs: true`, and remove `api: false` from events"
        raise usage_error(f"no error-log agents and API of the event store in {names}", hint)
    return only_one(estates, "agents and API of the event store are")


def example_of(built: Built, estate: Estate, account: str | None, region: str | None) -> tuple[Example, dict[str, Any]]:
    """The error of a log line, and the subject, events and outcome of a plan for its finding. Raises CannotDrill."""
    from generator.drill.alarm_event import DrillSubject
    from generator.drill.errors_example import example
    from generator.model.error_log_names import CHECK_OF_KIND

    name, account_id = account_in(estate, account)
    region = member_region_of(estate, name, region)
    severity = dict(estate.error_logs.severity)["log"] if estate.error_logs else "none"
    if severity == "none":
        raise usage_error(f"errors in logs have severity none in {estate.environment}: no channel is notified")
    error = example(_request(built, estate, account_id, region), datetime.now(UTC))
    subject = DrillSubject(
        f"{CHECK_OF_KIND['log']}/{error.opened['detail']['subject']}",
        account_id,
        name,
        region,
        estate.hub.partition,
        severity,
        "A new error in a log",
        None,
        listeners=listeners_of(estate, severity, name, estate.error_logs.owner if estate.error_logs else ""),
    )
    return error, {"subject": subject, "events": tuple(_events(error)), "outcome": OUTCOME}


def _request(built: Built, estate: Estate, account: str, region: str) -> Asked:
    from generator.drill.errors_example import Asked
    from generator.packages import unpacked

    packages = built.packages[estate.environment]
    by_folder = {key.split("/")[1]: content for key, content in packages.items()}
    return Asked(
        packages={folder: unpacked(by_folder[folder]) for folder in FOLDERS if folder in by_folder},
        template=built.templates[estate.environment][HUB_TEMPLATE],
        hub=estate.hub.account,
        hub_region=estate.hub.region,
        partition=estate.hub.partition,
        account=account,
        region=region,
        log_group=_log_group(estate),
    )


def _log_group(estate: Estate) -> str:
    """A log group that agents read: one of the spec where it has one."""
    groups = estate.error_logs.groups if estate.error_logs else None
    if groups is None:
        return EVERY_GROUP
    names = sorted(group.name for group in estate.log_groups)
    chosen = [*groups.names, *(name for name in names if name.startswith(groups.prefixes))]
    chosen += [f"{prefix}payment-handler" for prefix in groups.prefixes]
    included = [name for name in chosen if not any(fnmatchcase(name, pattern) for pattern in groups.exclude)]
    if not included:
        raise usage_error(
            "error_logs.groups has no prefix and no log group: a drill cannot look up functions and services",
            "add error_logs: {groups: {prefixes: [/ecs/]}}",
        )
    return included[0]


def _events(example: Example) -> Iterator[DrillEvent]:
    from generator.drill.drill_result import DrillEvent

    yield DrillEvent("the error is new", "a new error", True, partial(dict, example.opened))
    yield DrillEvent("the same event again", "a new error", False, partial(dict, example.opened))
    yield DrillEvent("it is resolved through the API", "the end", True, partial(dict, example.closed))


def before_the_story(example: Example) -> Iterator[str]:
    """What happens before the first notification."""
    from generator.drill.errors_example import OCCURRENCES

    (error,) = example.window["errors"]
    yield f"{OCCURRENCES} lines in {example.log_group}, such as"
    yield f"  {example.line}"
    yield f"the agent finds {error['count']} of one error, and what leaves the account is"
    yield f"  {error['sample']}"
    yield f"  fingerprint {error['fingerprint']}, made of: {error['shape']}"
    redacted = ", ".join(f"{count} {kind}" for kind, count in sorted(example.window["agent"]["redacted"].items()))
    yield f"  redacted: {redacted}" if redacted else "  nothing was redacted"
    summary = f"{example.error['count']} in 24 hours, state {example.error['state']}"
    yield f"GET /v1/errors/{error['fingerprint']} says {summary}"
    yield ""


def after_the_story(example: Example) -> Iterator[str]:
    """What the report says about the error."""
    if not example.report:
        return
    lines = example.report.rstrip().splitlines()
    yield ""
    yield "The report"
    yield from (f"  {line}".rstrip() for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        yield f"  and {len(lines) - MOST_LINES} more lines"


def as_data(example: Example) -> dict[str, Any]:
    """For `--json`."""
    return {"line": example.line, "log_group": example.log_group, "window": example.window, "error": example.error} | (
        {"report": example.report} if example.report else {}
    )
