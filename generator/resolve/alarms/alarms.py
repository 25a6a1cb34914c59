"""Alarms: placed in hub or members, their metrics looked up, their values settled account by account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.findings import Finding, Path
from generator.model.accounts import Account, Side
from generator.model.alarms import Alarm, Variant
from generator.model.logs import LogGroup, MetricFilter
from generator.model.placement import NOWHERE, Placement
from generator.model.signals import (
    AnomalySignal,
    LocalSignal,
    LogSignal,
    MathSignal,
    PromqlSignal,
    QuerySignal,
)
from generator.resolve.alarms.actions import with_actions
from generator.resolve.alarms.alarm_findings import (
    check_companions,
    check_hub_own,
    check_overrides,
    check_reach,
    check_warm_up,
)
from generator.resolve.alarms.cascade import AlarmPlacement, Cascade, EffectiveSettings, resolve_settings, shared
from generator.resolve.alarms.contributors import check_contributors, has_contributors, most_contributors
from generator.resolve.alarms.disabled_actions import action_states, disabled_actions, states_of_actions
from generator.resolve.alarms.fleet_query import combining, fleet_signal
from generator.resolve.alarms.metric_accounts import check_metric_accounts, of_metric_accounts
from generator.resolve.alarms.one_region import check_metric_region
from generator.resolve.alarms.placed_alarms import check_placement, place_alarm
from generator.resolve.alarms.regional import regional, without_regional_switch
from generator.resolve.alarms.signals import signal, visible_from_hub
from generator.resolve.names import logical_id
from generator.resolve.own_names import alarm_name, several_accounts
from generator.resolve.scope import Scope
from generator.spec.alarm_states import runs
from generator.spec.alarms import AlarmSpec

_MINUTE = 60
_COMBINE_WORDS = {"sum": "SUM", "max": "MAX", "min": "MIN", "average": "AVG"}


def alarms(
    scope: Scope, groups: tuple[LogGroup, ...], filters: tuple[MetricFilter, ...], findings: list[Finding]
) -> tuple[Alarm, ...]:
    """Every alarm, by key and account; an alarm over each account is one alarm for each."""
    by_key, read = {f.key: f for f in filters}, {group.key: group for group in groups}
    alarms: list[Alarm] = []
    for key, spec in sorted(scope.document.alarms.items()):
        base = _base(key, spec, scope, by_key, findings)
        findings += check_placement(key, spec, scope)
        if base is None:
            continue
        if spec.metric_accounts:
            findings += check_overrides(base, spec)
            alarms.append(of_metric_accounts(base, spec, scope, by_key, findings))
            continue
        where = place_alarm(key, spec, base.signal, scope, by_key, read, findings)
        if spec.in_ == "members":
            alarms.append(_member_alarm(base, spec, scope, where, findings))
        elif key in scope.lowered and scope.lowered[key].hubs_own:
            alarms.append(base)
        elif spec.is_of_hub or isinstance(base.signal, QuerySignal | LogSignal | PromqlSignal):
            findings += check_overrides(base, spec)
            alarms.append(base)
        elif spec.over == "all-accounts":
            alarms += _fleet_alarm(base, spec, scope, where, findings)
        else:
            alarms += _account_alarms(base, spec, scope, where)
    findings += disabled_actions(alarms)
    return tuple(with_actions(check_metric_region(alarm, scope, findings), scope, findings) for alarm in alarms)


_EXAMPLES = {"threshold": 'add, for example, threshold: "> 5"', "statistic": "add, for example, statistic: Sum"}


def _base(
    key: str, spec: AlarmSpec, scope: Scope, filters: dict[str, MetricFilter], findings: list[Finding]
) -> Alarm | None:
    """The alarm without overrides, on the metric of its own account; None with findings where it has faults."""
    path = scope.path_of(key)
    provenance = scope.lowered.get(key)
    values, origins = shared(key, spec, scope)
    if spec.metric is None:
        values.pop("statistic", None)
        origins = tuple(origin for origin in origins if origin.field != "statistic")
    observed = signal(spec, path, values.get("statistic"), scope, filters, findings)
    settings = resolve_settings(key, spec, scope, None)
    missing = ["threshold"] if settings is None else []
    missing += ["statistic"] if spec.metric and "statistic" not in values else []
    findings += [
        Finding("R06", f"`{name}` is not set here or in defaults.alarms", path, hint=_EXAMPLES[name], on="key")
        for name in missing
    ]
    hubs_own = provenance is not None and provenance.hubs_own
    contradictions = check_metric_accounts(spec, path, scope) if spec.metric_accounts else []
    findings += contradictions
    if not contradictions and not hubs_own:
        findings += check_hub_own(spec, path) if spec.is_of_hub else check_reach(spec, path, scope)
    findings += check_companions(spec, values.get("statistic", ""), path)
    findings += check_contributors(spec, path, observed) if observed else ()
    if observed and has_contributors(observed):
        findings += check_warm_up(spec, path)
        values.pop("warm_up", None)
        origins = tuple(origin for origin in origins if origin.field != "warm_up")
    if observed is None or settings is None or missing or contradictions:
        return None
    if isinstance(observed, MathSignal) and provenance:
        observed = replace(observed, title=provenance.title)
    return Alarm(
        key=key,
        name=alarm_name(
            spec.name,
            _named(key, scope),
            scope,
            _name_path(key, spec, path, scope),
            findings,
            among=several_accounts(spec),
        ),
        logical_id=logical_id("Alarm", _named(key, scope)),
        path=path,
        side=Side(spec.in_),
        signal=observed,
        statistic=values["statistic"] if isinstance(observed, LocalSignal | AnomalySignal) else "",
        tuning=settings.tuning,
        summary=spec.summary,
        runbook=values.get("runbook", ""),
        owner=values.get("owner", ""),
        actions=tuple(runs(spec.actions)),
        low_samples=spec.low_samples or "",
        tags=tuple(sorted(spec.tags.items())),
        origins=(*settings.origins, *origins),
        silence=provenance.silence if provenance else "",
        region=provenance.region if provenance and spec.in_ == "members" and len(scope.regions) > 1 else "",
        warm_up_minutes=values.get("warm_up", 0) // _MINUTE,
        service=spec.service or "",
        alone=spec.group == "none" or bool(most_contributors(spec)),
        level_of=provenance.level_of if provenance else "",
        page_again=spec.page_again or 0,
        silent_end=not spec.ok,
        contributors=most_contributors(spec),
        wall_clock=spec.wall_clock or "",
        event_tags=tuple(values.get("event_tags", ())),
        own_name=spec.name is not None,
        actions_disabled=not spec.actions_enabled,
        actions_in=states_of_actions(spec.actions_in, spec.actions, path, findings),
        published_by=spec.published_by or "",
        action_states=action_states(spec.actions, spec.actions_in, path, findings),
    )


def _name_path(key: str, spec: AlarmSpec, path: Path, scope: Scope) -> Path:
    """Where the own name of an alarm is written."""
    provenance = scope.lowered.get(key)
    is_level = provenance is not None and provenance.level_of
    return (*path, "names", str(spec.severity)) if is_level else (*path, "name")


def _named(key: str, scope: Scope) -> str:
    """The key that an alarm's names are made of; one that is made from a section such as services has its own."""
    path = scope.path_of(key)
    provenance = scope.lowered.get(key)
    is_own = path == ("alarms", key) or (provenance and provenance.level_of)
    return scope.named(("alarms", key)) if is_own else key


