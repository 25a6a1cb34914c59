"""obsgen drill --local errors: from a line in a member's log to what people see, the API and a report"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any

from generator.build import HUB_TEMPLATE, Built
from generator.cli.drill.subject import account_in, listeners_of, member_region_of, only_one
from generator.cli.exit import usage_error

if TYPE_CHECKING:
    from generator.drill.drill_result import Event
    from generator.drill.errors_example import Asked, Example
    from generator.model.estate import Estate

# An alarm may well be called `errors`; then the section's name is left.
ERRORS = ("errors", "error_logs")
ALL_HEARD = "heard that it is new and over, nobody of the duplicate"
FOLDERS = ("error_logs", "events", "api", "reports")
EVERY_GROUP = "/aws/lambda/payment-handler"
# Lines of the report that are shown.
MOST_LINES = 24


def is_asked(built: Built, name: str) -> bool:
    """Whether error logs are meant: nothing else has that name."""
    keys = {alarm.key for estate in built.estates.values() for alarm in estate.alarms}
    keys |= {composite.key for estate in built.estates.values() for composite in estate.composites}
    return name in ERRORS and name not in keys


def estate_with(built: Built) -> Estate:
    """The environment that has agents and an API; ends the command where none does, or several."""
    having = [one for one in built.estates.values() if one.error_logs and one.events and one.events.api]
    if not having:
        names = ", ".join(built.estates)
        hint = "add `error_logs: true`, and leave `api: false` out of events"
        raise usage_error(f"no agents and API of the event store here: {names}", hint)
    return only_one(having, "agents and API of the event store are")


def played(built: Built, estate: Estate, account: str | None, region: str | None) -> tuple[Example, dict[str, Any]]:
    """What came of a line, and what a plan needs to play the finding on. Raises CannotDrill."""
    from generator.drill.alarm_event import Subject
    from generator.drill.errors_example import example
    from generator.model.error_log_names import CHECK_OF_KIND

    name, number = account_in(estate, account)
    place = member_region_of(estate, name, region)
    severity = dict(estate.error_logs.severity)["log"] if estate.error_logs else "none"
    if severity == "none":
        raise usage_error(f"errors in logs are of severity none in {estate.environment}: nobody is to hear")
    made = example(_asked(built, estate, number, place), datetime.now(UTC))
    subject = Subject(
        f"{CHECK_OF_KIND['log']}/{made.opened['detail']['subject']}",
        number,
        name,
        place,
        estate.hub.partition,
        severity,
        "A new error in a log",
        None,
        listeners=listeners_of(estate, severity, name, estate.error_logs.owner if estate.error_logs else ""),
    )
    return made, {"subject": subject, "events": tuple(_events(made)), "all_heard": ALL_HEARD}


def _asked(built: Built, estate: Estate, account: str, region: str) -> Asked:
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
    """A log group that agents look at: one of the file's where there is one."""
    groups = estate.error_logs.groups if estate.error_logs else None
    if groups is None:
        return EVERY_GROUP
    names = sorted(group.name for group in estate.log_groups)
    chosen = [*groups.names, *(name for name in names if name.startswith(groups.prefixes))]
    chosen += [f"{prefix}payment-handler" for prefix in groups.prefixes]
    kept = [name for name in chosen if not any(fnmatchcase(name, one) for one in groups.exclude)]
    if not kept:
        raise usage_error(
            "error_logs.groups names no prefix and no log group: a drill cannot look up functions and services",
            "error_logs: {groups: {prefixes: [/ecs/]}}",
        )
    return kept[0]


def _events(made: Example) -> Iterator[Event]:
    from generator.drill.drill_result import Event

    yield Event("the error is new", "a new error", True, partial(dict, made.opened))
    yield Event("the same event again", "a new error", False, partial(dict, made.opened))
    yield Event("it is resolved through the API", "the end", True, partial(dict, made.closed))


def before_the_story(made: Example) -> Iterator[str]:
    """What happens before anybody hears."""
    from generator.drill.errors_example import OCCURRENCES

    (error,) = made.window["errors"]
    yield f"{OCCURRENCES} lines in {made.log_group}, such as"
    yield f"  {made.line}"
    yield f"the agent finds {error['count']} of one error, and what leaves the account is"
    yield f"  {error['sample']}"
    yield f"  fingerprint {error['fingerprint']}, made of: {error['shape']}"
    redacted = ", ".join(f"{count} {kind}" for kind, count in sorted(made.window["agent"]["redacted"].items()))
    yield f"  redacted: {redacted}" if redacted else "  nothing was redacted"
    yield f"GET /v1/errors/{error['fingerprint']} says {made.error['count']} in 24 hours, state {made.error['state']}"
    yield ""


def after_the_story(made: Example) -> Iterator[str]:
    """What the report says of it."""
    if not made.report:
        return
    lines = made.report.rstrip().splitlines()
    yield ""
    yield "The report"
    yield from (f"  {line}".rstrip() for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        yield f"  and {len(lines) - MOST_LINES} more lines"


def as_data(made: Example) -> dict[str, Any]:
    """For `--json`."""
    return {"line": made.line, "log_group": made.log_group, "window": made.window, "error": made.error} | (
        {"report": made.report} if made.report else {}
    )
