"""Where things stand: the rules of an entry, for the accounts and Regions of one environment.

CloudFormation tells a stack its account and Region, so whoever joins a unit later is decided too: it has what no rule
asks for by name or by label. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.findings import Finding, Path, did_you_mean
from generator.model.placement import NOWHERE, Placement
from generator.model.places import HUB_ACCOUNT, Account
from generator.resolve.scope import Scope, regions_of_document
from generator.spec.document import Document
from generator.spec.placed import ExceptAccountsSpec, ExceptRegionsSpec, ExceptValuesSpec, LabelRule, PlacedSpec


def placement(spec: PlacedSpec, scope: Scope) -> Placement | None:
    """Which members of the environment have it; None where every one has."""
    if not spec.is_placed or spec.is_of_hub:
        return None
    names = tuple(account.name for account in scope.accounts if _has(spec, account))
    later = _later(spec)
    regions = regions_of(spec, scope)
    if not regions:
        return NOWHERE
    every = len(names) == len(scope.accounts) and (later or not scope.organizational_units)
    only = () if len(regions) == len(scope.regions) else regions
    if every and not only:
        return None
    return Placement(None, True, only) if every else Placement(names, later, only)


def regions_of(spec: PlacedSpec, scope: Scope) -> tuple[str, ...]:
    """The Regions of the environment that have it, sorted."""
    return tuple(sorted(region for region in scope.regions if _in_region(spec, region)))


def _has(spec: PlacedSpec, account: Account) -> bool:
    rule = spec.accounts
    if isinstance(rule, ExceptAccountsSpec):
        named = account.name not in rule.except_
    else:
        named = rule is None or account.name in rule
    labels = dict(account.labels)
    return named and all(_label(one, labels.get(name)) for name, one in spec.labels.items())


def _label(rule: LabelRule, value: str | None) -> bool:
    if isinstance(rule, ExceptValuesSpec):
        return value not in rule.except_
    return value is not None and value in ([rule] if isinstance(rule, str) else rule)


def _later(spec: PlacedSpec) -> bool:
    """Whether an account without a name and without labels has it."""
    named = spec.accounts is None or isinstance(spec.accounts, ExceptAccountsSpec)
    return named and all(isinstance(one, ExceptValuesSpec) for one in spec.labels.values())


def _in_region(spec: PlacedSpec, region: str) -> bool:
    rule = spec.regions
    if isinstance(rule, ExceptRegionsSpec):
        return region not in rule.except_
    return rule is None or region in rule


def place_of(spec: PlacedSpec, entry: Path) -> Path:
    """The rule that decides about accounts, or else about Regions."""
    word = "accounts" if spec.accounts is not None else "labels" if spec.labels else "regions"
    return (*entry, word)


def unknown(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    """What a rule names and nothing has: accounts (R02), labels and Regions (R04); R07 where it leaves nothing."""
    found = [*_hub_wrong(spec, document, path), *_unknown_names(spec, document, path)]
    yield from found or (() if spec.is_of_hub else _leaves_nothing(spec, document, path))


def _hub_wrong(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    """R07: the hub beside members, `hub` as the name of a member, the hub where only members have such a thing."""
    at, names = _listed(spec.accounts, (*path, "accounts"))
    if HUB_ACCOUNT not in names:
        return
    place = (*at, names.index(HUB_ACCOUNT))
    if HUB_ACCOUNT in document.accounts:
        message = "`hub` is the hub here, and one of the accounts is called so, too"
        also = ((("accounts", HUB_ACCOUNT), "the account"),)
        yield Finding("R07", message, place, hint="another name for the account", also=also)
    elif isinstance(spec.accounts, ExceptAccountsSpec):
        message = "the hub has nothing but what says `accounts: [hub]`"
        yield Finding("R07", message, place, hint="leave it out")
    elif not spec.is_of_hub:
        message = "the hub and members in one entry, and each side has its own"
        yield Finding("R07", message, place, hint="an entry of its own with `accounts: [hub]`")
    elif path[0] != "metric_filters" and getattr(spec, "in_", "") != "hub":
        message = "`accounts: [hub]` stands in the hub, and this is in members"
        yield Finding("R07", message, place, hint="leave `in` out" if hasattr(spec, "in_") else "leave it out")


def _leaves_nothing(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    named = (Account(name, one.id, tuple(one.labels.items())) for name, one in document.accounts.items())
    given = document.environments
    environments = given.values() if isinstance(given, dict) else ()
    has_units = document.organizational_units or any(one and one.organizational_units for one in environments)
    fits = not document.accounts or any(_has(spec, account) for account in named)
    if not fits and not (has_units and _later(spec)):
        message = "no account fits all that is said here, so it would be nowhere"
        yield Finding("R07", message, place_of(spec, path), hint="say less, or take the entry away", on="key")
    elif not any(_in_region(spec, region) for region in regions_of_document(document)):
        message = "no Region that members are watched in is left, so it would be nowhere"
        yield Finding("R07", message, (*path, "regions"), hint="say less, or take the entry away", on="key")


def _unknown_names(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    rule = spec.accounts
    at, names = _listed(rule, (*path, "accounts"))
    for index, name in enumerate(names):
        if name not in document.accounts and name != HUB_ACCOUNT:
            hint = did_you_mean(name, document.accounts).strip()
            yield Finding("R02", f"there is no account `{name}`", (*at, index), hint=hint)
    yield from _unknown_labels(spec, document, path)
    watched = regions_of_document(document)
    at, names = _listed(spec.regions, (*path, "regions"))
    for index, name in enumerate(names):
        if name not in watched:
            message = f"members are watched in {', '.join(sorted(watched))}, and not in {name}"
            yield Finding("R04", message, (*at, index), hint=did_you_mean(name, watched).strip() or "add it to regions")


def _unknown_labels(spec: PlacedSpec, document: Document, path: Path) -> Iterator[Finding]:
    labels: dict[str, set[str]] = {}
    for account in document.accounts.values():
        for name, value in account.labels.items():
            labels.setdefault(name, set()).add(value)
    for name, rule in spec.labels.items():
        if name not in labels:
            hint = did_you_mean(name, labels).strip() or (f"known: {', '.join(sorted(labels))}" if labels else "")
            yield Finding("R04", f"no account has a label `{name}`", (*path, "labels", name), hint=hint, on="key")
            continue
        at, values = _listed([rule] if isinstance(rule, str) else rule, (*path, "labels", name))
        for index, value in enumerate(values):
            if value not in labels[name]:
                known = ", ".join(sorted(labels[name]))
                hint = did_you_mean(value, labels[name]).strip() or f"known: {known}"
                place = at if isinstance(rule, str) else (*at, index)
                yield Finding("R04", f"no account has `{name}: {value}`", place, hint=hint)


def _listed(
    rule: ExceptAccountsSpec | ExceptRegionsSpec | ExceptValuesSpec | Sequence[str] | None, path: Path
) -> tuple[Path, Sequence[str]]:
    """The names of a rule, and where their list stands."""
    if isinstance(rule, ExceptAccountsSpec | ExceptRegionsSpec | ExceptValuesSpec):
        return (*path, "except"), rule.except_
    return path, rule or ()


def not_in_the_hub(
    spec: PlacedSpec, path: Path, keys: Sequence[str] = ("accounts", "labels", "regions")
) -> Iterator[Finding]:
    """Rules about members, in what stands in the hub (R07)."""
    for key in keys:
        if getattr(spec, key) and not (key == "accounts" and spec.is_of_hub):
            message = f"`{key}` says which members have a thing, and this one is in the hub"
            yield Finding("R07", message, (*path, key), hint="leave it out, or write `in: members`", on="key")
