"""Objectives to alarms: burn rates over pairs of windows, and composites that fire where both of a pair burn.

The burn rate is the share of bad over the share that the objective allows: at 1 the budget lasts exactly the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from generator.findings import Finding, Path
from generator.model.accounts import Side
from generator.model.alarm_rules import AllOf, AnyOf, InState, Rule
from generator.model.alarms import Alarm, Composite, Origin, Tuning, Variant
from generator.model.logs import MetricFilter
from generator.model.placement import Placement, has
from generator.model.signals import MathSignal, Metric, Operand, plain_number
from generator.resolve.alarms.burn_rate_windows import BurnRateWindows, Speed
from generator.resolve.alarms.cascade import written
from generator.resolve.alarms.hub_region import check_hub_region
from generator.resolve.alarms.objectives import where_counted
from generator.resolve.alarms.one_region import check_metric_region
from generator.resolve.alarms.slo_counts import (
    EventCount,
    count_events,
    count_path,
    once_each,
    renamed,
    uncounted,
)
from generator.resolve.alarms.slo_windows import as_written, pairs_of, window_faults
from generator.resolve.names import logical_id, resource_name
from generator.resolve.placement import (
    NOT_OF_EACH,
    OF_MEMBERS,
    check_hub_placement,
    check_placement_names,
)
from generator.resolve.routing.acknowledgers import Answerer, answerer
from generator.resolve.scope import Scope, unknown_environments
from generator.spec.document import Document
from generator.spec.slos import SloSpec

_MINUTE, _DAY = 60, 86_400
_PERCENT = 100
TITLE = "burn rate"


@dataclass(frozen=True, slots=True)
class _Slo:
    """An objective whose metrics were found. guarded: the expression of a window that requires traffic."""

    key: str
    spec: SloSpec
    path: Path
    budget: Decimal
    expression: str
    guarded: str
    operands: tuple[Operand, ...]
    environment: str
    warm_up: int
    answerer: Answerer

    @property
    def what(self) -> str:
        """The name in texts: the summary, else the key."""
        return self.spec.summary or self.key

    def name(self, pair: BurnRateWindows, window: int = 0) -> str:
        """The key of an alarm over one window; without one, of the composite."""
        return _key(self.key, pair.speed, window)


def slos(
    scope: Scope, filters: tuple[MetricFilter, ...], findings: list[Finding]
) -> tuple[tuple[Alarm, ...], tuple[Composite, ...]]:
    """The alarms and composites of every objective."""
    by_key = {metric_filter.key: metric_filter for metric_filter in filters}
    alarms: list[Alarm] = []
    composites: list[Composite] = []
    for key, spec in sorted(scope.document.slos.items()):
        findings += unknown_environments(spec.environments, ("slos", key), scope.document)
        if spec.environments and scope.environment not in spec.environments:
            continue
        if spec.objective < 1:
            # No objective is below 1 %; such a value is meant as a fraction.
            message = f"expected an objective in percent, got {spec.objective:g} %"
            findings.append(Finding("R05", message, ("slos", key, "objective"), hint=f"{spec.objective * 100:.10g}"))
            continue
        findings += check_placement_names(spec, scope.document, ("slos", key))
        if spec.in_ == "hub":
            keys_of_members = OF_MEMBERS if spec.is_of_hub else NOT_OF_EACH
            findings += check_hub_placement(spec, ("slos", key), keys_of_members)
        where = where_counted(key, spec, scope, by_key)
        if where is not None and where.is_nowhere:
            continue
        if spec.in_ == "hub" and not spec.is_of_hub:
            findings += check_hub_region(where, ("slos", key), scope)
        slo = _slo(key, spec, scope, by_key, findings)
        for speed in ("fast", "slow") if slo else ():
            pairs = _pairs(slo, speed, findings) if slo else ()
            if slo and pairs:
                window_alarms = [_alarm(slo, pair, window) for pair in pairs for window in (pair.long_s, pair.short_s)]
                alarms += [
                    check_metric_region(_placed(alarm, where, scope), scope, findings) for alarm in window_alarms
                ]
                placed = where if spec.in_ == "members" else None
                composites.append(replace(_composite(slo, pairs), placement=placed))
    defaults = scope.document.defaults
    of_alarms, of_composites = (tuple(section.event_tags or ()) for section in (defaults.alarms, defaults.composites))
    tagged = [replace(alarm, event_tags=of_alarms) for alarm in alarms]
    return (
        tuple(sorted(tagged, key=lambda alarm: alarm.key)),
        tuple(replace(composite, event_tags=of_composites) for composite in composites),
    )


def _placed(alarm: Alarm, where: Placement | None, scope: Scope) -> Alarm:
    """The alarm of members, disabled outside its placement."""
    if where is None or alarm.side is Side.HUB:
        return alarm
    tuning = replace(alarm.tuning, enabled=where.later)
    other = replace(alarm.tuning, enabled=not where.later)
    names = [account.name for account in scope.accounts if where.has(account.name) is not where.later]
    variants = tuple(Variant(name, other, alarm.origins) for name in names)
    return replace(alarm, tuning=tuning, variants=variants, placement=where)


def keys(document: Document) -> dict[str, str]:
    """The keys of an objective's alarms, whether this environment has it or not, each with its side."""
    return {
        _key(slo, pair.speed, window): spec.in_
        for slo, spec in document.slos.items()
        for pair in pairs_of(spec)
        for window in (0, pair.long_s, pair.short_s)
    }


