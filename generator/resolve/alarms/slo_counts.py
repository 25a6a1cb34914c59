"""The events of an objective: a metric, a list of metrics that add up, or an expression over several.

No data of a metric is none of it: each metric of a list or an expression is filled with 0, so that one without data
does not hide the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from generator.evaluate.math.metric_math import MathRequest, Query, Selection, arrange
from generator.evaluate.math.steps import Call
from generator.findings import Finding, Path
from generator.model.accounts import Account, Hub
from generator.model.logs import MetricFilter
from generator.model.signals import Metric, Operand, free_id
from generator.resolve.alarms.signals import operand
from generator.resolve.scope import Scope
from generator.spec.signals import CountedMetricSpec
from generator.spec.slos import CountSpec, SloSpec

# What leaves a gap where it has no value: IF without the other case, a difference without the value before, a division
# by zero.
_GAPS = re.compile(r"\b(?:IF|DIFF|DIFF_TIME|RATE|LOG|LOG10)\(|/(?!\s*\d)|\^")
_NO_COUNT = re.compile(r"Average|Minimum|Maximum|IQM|p\d|tm|wm|TM|WM|PR")


@dataclass(frozen=True, slots=True)
class EventCount:
    """Events of term account. kind: bad, good or total. formula: over the operands; empty for term metric alone."""

    kind: str
    operands: tuple[Operand, ...]
    formula: str = ""

    def in_accounts(self, accounts: Sequence[Account], hub: Hub) -> EventCount:
        """The same of all these accounts together, numbered in the order of their names, as each calls its metrics."""
        if not self.formula:
            operands = tuple(
                replace(term, id=f"{term.id}{number}", account=account, metric=term.metric.of(account, hub))
                for term in self.operands
                for number, account in enumerate(accounts, 1)
            )
            return EventCount(self.kind, operands)
        own = [
            (
                replace(term, id=f"{term.id}_{number}", account=account, metric=term.metric.of(account, hub)),
                term.id,
                number,
            )
            for number, account in enumerate(accounts, 1)
            for term in self.operands
        ]
        ids: dict[int, dict[str, str]] = {}
        for term, name, number in own:
            ids.setdefault(number, {})[name] = term.id
        terms = [f"({renamed(self.formula, names)})" for names in ids.values()]
        return EventCount(self.kind, tuple(term for term, _, _ in own), " + ".join(terms))

    @property
    def is_plain(self) -> bool:
        """True if it is one metric as it is published."""
        return not self.formula and len(self.operands) == 1

    @property
    def plain(self) -> str:
        """The metric itself, or the formula, in which nothing is missing."""
        ids = [term.id for term in self.operands]
        return f"({self.formula})" if self.formula else ids[0] if len(ids) == 1 else f"SUM([{', '.join(ids)}])"

    @property
    def filled(self) -> str:
        """The number of events, where no data is 0."""
        return self.plain if self.formula and not _GAPS.search(self.formula) else f"FILL({self.plain}, 0)"


def specs_of(events: CountSpec | list[CountedMetricSpec] | None) -> list[CountedMetricSpec]:
    """The metrics that are counted."""
    if isinstance(events, list):
        return events
    if events is None:
        return []
    return list(events.metrics.values()) if events.expression else [events]


def count_events(
    kind: str,
    events: CountSpec | list[CountedMetricSpec],
    path: Path,
    scope: Scope,
    filters: Mapping[str, MetricFilter],
    findings: list[Finding],
) -> EventCount | None:
    """The events of one kind; None with findings where they cannot be determined."""
    by_key = dict(filters)
    if isinstance(events, CountSpec) and not events.expression and not events.metrics:
        term = operand(kind, events, path, scope, by_key, findings, "Sum")
        if term is None:
            return None
        findings += [finding for finding in _defaults_counted((term,), path, filters) if finding not in findings]
        return EventCount(kind, (term,))
    if isinstance(events, list):
        entries: list[tuple[str, CountedMetricSpec, Path]] = [
            (f"{kind}_{index}", spec, (*path, index - 1)) for index, spec in enumerate(events, 1)
        ]
        formula = " + ".join(name for name, _, _ in entries)
    else:
        faults = list(_faults(events, path))
        findings += faults
        if faults:
            return None
        entries = [(f"{kind}_{key}", spec, (*path, "metrics", key)) for key, spec in sorted(events.metrics.items())]
        formula = renamed(events.expression or "", {key: f"{kind}_{key}" for key in events.metrics})
    terms = [operand(name, spec, at, scope, by_key, findings, "Sum") for name, spec, at in entries]
    operands = tuple(term for term in terms if term)
    if len(operands) < len(terms):
        return None
    findings += [finding for finding in _defaults_counted(operands, path, filters) if finding not in findings]
    return EventCount(kind, operands, renamed(formula, {term.id: f"FILL({term.id}, 0)" for term in operands}))


def count_path(spec: SloSpec, path: Path, kind: str) -> Path:
    """The path of the events of a kind, as the file has them."""
    return next(((*path, name) for name in ("of", "latency") if getattr(spec, name) is not None), (*path, kind))


def renamed(expression: str, names: Mapping[str, str]) -> str:
    """The expression with other words for these IDs; functions begin with a capital, so none is among them."""
    return re.sub(r"(?<![\w.'\"])[a-z]\w*", lambda match: names.get(match[0], match[0]), expression)


def once_each(events: Sequence[Operand], total: Sequence[Operand]) -> tuple[dict[str, str], tuple[Operand, ...]]:
    """The IDs to rename, and the operands without metrics that are named twice; an alarm combines ten at most."""
    firsts: dict[tuple[Metric, str, Account | None], str] = {}
    ids = {
        term.id: firsts.setdefault((term.metric, term.statistic, term.account), term.id) for term in (*total, *events)
    }
    return ids, tuple(term for term in (*events, *total) if ids[term.id] == term.id)


def uncounted(events: EventCount) -> Iterator[Finding]:
    """R07 for statistics that are no counts; an expression may have a use for them."""
    if events.formula and not all(re.fullmatch(rf"{events.kind}_\d+", term.id) for term in events.operands):
        return
    for term in events.operands:
        if _NO_COUNT.match(term.statistic):
            message = f"an objective requires counts, but {term.statistic} is not a count"
            yield Finding("R07", message, (*term.path, "statistic"), hint="use statistic: Sum, or SampleCount")


def _defaults_counted(
    operands: Sequence[Operand], path: Path, filters: Mapping[str, MetricFilter]
) -> Iterator[Finding]:
    """R07: defaults of filters among the events. A default of 0 adds nothing to a sum, but is a sample of its own.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html (2026-11-30)
    """
    samples = [term for term in operands if term.statistic != "Sum" and not _NO_COUNT.match(term.statistic)]
    for name in sorted({term.metric.filter for term in samples if term.metric.filter}):
        if name in filters and filters[name].default is not None:
            message = f"`{name}` publishes its default in each minute without a match, which counts as an event here"
            also = (((*filters[name].path, "metric", "default"), "the default"),)
            yield Finding("R07", message, path, hint="remove the default of the filter", on="key", also=also)


def _faults(events: CountSpec, path: Path) -> Iterator[Finding]:
    """Contradictions of an expression, and those that CloudWatch would reject."""
    if not events.expression:
        message = "`metrics` requires an `expression`"
        yield Finding(
            "R07", message, (*path, "metrics"), hint="add, for example, expression: errors + timeouts", on="key"
        )
        return
    for name in ("filter", "namespace", "name", "dimensions", "statistic"):
        if getattr(events, name):
            message = f"`{name}` beside an `expression`, whose metrics are under `metrics`"
            yield Finding("R06", message, (*path, name), hint="move it to `metrics`, or remove `expression`", on="key")
    math = Query(free_id("e1", events.metrics), events.expression, is_returned=True)
    request = arrange([*(Query(key) for key in sorted(events.metrics)), math])
    for fault in () if isinstance(request, MathRequest) else request:
        message = f"{fault.problem.message} (at character {fault.problem.position + 1} of the expression)"
        yield Finding("R05", message, (*path, "expression"), hint=fault.problem.hint)
    parsed = request.parsed[math.id] if isinstance(request, MathRequest) else None
    if isinstance(parsed, Selection):
        message = "this is a Metrics Insights query, which is not part of an expression"
        yield Finding("R05", message, (*path, "expression"), hint="use metric math over `metrics`")
        return
    calls = {step.function for step in parsed.steps if isinstance(step, Call)} if parsed else set()
    if "METRICS" in calls:
        message = "METRICS() is every metric of the alarm, also those of the other events"
        yield Finding("R05", message, (*path, "expression"), hint="name the metrics, such as SUM([a, b])")
    for function in sorted(calls & {"PERIOD", "SERVICE_QUOTA"}):
        message = f"{function} takes a metric as it is, but here each is filled with 0"
        yield Finding("R05", message, (*path, "expression"), hint="use numbers of events only")
