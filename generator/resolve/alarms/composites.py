"""Composites: their rules read, their children looked up and put in an order that CloudFormation can create."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Side
from generator.model.alarm_rules import AllOf, AnyOf, AtLeastOf, InState, Not, Rule, children
from generator.model.alarms import Alarm, Composite
from generator.model.routing import AlarmSeverity
from generator.resolve.alarms import composite_values, placed_composites, slos
from generator.resolve.alarms.actions import actions, check_action_regions, check_composite_actions, fill_action
from generator.resolve.alarms.counted_alarms import check_amounts, check_levels, count_each
from generator.resolve.alarms.disabled_actions import action_states, must_be_silent, states_of_actions
from generator.resolve.alarms.overrides import applied
from generator.resolve.names import logical_id
from generator.resolve.own_names import alarm_name
from generator.resolve.placement_conditions import SEVERITY_BY_REGION, by_region, unknown_names, where_faults
from generator.resolve.scope import Scope
from generator.spec.alarm_states import runs
from generator.spec.composites import CompositeSpec, RuleError, parse_rule


def composites(
    scope: Scope, alarms: tuple[Alarm, ...], objectives: tuple[Composite, ...], findings: list[Finding]
) -> tuple[Composite, ...]:
    """Every composite of the section, children before parents. objectives: composites that these may speak of."""
    composites_by_key = {}
    by_key: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        by_key.setdefault(alarm.key, []).append(alarm)
    document = scope.document
    sides: dict[str, str] = {alarm.key: alarm.side.value for alarm in alarms}
    sides |= {**slos.keys(document), **{k: a.in_ for k, a in document.alarms.items()}}
    sides |= {k: c.in_ for k, c in document.composites.items()}
    for key, spec in sorted(document.composites.items()):
        rule = parse_rule(spec.rule)
        if isinstance(rule, RuleError):
            continue
        path: Path = ("composites", key)
        findings += check_levels(rule, scope.levels, path)
        rule = _by_level(rule, scope.levels)
        if key in scope.document.alarms:
            message = f"`{key}` is also an alarm, and both would be called {key}-alarm-{scope.environment}"
            findings.append(Finding("R08", message, path, on="key", also=((scope.path_of(key), "the alarm"),)))
            continue
        findings += _check_children(key, spec, rule, sides)
        rule = _by_account(rule, by_key)
        findings += check_amounts(rule, path)
        composites_by_key[key] = _composite(key, spec, rule, scope, findings)
    return tuple(
        placed_composites.place_composites(
            _children_first(composites_by_key, findings), (*alarms, *objectives), scope, findings
        )
    )


def _composite(key: str, spec: CompositeSpec, rule: Rule, scope: Scope, findings: list[Finding]) -> Composite:
    path: Path = ("composites", key)
    values = composite_values.effective_values(spec, scope, path)
    severity: AlarmSeverity = values["severity"].value
    findings += _check_overrides(spec, path, scope)
    arns = runs(spec.actions)
    words = [fill_action(word, scope, (*path, "actions", index), findings) for index, word in enumerate(arns)]
    findings += check_action_regions(words, path, scope.regions_of(Side(spec.in_)))
    findings += check_composite_actions(words, path)
    differing = tuple(_differing(spec, severity, scope))
    findings += [] if spec.actions_enabled else must_be_silent({severity, *dict(differing).values()}, path)
    return Composite(
        key=key,
        name=alarm_name(spec.name, scope.named(path), scope, (*path, "name"), findings),
        logical_id=logical_id("Composite", scope.named(path)),
        path=path,
        side=Side(spec.in_),
        rule=rule,
        severity=severity,
        summary=spec.summary,
        runbook=values["runbook"].value or "",
        owner=values["owner"].value or "",
        event_tags=tuple(values["event_tags"].value or ()),
        actions=actions(words, [severity], path, findings),
        suppressor=spec.suppressed_by,
        wait=spec.wait or 0,
        extend=spec.extend or 0,
        origins=composite_values.origins(values, spec, scope, path),
        service=spec.service or "",
        separate=(spec.children or scope.document.incidents.group.composites) == "separate",
        page_again=spec.page_again or 0,
        silent_end=not spec.ok,
        severity_by_account=differing,
        own_name=spec.name is not None,
        actions_disabled=not spec.actions_enabled,
        actions_in=states_of_actions(spec.actions_in, spec.actions, path, findings),
        action_states=action_states(spec.actions, spec.actions_in, path, findings),
    )


def _differing(spec: CompositeSpec, usual: AlarmSeverity, scope: Scope) -> Iterator[tuple[str, AlarmSeverity]]:
    """The member accounts in which it is more or less severe than elsewhere."""
    if spec.in_ != "members" or not spec.overrides:
        return
    of_entry = composite_values.of_entry(spec, scope, ("composites",))["severity"].value
    overrides = applied(spec.overrides, scope)
    for account in scope.accounts:
        explicit = [severity for index in overrides.to(account.name) if (severity := spec.overrides[index].severity)]
        severity = explicit[-1] if explicit else of_entry
        if severity != usual:
            yield account.name, severity


def _check_overrides(spec: CompositeSpec, path: Path, scope: Scope) -> Iterator[Finding]:
    yield from composite_values.corners(spec, scope, path) if spec.in_ == "members" else ()
    for index, override in enumerate(spec.overrides):
        where_path: Path = (*path, "overrides", index, "where")
        if spec.in_ == "members":
            yield from where_faults(override.where, scope, where_path)
        else:
            yield from unknown_names(override.where, scope.document, where_path)
        if spec.in_ == "hub" and set(override.where) != {"environment"}:
            message = "a composite in the hub is in one account and cannot differ by account"
            yield Finding("R07", message, where_path, hint="use an override by environment")
        elif override.severity is not None and by_region(override.where, scope.document):
            at = (*path, "overrides", index, "severity")
            yield Finding("R07", SEVERITY_BY_REGION.message, at, hint=SEVERITY_BY_REGION.hint, on="key")
        if override.severity is None and override.enabled is None:
            hint = "set one of severity, enabled"
            yield Finding("R04", "this override changes nothing", (*path, "overrides", index), hint=hint)


def _by_level(rule: Rule, levels: Mapping[str, tuple[str, ...]]) -> Rule:
    """An alarm with several thresholds is several alarms: ALARM in any of them, OK in all of them."""
    match rule:
        case InState(alarm, state):
            states = tuple(InState(name, state) for name in levels.get(alarm, ()))
            return rule if not states else AllOf(states) if state == "OK" else AnyOf(states)
        case Not():
            return Not(_by_level(rule.rule, levels))
        case AllOf():
            return AllOf(tuple(_by_level(part, levels) for part in rule.rules))
        case AnyOf():
            return AnyOf(tuple(_by_level(part, levels) for part in rule.rules))
        case AtLeastOf():
            return count_each(rule, levels)


def _by_account(rule: Rule, alarms: dict[str, list[Alarm]]) -> Rule:
    """A hub alarm over each account is several alarms: ALARM in any of them, OK in all of them."""
    match rule:
        case InState():
            single = [a.account for a in alarms.get(rule.alarm, ())]
            if not single or single == [None]:
                return rule
            states = tuple(InState(f"{rule.alarm}@{account}", rule.state) for account in single)
            return states[0] if len(states) == 1 else AllOf(states) if rule.state == "OK" else AnyOf(states)
        case Not():
            return Not(_by_account(rule.rule, alarms))
        case AllOf():
            return AllOf(tuple(_by_account(part, alarms) for part in rule.rules))
        case AnyOf():
            return AnyOf(tuple(_by_account(part, alarms) for part in rule.rules))
        case AtLeastOf():
            return count_each(rule, {key: [alarm.ref for alarm in same] for key, same in alarms.items()})


def _check_children(key: str, spec: CompositeSpec, rule: Rule, sides: Mapping[str, str]) -> list[Finding]:
    """Children that do not exist or are on the other side. sides: alarm or composite to its side."""
    findings = []
    mentioned = [(name, "rule") for name in dict.fromkeys(children(rule))]
    mentioned += [(spec.suppressed_by, "suppressed_by")] if spec.suppressed_by else []
    for name, child_path in mentioned:
        path: Path = ("composites", key, child_path)
        if name not in sides:
            findings.append(unknown_reference("R02", "alarm", name, sides, path, "name an alarm or a composite"))
        elif sides[name] != spec.in_:
            message = (
                f"`{name}` is in {sides[name]}, but this composite is in {spec.in_};"
                " CloudWatch requires a composite in the account and Region of its alarms"
            )
            findings.append(Finding("R07", message, path, hint=f"set `in: {sides[name]}`"))
    if (spec.wait or spec.extend) and not spec.suppressed_by:
        message = "`wait` and `extend` have no effect without `suppressed_by`"
        findings.append(Finding("R07", message, ("composites", key, "wait" if spec.wait else "extend"), on="key"))
    return findings


def _children_first(by_key: dict[str, Composite], findings: list[Finding]) -> list[Composite]:
    """Depth first; a cycle is a finding (R09), because CloudWatch would create it and never evaluate it again."""
    ordered: list[Composite] = []
    state: dict[str, str] = {}

    def visit(key: str, trail: tuple[str, ...]) -> None:
        if state.get(key) == "done":
            return
        if state.get(key) == "open":
            circle = " → ".join((*trail[trail.index(key) :], key))
            message = f"composites form a cycle: {circle}; CloudWatch stops evaluating them and cannot delete them"
            findings.append(Finding("R09", message, ("composites", key, "rule")))
            return
        state[key] = "open"
        composite = by_key[key]
        for child in (*children(composite.rule), *((composite.suppressor,) if composite.suppressor else ())):
            if child in by_key:
                visit(child, (*trail, key))
        state[key] = "done"
        ordered.append(composite)

    for key in sorted(by_key):
        visit(key, ())
    return ordered
