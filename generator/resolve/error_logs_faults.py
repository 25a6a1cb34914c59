"""What cannot be meant in `error_logs`: times that do not fit, rules of no use, and kinds that are there twice."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Path, Severity
from generator.resolve.alarms.cascade import written
from generator.resolve.event_environments import ERROR_LOGS, events_spec, unknown_environments
from generator.spec.document import Document
from generator.spec.error_logs import ErrorLogsSpec, OwnPatternSpec
from generator.spec.events import EventsSpec

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
LONGEST_LEARN_DAYS = 30


def faults(spec: ErrorLogsSpec, document: Document) -> Iterator[Finding]:
    """Everything that is wrong, in the order of the section's keys."""
    yield from _windows(spec)
    yield from _groups(spec)
    yield from _redacted(spec)
    yield from _rules(spec)
    yield from _times(spec, document)
    yield from unknown_environments(spec.environments, document, ERROR_LOGS)
    if document.events is False:
        message = "what agents find has no place without the event store"
        yield Finding("R06", message, ("events",), hint="leave it out, or events: {keep: 90d}")


def _windows(spec: ErrorLogsSpec) -> Iterator[Finding]:
    """Windows lie side by side on the clock, so that a period divides the hour."""
    path: Path = (*ERROR_LOGS, "every")
    if not _MINUTE <= spec.every <= _HOUR or _HOUR % spec.every or spec.every % _MINUTE:
        message = (
            f"logs are read every 1m to 1h, in minutes that divide the hour, not every {written('period', spec.every)}"
        )
        yield Finding("R05", message, path, hint="1m, 2m, 3m, 4m, 5m, 6m, 10m, 12m, 15m, 20m, 30m or 1h")
    if spec.delivery_latency >= spec.every:
        latency, every = written("period", spec.delivery_latency), written("period", spec.every)
        message = f"a window of {every} that waits {latency} is over before it is read"
        yield Finding("R05", message, (*ERROR_LOGS, "delivery_latency"), hint=f"less than {every}, such as 15s")


def _groups(spec: ErrorLogsSpec) -> Iterator[Finding]:
    groups, path = spec.groups, (*ERROR_LOGS, "groups")
    if not (groups.functions or groups.services or groups.prefixes or groups.names or groups.tags):
        message = "no log group is chosen, so that nothing would ever be found"
        yield Finding("R07", message, path, hint="functions: true, or prefixes: [/ecs/]", on="key")
    for index, pattern in enumerate(groups.exclude):
        if not pattern.strip("*"):
            message = "every log group is left out, so that nothing would ever be found"
            yield Finding("R07", message, (*path, "exclude", index), hint='such as "*-debug"')


def _redacted(spec: ErrorLogsSpec) -> Iterator[Finding]:
    names = [kind.name if isinstance(kind, OwnPatternSpec) else kind for kind in spec.redact]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Finding(
                "R07", f"`{name}` is there twice", (*ERROR_LOGS, "redact", index), hint="leave one of them out"
            )


def _rules(spec: ErrorLogsSpec) -> Iterator[Finding]:
    names = [rule.name for rule in spec.same]
    for index, name in enumerate(names):
        if name in names[:index]:
            message = f"`{name}` is the name of two rules; lines of both would be one error"
            yield Finding("R07", message, (*ERROR_LOGS, "same", index, "name"), hint="one pattern a|b, or another name")
    every = [index for index, owner in enumerate(spec.owners) if not (owner.log_group or owner.service or owner.path)]
    if every and every[-1] > 0:
        message = "this entry is for everything, so that none of those before it ever holds: the last that matches wins"
        yield Finding("R07", message, (*ERROR_LOGS, "owners", every[-1]), hint="put it first, or use `owner`", on="key")


def _times(spec: ErrorLogsSpec, document: Document) -> Iterator[Finding]:
    if spec.learn > LONGEST_LEARN_DAYS * _DAY:
        message = (
            f"an account whose errors are silent for {written('period', spec.learn)} looks fine, and is not watched"
        )
        yield Finding("R05", message, (*ERROR_LOGS, "learn"), hint=f"{LONGEST_LEARN_DAYS}d at most, such as 1d")
    keep = (events_spec(document) or EventsSpec()).keep
    if spec.quiet_after < max(_HOUR, 2 * spec.every):
        message = "an error would be resolved before two windows have been read"
        yield Finding("R05", message, (*ERROR_LOGS, "quiet_after"), hint="1h at least, such as 7d")
    elif spec.quiet_after > keep:
        quiet, kept_for = written("period", spec.quiet_after), written("period", keep)
        message = f"errors are forgotten after {kept_for}, before {quiet} without one have passed"
        hint = f"{kept_for} at most, or a longer `keep` of `events`"
        yield Finding("R07", message, (*ERROR_LOGS, "quiet_after"), Severity.ERROR, hint)
