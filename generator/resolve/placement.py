"""Placement: the rules of an entry, for the accounts and Regions of one environment.

A stack knows its account and Region, so accounts that join a unit later are decided too: they have every entry whose
rules use neither names nor labels.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from generator.findings import Finding, Path, suggest, unknown_reference
from generator.model.accounts import HUB_ACCOUNT, Account
from generator.model.placement import NOWHERE, Placement, has_in
from generator.resolve.scope import (
    Scope,
    check_later_declared,
    check_later_unused,
    check_units_declared,
    distinguishes,
    environment_names,
    known_units,
    regions_of_document,
    units_of_environment,
)
from generator.spec.document import Document
from generator.spec.placements import (
    ExceptAccountsSpec,
    ExceptRegionsSpec,
    ExceptUnitsSpec,
    ExceptValuesSpec,
    LabelRule,
    PlacedSpec,
)

OF_MEMBERS = ("accounts", "labels", "units", "later", "regions")
# Keys that do not apply to one account of several that an alarm of the hub monitors.
NOT_OF_EACH = ("later", "regions")
# Sections of filters, which are in the hub if their log group is.
_FILTERS = ("metric_filters", "subscription_filters")
_Except = ExceptAccountsSpec | ExceptRegionsSpec | ExceptUnitsSpec | ExceptValuesSpec


def placement(spec: PlacedSpec, scope: Scope) -> Placement | None:
    """The members of the environment that have it; None where every one has."""
    if not spec.is_placed or spec.is_of_hub:
        return None
    later = _later(spec, scope.organizational_units)
    regions = regions_of(spec, scope)
    if not regions:
        return NOWHERE
    accounts = (account for account in scope.accounts if _has(spec, account))
    names = tuple(account.name for account in accounts if any(account.is_in(region) for region in regions))
    every = len(names) == len(scope.accounts) and (later or not scope.organizational_units)
    only = () if len(regions) == len(scope.regions) else regions
    if every and not only:
        return None
    return Placement(None, True, only) if every else effective_placement(Placement(names, later, only), scope)


def effective_placement(placed: Placement | None, scope: Scope) -> Placement | None:
    """The placement, which is nowhere where no account of the environment has it: neither one of its own in a Region
    of its own, nor one that joins later.
    """
    if placed is None or (placed.later and scope.organizational_units):
        return placed
    regions = placed.regions or scope.regions
    accounts = (account for account in scope.accounts if placed.has(account.name))
    if any(account.is_in(region) for account in accounts for region in regions):
        return placed
    return replace(placed, accounts=(), later=False)


def cells(scope: Scope) -> Iterator[tuple[str | None, str]]:
    """Every account in each of its Regions; None is an account that joins later."""
    for account in scope.accounts:
        yield from ((account.name, region) for region in account.regions_of(scope.regions))
    yield from ((None, region) for region in scope.regions) if scope.organizational_units else ()


def is_within(inner: Placement | None, outer: Placement | None, scope: Scope) -> bool:
    """True if the inner placement is within the outer one, in every account and each of its Regions."""
    return all(has_in(outer, *cell) for cell in cells(scope) if has_in(inner, *cell))


def regions_of(spec: PlacedSpec, scope: Scope) -> tuple[str, ...]:
    """The Regions of the environment that have it, sorted."""
    return tuple(sorted(region for region in scope.regions if in_region(spec, region)))


def _has(spec: PlacedSpec, account: Account) -> bool:
    rule = spec.accounts
    if isinstance(rule, ExceptAccountsSpec):
        is_named = account.name not in rule.except_
    else:
        is_named = rule is None or account.name in rule
    labels = dict(account.labels)
    if not _in_unit(spec, account.unit):
        return False
    return is_named and all(_label(condition, labels.get(name)) for name, condition in spec.labels.items())


def _label(rule: LabelRule, value: str | None) -> bool:
    if isinstance(rule, ExceptValuesSpec):
        return value not in rule.except_
    return value is not None and value in ([rule] if isinstance(rule, str) else rule)


def _in_unit(spec: PlacedSpec, unit: str) -> bool:
    """True if accounts of a unit have it; empty for an account of which the file does not say it."""
    if isinstance(spec.units, ExceptUnitsSpec):
        return unit not in spec.units.except_
    return spec.units is None or unit in spec.units


def _later(spec: PlacedSpec, units: Sequence[str]) -> bool:
    """True if an account without a name and without labels has it, which is of one of these units."""
    if spec.later is not None:
        return spec.later
    if not all(_in_unit(spec, unit) for unit in units or ("",)):
        return False
    is_named = spec.accounts is None or isinstance(spec.accounts, ExceptAccountsSpec)
    return is_named and all(isinstance(condition, ExceptValuesSpec) for condition in spec.labels.values())


def in_region(spec: PlacedSpec, region: str) -> bool:
    """True if the rule for Regions includes one."""
    rule = spec.regions
    if isinstance(rule, ExceptRegionsSpec):
        return region not in rule.except_
    return rule is None or region in rule


def rule_path(spec: PlacedSpec, entry: Path) -> Path:
    """The rule that decides about accounts, or else about Regions."""
    conditions = (
        ("accounts", spec.accounts),
        ("labels", spec.labels or None),
        ("units", spec.units),
        ("later", spec.later),
    )
    return (*entry, next((word for word, rule in conditions if rule is not None), "regions"))


def check_placement_names(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    """Names of a rule that do not exist: accounts (R02), labels and Regions (R04); R07 where it leaves nothing."""
    if not spec.is_placed and regions_of_document(document):
        return
    faults = [*_check_hub(spec, document, path), *_unknown_names(spec, document, path)]
    yield from faults or (() if spec.is_of_hub else _leaves_nothing(spec, document, path))


def _check_hub(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    """R07: the hub beside members, `hub` as the name of a member, the hub where only members have such a thing."""
    at, names = _listed(spec.accounts, (*path, "accounts"))
    if HUB_ACCOUNT not in names:
        return
    name_path = (*at, names.index(HUB_ACCOUNT))
    if HUB_ACCOUNT in document.accounts:
        message = "`hub` means the hub account, but another account has this name, too"
        also = ((("accounts", HUB_ACCOUNT), "the account"),)
        yield Finding("R07", message, name_path, hint="rename the account", also=also)
    elif isinstance(spec.accounts, ExceptAccountsSpec):
        message = "the hub is never included: `accounts: [hub]` is required for it"
        yield Finding("R07", message, name_path, hint="remove it")
    elif not spec.is_of_hub:
        message = "an entry cannot be in both the hub and members"
        yield Finding("R07", message, name_path, hint="add another entry with `accounts: [hub]`")
    elif path[0] not in _FILTERS and getattr(spec, "in_", "") != "hub":
        message = "`accounts: [hub]` is in the hub, but this entry is in members"
        yield Finding("R07", message, name_path, hint="remove `in`" if hasattr(spec, "in_") else "remove it")


def _leaves_nothing(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    accounts = [
        Account(name, account.id, tuple(account.labels.items()), account.unit or "", tuple(account.regions or ()))
        for name, account in document.accounts.items()
    ]
    brought = [units_of_environment(document, name) for name in environment_names(document)]
    has_later = any(units and _later(spec, units) for units in brought)
    fits = not document.accounts or any(_has(spec, account) for account in accounts)
    if not fits and not has_later:
        message = "no account matches all conditions, so it would not be deployed"
        yield Finding("R07", message, rule_path(spec, path), hint="remove a condition, or remove the entry", on="key")
    elif not any(in_region(spec, region) for region in regions_of_document(document)):
        message = "all Regions of members are excluded, so it would not be deployed"
        yield Finding("R07", message, (*path, "regions"), hint="remove a condition, or remove the entry", on="key")
    elif accounts and not has_later and not any(_has_region(spec, name) for name in accounts):
        message = "no matching account is monitored in a matching Region, so it would not be deployed"
        yield Finding("R07", message, (*path, "regions"), hint="remove a condition, or remove the entry", on="key")


def _has_region(spec: PlacedSpec, account: Account) -> bool:
    """True if an account has it in one of the Regions of its own."""
    regions = account.regions
    return _has(spec, account) and (not regions or any(in_region(spec, region) for region in regions))


def _unknown_names(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    rule = spec.accounts
    at, names = _listed(rule, (*path, "accounts"))
    for index, name in enumerate(names):
        if name not in document.accounts and name != HUB_ACCOUNT:
            yield unknown_reference("R02", "account", name, document.accounts, (*at, index), "add it to accounts")
    yield from _unknown_labels(spec, document, path)
    yield from _unknown_units(spec, document, path)
    watched = regions_of_document(document)
    at, names = _listed(spec.regions, (*path, "regions"))
    for index, name in enumerate(names):
        if name not in watched:
            message = f"members are monitored in {', '.join(sorted(watched))}, not in {name}"
            yield Finding("R04", message, (*at, index), hint=suggest(name, watched, "add it to regions"))


def _unknown_units(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    """R04 for a unit that nothing has; R06 where it is not said what an account of one unit or another has later."""
    known = known_units(document)
    at, names = _listed(spec.units, (*path, "units"))
    for index, name in enumerate(names):
        if name not in known:
            yield unknown_reference(
                "R04", "unit", name, known, (*at, index), "add it to organizational_units, or to its accounts as `unit`"
            )
    if names:
        yield from check_units_declared(document)
    brought = [units_of_environment(document, name) for name in environment_names(document)]
    if spec.later is not None:
        yield from check_later_unused(document, (*path, "later"))
    # The hub monitors accounts of the file.
    is_asked = spec.later is None and spec.units is not None and getattr(spec, "in_", "members") == "members"
    for units in brought if is_asked else ():
        if distinguishes(units, names, document):
            # Auto-deployment gives a new account the stack set's own values, whatever its unit was given.
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
            yield check_later_declared(units, (*path, "units"))
            return


def _unknown_labels(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    labels = document.labels
    for name, rule in spec.labels.items():
        if name not in labels:
            hint = suggest(name, sorted(labels))
            yield Finding("R04", f"no account has a label `{name}`", (*path, "labels", name), hint=hint, on="key")
            continue
        at, values = _listed([rule] if isinstance(rule, str) else rule, (*path, "labels", name))
        for index, value in enumerate(values):
            if value not in labels[name]:
                hint = suggest(value, sorted(labels[name]))
                rule_path = at if isinstance(rule, str) else (*at, index)
                yield Finding("R04", f"no account has `{name}: {value}`", rule_path, hint=hint)


def _listed(rule: _Except | Sequence[str] | None, path: Path) -> tuple[Path, Sequence[str]]:
    """The names of a rule, and the path of their list."""
    if isinstance(rule, _Except):
        return (*path, "except"), rule.except_
    return path, rule or ()


def check_hub_placement(spec: PlacedSpec, path: Path, keys: Sequence[str] = OF_MEMBERS) -> Iterator[Finding]:
    """Rules about members, in an entry of the hub (R07)."""
    for key in keys:
        if getattr(spec, key) not in (None, {}) and not (key == "accounts" and spec.is_of_hub):
            message = f"`{key}` selects members, but this entry is in the hub"
            hint = "remove it" if spec.is_of_hub else "remove it, or set `in: members`"
            yield Finding("R07", message, (*path, key), hint=hint, on="key")