def _member_alarm(
    base: Alarm, spec: AlarmSpec, scope: Scope, where: AlarmPlacement | None, findings: list[Finding]
) -> Alarm:
    spec, where = without_regional_switch(base.key, spec, scope, where, base.region, findings)
    variants = []
    if where and not where.is_in_some_region:
        # Whatever an override says of an account: none of its Regions has it.
        spec = spec.model_copy(update={"overrides": []})
    if where:
        base = _for_later_accounts(base, spec, scope, where)
    # Without overrides every account is as the base; most alarms of a large estate are like that.
    cascade = Cascade(base.key, spec, scope, where)
    for account in scope.accounts if spec.overrides or where else ():
        settings = cascade.settle(account)
        if settings and settings.tuning != base.tuning:
            variants.append(Variant(account.name, settings.tuning, settings.origins))
    switch = "" if where else _switch(base, variants)
    alarm = replace(base, variants=tuple(variants), switch=switch) if variants or switch != base.switch else base
    by_region = tuple(regional(alarm, spec, scope, where))
    alarm = replace(alarm, regional=by_region) if by_region else alarm
    return _disabled_without_accounts(_with_overrides(alarm, scope) if where else alarm, scope)


def _disabled_without_accounts(alarm: Alarm, scope: Scope) -> Alarm:
    """The alarm, disabled where no account has it and none joins later: it would be created behind a condition that
    never holds, and be listed as if it were deployed.
    """
    if scope.organizational_units or alarm.everywhere_disabled:
        return alarm
    regions = alarm.regions or scope.regions
    having = alarm.deployed_among(scope.account_names)
    if having == scope.account_names:
        accounts = scope.accounts
    else:
        chosen = {*having}
        accounts = tuple(account for account in scope.accounts if account.name in chosen)
    if any(account.is_in(region) for account in accounts for region in regions):
        return alarm
    usual: Alarm | Variant = alarm.variants[0] if alarm.variants else alarm
    off = replace(alarm, tuning=replace(usual.tuning, enabled=False), variants=(), regional=(), switch="")
    fields = {origin.field for origin in usual.origins}
    origins = (*usual.origins, *(origin for origin in alarm.origins if origin.field not in fields))
    return replace(off, origins=origins, placement=NOWHERE if alarm.placement else None)


