"""Contradictions in `error_logs`: times that do not fit, rules of no use, and duplicate kinds."""

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
        message = "error logs require the event store"
        yield Finding("R06", message, ("events",), hint="remove it, or add events: {keep: 90d}")


def _windows(spec: ErrorLogsSpec) -> Iterator[Finding]:
    """Windows lie side by side on the clock, so that a period divides the hour."""
    path: Path = (*ERROR_LOGS, "every")
    if not _MINUTE <= spec.every <= _HOUR or _HOUR % spec.every or spec.every % _MINUTE:
        message = f"expected an interval of 1m to 1h that divides the hour, got {written('period', spec.every)}"
        yield Finding("R05", message, path, hint="use 1m, 2m, 3m, 4m, 5m, 6m, 10m, 12m, 15m, 20m, 30m or 1h")
    if spec.delivery_latency >= spec.every:
        latency, every = written("period", spec.delivery_latency), written("period", spec.every)
        message = f"the delivery latency of {latency} is not shorter than the window of {every}"
        yield Finding("R05", message, (*ERROR_LOGS, "delivery_latency"), hint=f"use less than {every}, such as 15s")


def _groups(spec: ErrorLogsSpec) -> Iterator[Finding]:
    groups, path = spec.groups, (*ERROR_LOGS, "groups")
    if not (groups.functions or groups.services or groups.prefixes or groups.names or groups.tags):
        message = "no log group is selected, so no error is ever found"
        yield Finding("R07", message, path, hint="set functions: true, or prefixes: [/ecs/]", on="key")
    for index, pattern in enumerate(groups.exclude):
        if not pattern.strip("*"):
            message = "every log group is excluded, so no error is ever found"
            yield Finding("R07", message, (*path, "exclude", index), hint='use a pattern such as "*-debug"')


def _redacted(spec: ErrorLogsSpec) -> Iterator[Finding]:
    names = [kind.name if isinstance(kind, OwnPatternSpec) else kind for kind in spec.redact]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Finding("R07", f"`{name}` is listed twice", (*ERROR_LOGS, "redact", index), hint="remove one of them")


def _rules(spec: ErrorLogsSpec) -> Iterator[Finding]:
    names = [rule.name for rule in spec.same]
    for index, name in enumerate(names):
        if name in names[:index]:
            message = f"two rules have the name `{name}`, so lines of both would form one error"
            yield Finding(
                "R07", message, (*ERROR_LOGS, "same", index, "name"), hint="use one pattern a|b, or another name"
            )
    every = [index for index, owner in enumerate(spec.owners) if not (owner.log_group or owner.service or owner.path)]
    if every and every[-1] > 0:
        message = "this entry matches everything, so earlier entries never apply: the last matching entry applies"
        yield Finding(
            "R07", message, (*ERROR_LOGS, "owners", every[-1]), hint="move it to the front, or use `owner`", on="key"
        )


def _times(spec: ErrorLogsSpec, document: Document) -> Iterator[Finding]:
    if spec.learn > LONGEST_LEARN_DAYS * _DAY:
        message = f"errors of a new account would not be notified for {written('period', spec.learn)}"
        yield Finding("R05", message, (*ERROR_LOGS, "learn"), hint=f"use at most {LONGEST_LEARN_DAYS}d, such as 1d")
    keep = (events_spec(document) or EventsSpec()).keep
    if spec.quiet_after < max(_HOUR, 2 * spec.every):
        message = "an error would be resolved before two windows have been read"
        yield Finding("R05", message, (*ERROR_LOGS, "quiet_after"), hint="use at least 1h, such as 7d")
    elif spec.quiet_after > keep:
        quiet, kept_for = written("period", spec.quiet_after), written("period", keep)
        message = f"errors are deleted after {kept_for}, before they are quiet for {quiet}"
        hint = f"use at most {kept_for}, or increase `keep` of `events`"
        yield Finding("R07", message, (*ERROR_LOGS, "quiet_after"), Severity.ERROR, hint)