def _key(slo: str, speed: Speed, window: int) -> str:
    """Of an alarm over one window; without one, of the composite."""
    return f"{slo}-{speed}" + (f"-{written('period', window)}" if window else "")


def _slo(
    key: str, spec: SloSpec, scope: Scope, filters: dict[str, MetricFilter], findings: list[Finding]
) -> _Slo | None:
    path: Path = ("slos", key)
    kinds = [kind for kind in ("bad", "good") if getattr(spec, kind) is not None]
    if len(kinds) != 1:
        message = f"an objective requires `bad` or `good`{', not both' if kinds else ', and `total`'}"
        findings.append(Finding("R06", message, path, hint="add bad: {filter: …}", on="key"))
    if spec.total is None and kinds:
        findings.append(Finding("S02", "`total` is missing", (*path, "total"), hint="add total: {filter: …}"))
    invalid_windows = list(window_faults(spec, path))
    findings += invalid_windows
    if spec.in_ == "hub" and not spec.is_of_hub and not scope.accounts:
        message = "an objective in the hub requires account IDs, but only organizational units are set"
        findings.append(Finding("R07", message, path, hint="set `in: members`, or list the accounts", on="key"))
    elif spec.in_ == "hub" and not spec.is_of_hub and not scope.linked_accounts:
        message = f"alarms in the hub see only {scope.hub.region}, where no account of {scope.environment} is monitored"
        findings.append(Finding("R07", message, path, hint="write `in: members`", on="key"))
    specs = [(kind, events) for kind in ("bad", "good", "total") if (events := getattr(spec, kind)) is not None]
    counts = [
        count_events(kind, events, count_path(spec, path, kind), scope, filters, findings) for kind, events in specs
    ]
    known = [events for events in counts if events is not None]
    invalid = [finding for events in known for finding in uncounted(events)]
    findings += invalid
    if len(kinds) != 1 or len(known) != 2 or len(counts) != 2 or invalid_windows or invalid:
        return None
    events, total = known
    if _all_bad(events, total, path, findings):
        return None
    budget = (_PERCENT - Decimal(str(spec.objective))) / _PERCENT
    where = where_counted(key, spec, scope, filters)
    accounts = tuple(account for account in scope.linked_accounts if has(where, account.name))
    if spec.in_ == "hub" and not spec.is_of_hub:
        events, total = (count.in_accounts(accounts, scope.hub) for count in (events, total))
    ids, operands = once_each(events.operands, total.operands)
    idle = "0" if spec.no_traffic == "quiet" else plain_number(float(1 / budget))
    return _Slo(
        key,
        spec,
        path,
        budget,
        renamed(_expression(events, total, budget, idle), ids),
        renamed(_expression(events, total, budget, idle, spec.minimum_traffic), ids),
        operands,
        scope.environment,
        scope.document.defaults.alarms.warm_up or 0,
        answerer(spec, path, scope),
    )


def _all_bad(events: EventCount, total: EventCount, path: Path, findings: list[Finding]) -> bool:
    """True if all events are of one kind by definition."""
    if _metrics(events) != _metrics(total) or events.formula or total.formula:
        return False
    message = f"`{events.kind}` and `total` are the same metric, so every event is {events.kind}"
    findings.append(Finding("R07", message, (*path, "total"), hint="use a metric that counts good and bad events"))
    return True


def _metrics(events: EventCount) -> list[tuple[Metric, str]]:
    return [(operand.metric, operand.statistic) for operand in events.operands]


