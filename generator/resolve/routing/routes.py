"""The channels of each alarm: the routes of severities, and the rules that precede them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from generator.findings import Finding, Path, suggest
from generator.model.accounts import HUB_ACCOUNT
from generator.model.alarms import Alarm, Composite
from generator.model.routing import OF_ALARMS, SEVERITIES, Route, RouteRule
from generator.resolve.placement_conditions import Refusal, by_region, by_unit, nowhere, unknown_names
from generator.resolve.routing import owners
from generator.resolve.routing.channels import recipients
from generator.resolve.scope import (
    Scope,
    check_later_declared,
    check_later_unused,
    check_units_declared,
    distinguishes,
    environment_names,
)
from generator.resolve.section import Section
from generator.spec.routing import RouteRuleSpec

Words = Mapping[str, tuple[str, ...]]
_ROUTED = SEVERITIES[:-1]
_BY_REGION = Refusal(
    "routes select channels by account, so they are the same in every Region", "remove `region`, or set another owner"
)


def routes(scope: Scope, findings: list[Finding]) -> tuple[Route, ...]:
    """Severity to channels, for what no rule holds of."""
    routes = []
    for severity in _ROUTED:
        names = scope.document.routes.of(severity)
        if names is not None:
            path: Path = ("routes", severity)
            routes.append(Route(severity, recipients(names, severity, path, scope, findings), path))
    return tuple(routes)


def rules(scope: Scope, alarms: Sequence[Alarm | Composite], findings: list[Finding]) -> tuple[RouteRule, ...]:
    """Those of this environment in their order, then those of owners.

    Findings: what nothing has (R04), and a rule that an earlier one leaves nothing to (R07).
    """
    rules: list[RouteRule] = []
    specs = scope.document.routes.rules
    conditions = [_words(spec) for spec in specs]
    for index, (spec, words) in enumerate(zip(specs, conditions, strict=True)):
        path: Path = ("routes", "rules", index)
        channels = recipients(spec.to, "the alarms it applies to", (*path, "to"), scope, findings)
        faults = [*_unknown(spec, scope, alarms, (*path, "when")), *_check_of_later(spec, words, scope, path)]
        findings += faults or _nowhere(spec, words, scope, (*path, "when"))
        findings += _never_reached(index, specs, conditions, scope)
        if scope.environment in words.get("environment", (scope.environment,)):
            rules.append(
                RouteRule(
                    tuple(sorted((name, values) for name, values in words.items() if name != "environment")),
                    channels,
                    path,
                    silent_end=not spec.ok,
                    for_nobody=not spec.to,
                    environments=words.get("environment", ()),
                    later=_of_later(spec, words, scope),
                )
            )
    return (*rules, *owners.rules(scope, findings))


def _account_words(words: Words) -> set[str]:
    """The words of a condition that are about accounts."""
    return set(words) - {*OF_ALARMS, "environment"}


def _of_later(spec: RouteRuleSpec, words: Words, scope: Scope) -> bool | None:
    """As `RouteRule.later`: given, or known where the rule names every unit that an account can join later."""
    units = scope.units_of_later if _account_words(words) == {"unit"} else ()
    return True if spec.later is None and units and set(units).issubset(words["unit"]) else spec.later


def _check_of_later(spec: RouteRuleSpec, words: Words, scope: Scope, path: Path) -> Iterator[Finding]:
    """R06 where the rule distinguishes units of accounts that join later; R07 for `later` where none joins."""
    document = scope.document
    if spec.later is not None:
        yield from check_later_unused(document, (*path, "later"))
    if not by_unit(spec.when, document) or scope.environment not in words.get("environment", (scope.environment,)):
        return
    yield from check_units_declared(document)
    if spec.later is None and distinguishes(scope.organizational_units, words["unit"], document):
        yield check_later_declared(scope.organizational_units, (*path, "when", "unit"))


def _words(spec: RouteRuleSpec) -> Words:
    return {
        name: (entry,) if isinstance(entry, str) else tuple(dict.fromkeys(entry)) for name, entry in spec.when.items()
    }


def _unknown(spec: RouteRuleSpec, scope: Scope, alarms: Sequence[Alarm | Composite], path: Path) -> Iterator[Finding]:
    words = _words(spec)
    known: dict[str, list[str]] = {
        "severity": list(_ROUTED),
        "owner": _owners(scope, alarms),
        "service": _services(scope, alarms),
    }
    for name, own in known.items():
        accepted = [*own, *(word for word in _labels(scope, name) if word not in own)]
        for word in words.get(name, ()):
            if word not in accepted:
                hint = suggest(word, accepted)
                yield Finding(
                    "R04", f"nothing has `{name}: {word}`, so the rule never applies", (*path, name), hint=hint
                )
    for name in (name for name, values in words.items() if not values):
        yield Finding(
            "R07", f"the list of `{name}` is empty, so the rule never applies", (*path, name), hint="add a value"
        )
    places = {name: values for name, values in spec.when.items() if name not in known}
    if by_region(places, scope.document):
        yield Finding("R07", _BY_REGION.message, (*path, "region"), hint=_BY_REGION.hint, on="key")
        del places["region"]
    if HUB_ACCOUNT in words.get("account", ()):
        if HUB_ACCOUNT in scope.document.accounts:
            message = "`hub` means the hub account, but another account has this name, too"
            also = ((("accounts", HUB_ACCOUNT), "the account"),)
            yield Finding("R07", message, (*path, "account"), hint="rename the account", also=also)
        places["account"] = [word for word in words["account"] if word != HUB_ACCOUNT]
    yield from unknown_names(places, scope.document, path, "the rule")


def _nowhere(spec: RouteRuleSpec, words: Words, scope: Scope, path: Path) -> Iterator[Finding]:
    """A rule that no account fits, and the hub no more: it has neither labels nor a unit."""
    places = {name: list(values) for name, values in words.items() if name not in OF_ALARMS}
    if HUB_ACCOUNT in places.get("account", ()):
        if _account_words(words) == {"account"}:
            return
        places["account"].remove(HUB_ACCOUNT)
    yield from nowhere(places, scope.document, path, "the rule", spec.later)


def _labels(scope: Scope, name: str) -> list[str]:
    """The values of a label of accounts: it applies to alarms without an owner or a service of their own."""
    return sorted({account.labels[name] for account in scope.document.accounts.values() if name in account.labels})


def _owners(scope: Scope, alarms: Sequence[Alarm | Composite]) -> list[str]:
    """The owners of alarms that can fire, of resources that a check can report, and of AWS events."""
    document = scope.document
    sections = (document.compliance, document.error_logs)
    owners = {getattr(section, "owner", None) for section in sections} | {alarm.owner for alarm in alarms}
    for rule in document.event_rules.values():
        owners |= {rule.owner, *(event.owner for event in rule.events.values())}
    return sorted(name for name in {*owners, *document.owners} if name)


def _services(scope: Scope, alarms: Sequence[Alarm | Composite]) -> list[str]:
    """The services of alarms that can fire, of entries of `services`, and of AWS events."""
    document = scope.document
    services = {*document.services, *(entry.service for entry in (*alarms, *document.event_rules.values()))}
    return sorted(name for name in services if name)


def _never_reached(
    index: int, specs: Sequence[RouteRuleSpec], conditions: Sequence[Words], scope: Scope
) -> Iterator[Finding]:
    """An earlier rule that holds of all that this one holds of. A list of all that there is asks for nothing."""
    own = conditions[index]
    of_all: dict[str, set[str]] = {"severity": {*_ROUTED}, "environment": {*environment_names(scope.document)}}
    for before, earlier in enumerate(conditions[:index]):
        remaining = {name: {*words} for name, words in earlier.items() if not {*words} >= of_all.get(name, {""})}
        takes = all(name in own and words.issuperset(own[name]) for name, words in remaining.items())
        if takes and _covers_later(specs[before], earlier, specs[index], own):
            message = "this rule is never reached: an earlier one matches everything that it matches"
            also = ((("routes", "rules", before, "when"), "the earlier one"),)
            hint = "move it before the earlier one, or remove it"
            yield Finding("R07", message, ("routes", "rules", index, "when"), hint=hint, also=also)
            return


def _covers_later(earlier: RouteRuleSpec, words: Words, rule: RouteRuleSpec, own: Words) -> bool:
    """True if the earlier rule holds of accounts that join later wherever the rule does, which asks for no less."""
    if earlier.later is None:
        return not _account_words(words) or rule.later is not True
    # Accounts that join later have neither a name nor labels.
    return earlier.later or rule.later is False or (rule.later is None and bool(_account_words(own) - {"unit"}))


SECTIONS = (
    Section(
        "routes",
        {
            "routes": lambda resolved: routes(resolved.scope, resolved.findings),
            "route_rules": lambda resolved: rules(
                resolved.scope, (*resolved.alarms, *resolved.composites), resolved.findings
            ),
        },
    ),
)
