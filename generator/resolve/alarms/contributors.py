"""Alarms on several series: each series is a contributor, which may have incidents of its own."""

from __future__ import annotations

from collections.abc import Iterator

from generator.evaluate.math.metric_math import Selection, parse
from generator.findings import Finding, Path
from generator.model.signals import PromqlSignal, QuerySignal, Signal
from generator.spec.alarms import AlarmSpec
from generator.spec.contributors import USUAL_CONTRIBUTORS


def has_contributors(signal: Signal) -> bool:
    """True if CloudWatch keeps a state for each series of the signal; such an alarm has no warm-up."""
    return isinstance(signal, PromqlSignal) or bool(groups_of(signal))


def groups_of(signal: Signal) -> tuple[str, ...]:
    """The labels by which the series of a signal differ; empty for one series."""
    read = parse(signal.query) if isinstance(signal, QuerySignal) else None
    return read.groups if isinstance(read, Selection) else ()


def most_contributors(spec: AlarmSpec) -> int | None:
    """How many contributors may have incidents of their own at a time; 0 where the alarm has one for all, None where
    the entry says nothing.
    """
    if spec.contributors is None:
        return None
    if spec.contributors.incidents == "one":
        return 0
    return spec.contributors.most or USUAL_CONTRIBUTORS


def check_contributors(spec: AlarmSpec, path: Path, signal: Signal) -> Iterator[Finding]:
    """Findings where the signal is one series, and for a bound on what there is only one of."""
    if spec.contributors is None:
        return
    if not has_contributors(signal):
        message = "this alarm is on one series, so it has no contributors"
        hint = "use a query with GROUP BY and ORDER BY, or promql, or remove `contributors`"
        yield Finding("R07", message, (*path, "contributors"), hint=hint, on="key")
    elif spec.contributors.incidents == "one" and spec.contributors.most is not None:
        message = "`most` is for an incident for each contributor, but this alarm has one for all"
        hint = "write incidents: each, or remove `most`"
        yield Finding("R07", message, (*path, "contributors", "most"), hint=hint, on="key")