def _with_overrides(alarm: Alarm, scope: Scope) -> Alarm:
    """The alarm, with the switches of overrides for single accounts as a part of its placement."""
    names = alarm.deployed_among(scope.account_names)
    regions = alarm.placement.regions if alarm.placement else ()
    every = len(names) == len(scope.accounts) and (alarm.tuning.enabled or not scope.organizational_units)
    later = every or alarm.tuning.enabled
    return replace(alarm, placement=Placement(None if every else names, later, regions))


def _for_later_accounts(base: Alarm, spec: AlarmSpec, scope: Scope, where: AlarmPlacement) -> Alarm:
    """The alarm as accounts that join later have it, which may be not at all."""
    settings = resolve_settings(base.key, spec, scope, None, where)
    if settings is None:
        return base
    shared_origins = tuple(o for o in base.origins if o.field not in {x.field for x in settings.origins})
    origins = (*settings.origins, *shared_origins)
    return replace(base, tuning=settings.tuning, origins=origins, placement=where.placement)


def _switch(base: Alarm, variants: list[Variant]) -> str:
    """The service, where it alone says in which accounts this alarm is: one parameter then serves all of its alarms."""
    if base.path[0] != "services" or not variants:
        return ""
    origins = [*base.origins, *(origin for variant in variants for origin in variant.origins)]
    decided = [origin.path for origin in origins if origin.field == "enabled"]
    own = any(path[2:3] == ("alarms",) for path in decided)
    return "" if own else logical_id("Service", str(base.path[1]))


def _account_alarms(base: Alarm, spec: AlarmSpec, scope: Scope, where: AlarmPlacement | None) -> list[Alarm]:
    alarms = []
    cascade = Cascade(base.key, spec, scope, where)
    for account in scope.linked_accounts:
        settings = cascade.settle(account)
        if settings:
            alarms.append(_for_account(base, spec, settings, account, scope))
    return [replace(alarm, placement=NOWHERE) for alarm in alarms] if where and where.placement.is_nowhere else alarms


def _for_account(base: Alarm, spec: AlarmSpec, settings: EffectiveSettings, account: Account, scope: Scope) -> Alarm:
    name = _named(base.key, scope)
    shared_origins = tuple(o for o in base.origins if o.field not in {x.field for x in settings.origins})
    return replace(
        base,
        name=alarm_name(spec.name, name, scope, base.path, [], account.name),
        logical_id=logical_id("Alarm", name, account.name),
        signal=visible_from_hub(base.signal, account, scope.hub),
        tuning=settings.tuning,
        account=account.name,
        origins=(*settings.origins, *shared_origins),
    )


def _fleet_alarm(
    base: Alarm, spec: AlarmSpec, scope: Scope, where: AlarmPlacement | None, findings: list[Finding]
) -> list[Alarm]:
    if not isinstance(base.signal, LocalSignal):
        message = "an alarm over all accounts combines one metric and cannot have an expression"
        hint = "set `over: each-account`, and add a composite over it"
        findings.append(Finding("R07", message, (*base.path, "over"), hint=hint))
        return []
    findings += check_overrides(base, spec)
    findings += _account_dimensions(base)
    if base.signal.metric.unit:
        message = "one alarm over all accounts uses the data of all units, because a Metrics Insights query has no unit"
        findings.append(
            Finding("R07", message, (*base.path, "metric", "unit"), hint="set `over: each-account`", on="key")
        )
    combine = _COMBINE_WORDS[spec.combine] if spec.combine else combining(base.statistic)
    linked = scope.linked_accounts
    accounts = tuple(account for account in linked if where is None or where.placement.has(account.name))
    off = replace(base.tuning, enabled=False)
    signal = fleet_signal(base.signal.metric, base.statistic, accounts or linked or scope.accounts, combine, scope)
    return [replace(base, signal=signal) if accounts else replace(base, signal=signal, tuning=off, placement=NOWHERE)]


def _account_dimensions(base: Alarm) -> Iterator[Finding]:
    """Dimensions with the account in them, in one alarm over all accounts: each has another value."""
    for reference in base.measured():
        for name, value in reference.metric.dimensions:
            if "${" in value:
                message = "one alarm over all accounts requires the same dimensions in each account"
                yield Finding("R07", message, (*reference.path, "dimensions", name), hint="set `over: each-account`")