def _expression(events: EventCount, total: EventCount, budget: Decimal, idle: str, minimum: float | None = None) -> str:
    """The burn rate. No data is none of it, as of a filter that found nothing.

    minimum: so many events are required; fewer have a burn rate of 0, and none has the idle one.
    """
    bad = events.filled if events.kind == "bad" else f"({total.plain} - {events.filled})"
    enough, otherwise = f"{total.filled} > 0", idle
    if minimum is not None:
        enough = f"{total.filled} >= {plain_number(minimum)}"
        otherwise = idle if idle == "0" else f"IF({total.filled} > 0, 0, {idle})"
    return f"IF({enough}, {bad} / {total.plain} / {budget.normalize():f}, {otherwise})"


def _pairs(slo: _Slo, speed: Speed, findings: list[Finding]) -> tuple[BurnRateWindows, ...]:
    """The pairs that can fire."""
    most = 1 / slo.budget
    own = [pair for pair in pairs_of(slo.spec) if pair.speed == speed]
    fitting = tuple(pair for pair in own if pair.factor(slo.spec.window) < most)
    if not fitting and own:
        least = min(pair.factor(slo.spec.window) for pair in own)
        message = f"with {slo.spec.objective:g} % everything may fail and the budget burns {as_written(most)} times"
        message += f" as fast as it may; a {speed} burn is one of more than {as_written(least)} times"
        hint = "use a higher objective, or an alarm on an expression"
        findings.append(Finding("R07", message, (*slo.path, "objective"), hint=hint))
    return fitting


def _alarm(slo: _Slo, pair: BurnRateWindows, window: int) -> Alarm:
    # A period is at most a day; three days are three bad days in a row, which is never more than their mean.
    period = min(window, _DAY)
    periods = window // period
    key = slo.name(pair, window)
    factor = pair.factor(slo.spec.window)
    tuning = Tuning(">", float(factor), period, periods, periods, slo.spec.missing_data, "none", True)
    share = "entry" if pair.burn_rate is not None else f"budget: {pair.spent(slo.spec.window)}"
    threshold_path: Path = (*slo.path, "windows" if slo.spec.windows else "window")
    is_guarded = pair.speed == "fast" and window == pair.long_s
    return Alarm(
        key=key,
        name=resource_name(key, "alarm", slo.environment),
        logical_id=logical_id("Alarm", key),
        path=slo.path,
        side=Side(slo.spec.in_),
        signal=MathSignal(slo.guarded if is_guarded else slo.expression, slo.operands, title=TITLE),
        statistic="",
        tuning=tuning,
        summary=f"{slo.what}: {TITLE} over {written('period', window)}",
        runbook=slo.answerer.runbook,
        owner=slo.answerer.owner,
        warm_up_minutes=slo.warm_up // _MINUTE,
        service=slo.spec.service or "",
        objective=slo.key,
        origins=(
            _origin_of(slo, "missing_data", tuning.missing_data, "missing_data" in slo.spec.model_fields_set),
            Origin("period", written("period", period), "built-in", ()),
            Origin("severity", "none", "built-in", ()),
            Origin("threshold", f"> {tuning.threshold:g}", share, threshold_path),
            *_warm_up(slo),
        ),
    )


def _warm_up(slo: _Slo) -> Iterator[Origin]:
    if slo.warm_up:
        yield Origin("warm_up", written("warm_up", slo.warm_up), "default", ("defaults", "alarms", "warm_up"))


def _composite(slo: _Slo, pairs: tuple[BurnRateWindows, ...]) -> Composite:
    speed, first = pairs[0].speed, pairs[0]
    rules: list[Rule] = [
        AllOf((InState(slo.name(pair, pair.long_s), "ALARM"), InState(slo.name(pair, pair.short_s), "ALARM")))
        for pair in pairs
    ]
    spent = " or ".join(pair.spent(slo.spec.window) for pair in pairs)
    budget = f"the error budget of {written('period', slo.spec.window)}"
    severity = slo.spec.severity.fast if speed == "fast" else slo.spec.severity.slow
    key = slo.name(first)
    return Composite(
        key=key,
        name=resource_name(key, "alarm", slo.environment),
        logical_id=logical_id("Composite", key),
        path=slo.path,
        side=Side(slo.spec.in_),
        rule=rules[0] if len(rules) == 1 else AnyOf(tuple(rules)),
        severity=severity,
        summary=f"{slo.what}: {budget} burns {speed}, at a rate of {spent}",
        runbook=slo.answerer.runbook,
        owner=slo.answerer.owner,
        origins=(
            _origin_of(slo, "severity", severity, speed in slo.spec.severity.model_fields_set, speed),
            *slo.answerer.origins,
        ),
        service=slo.spec.service or "",
        objective=slo.key,
    )


def _origin_of(slo: _Slo, field: str, value: str, is_given: bool, *below: str) -> Origin:
    """The origin of an optional value."""
    return Origin(field, value, "entry" if is_given else "built-in", (*slo.path, field, *below) if is_given else ())
