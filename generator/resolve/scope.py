"""One environment of the document: which hub, which accounts, which regions, and how names are filled in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from generator.findings import Finding, Path, suggest, unknown_reference
from generator.model.accounts import Account, Hub, Organization, Side
from generator.model.placement import Placement
from generator.model.stack_values import IN_PLACE, label
from generator.resolve.environment_labels import label_faults, with_labels
from generator.resolve.event_packs import EventPackRegistry
from generator.resolve.management import management_faults
from generator.resolve.names import fill
from generator.resolve.units import unit_faults, units_of
from generator.spec.accounts import EnvironmentSpec
from generator.spec.coverage_lock import CoverageLockSpec
from generator.spec.document import Document


@dataclass(frozen=True, slots=True)
class AlarmProvenance:
    """The origin of an alarm that is not in the alarms section itself.

    origins: field to the layer and the path of its value. overrides: the path of each override, in their order.
    silence: why missing data is acceptable. region: the only Region that has its metric; empty where all do.
    title: the label of its expression; empty for the expression itself.
    hubs_own: whether an alarm of the hub monitors the hub itself, and not its members.
    level_of: the entry of which it is one of several thresholds.
    log_groups: keys of the log groups of which it needs at least one in the account; empty for none.
    """

    path: Path
    origins: Mapping[str, tuple[str, Path]]
    overrides: tuple[Path, ...]
    silence: str = ""
    region: str = ""
    title: str = ""
    hubs_own: bool = False
    level_of: str = ""
    log_groups: tuple[str, ...] = ()


@dataclass(frozen=True)  # without slots, so that it can keep what it was asked once
class Scope:
    """The input of every later pass: the document, and the environment's accounts.

    excluded_accounts: accounts in units that are no members.
    former: the path of each moved entry, to the key that it had at first.
    names_by_label: the names of the accounts that have a label, as a pair of its name and value; `account` is a label
    too, whose value is the account's name.
    levels: entries with several thresholds, to the keys of the alarms that they became.
    event_packs: those that entries of `event_rules` name.
    filter_paths: the places of metric filters that are not in the section of them. coverage: the lock, for reports.
    counted_places: objectives, to the placement of the service or probe whose metrics they count.
    """

    document: Document
    environment: str
    hub: Hub
    organization: Organization
    accounts: tuple[Account, ...]
    organizational_units: tuple[str, ...]
    regions: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    names_by_label: Mapping[tuple[str, str], frozenset[str]]
    excluded_accounts: tuple[Account, ...] = ()
    lowered: Mapping[str, AlarmProvenance] = field(default_factory=dict)
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    former: Mapping[Path, str] = field(default_factory=dict)
    event_packs: EventPackRegistry = EventPackRegistry()
    filter_paths: Mapping[str, Path] = field(default_factory=dict)
    counted_places: Mapping[str, Placement | None] = field(default_factory=dict)
    coverage: CoverageLockSpec | None = None

    @cached_property
    def account_names(self) -> tuple[str, ...]:
        """The names of the member accounts: each alarm asks for them, and there may be ten thousand."""
        return tuple(account.name for account in self.accounts)

    @property
    def units_of_later(self) -> tuple[str, ...]:
        """The units of which one is that of an account that joins later, for conditions on units; empty where they
        mean a label that is called `unit`, which no account has that joins later.
        """
        return () if "unit" in self.document.labels else self.organizational_units

    @property
    def linked_accounts(self) -> tuple[Account, ...]:
        """The accounts that the hub sees: links stay in its Region, and an account of other Regions has none."""
        return tuple(account for account in self.accounts if account.is_in(self.hub.region))

    def named(self, path: Path) -> str:
        """The key that the names of an entry are made of: its own, unless `moved` has a former one."""
        return self.former.get(path, str(path[-1]))

    def regions_of(self, side: Side) -> tuple[str, ...]:
        """The Regions in which the alarms of a side are created."""
        return (self.hub.region,) if side is Side.HUB else self.regions

    def path_of(self, key: str) -> Path:
        """The path of an alarm in the YAML."""
        return self.lowered[key].path if key in self.lowered else ("alarms", key)

    def origin_of(self, key: str, name: str) -> tuple[str, Path]:
        """The layer and the place of a field that an alarm's entry gives."""
        provenance = self.lowered.get(key)
        return provenance.origins[name] if provenance else ("entry", ("alarms", key, name))

    def override_path(self, key: str, index: int) -> Path:
        """The path of an override of an alarm."""
        provenance = self.lowered.get(key)
        return provenance.overrides[index] if provenance else ("alarms", key, "overrides", index)

    def fill(self, text: str, path: Path, findings: list[Finding]) -> str:
        """Placeholders replaced by this environment's values."""
        return fill(text, {"environment": self.environment, "project": self.document.project}, path, findings)

    def fill_in_place(self, text: str, path: Path, findings: list[Finding]) -> str:
        """The same where CloudFormation fills in the account and Region of the stack, too."""
        names = {name for account in self.document.accounts.values() for name in account.labels}
        labels = {f"label.{name}": label(name) for name in sorted(names)} if "{label." in text else {}
        values = {"environment": self.environment, "project": self.document.project, **IN_PLACE, **labels}
        return fill(text, values, path, findings)


def environment_names(document: Document) -> tuple[str, ...]:
    """The environments, in the order given."""
    return tuple(dict.fromkeys(document.environments))


def unknown_environments(names: Sequence[str], entry: Path, document: Document) -> Iterator[Finding]:
    """R02 for each that there is not, in the list `environments` of an entry."""
    known = environment_names(document)
    for index, name in enumerate(names):
        if name not in known:
            yield unknown_reference("R02", "environment", name, known, (*entry, "environments", index))


def scope(document: Document, environment: str, findings: list[Finding]) -> Scope:
    """The environment's places; what it does not say itself is the file's."""
    own = _own(document, environment)
    hub = own.hub or document.hub
    names = accounts_of_environment(document, environment)
    for index, name in enumerate(own.accounts or ()):
        if name not in document.accounts:
            path: Path = ("environments", environment, "accounts", index)
            findings.append(unknown_reference("R02", "account", name, document.accounts, path, "add it to accounts"))
    watched = regions_of_environment(document, environment)
    accounts = tuple(_account(name, document, watched) for name in sorted({*names} & document.accounts.keys()))
    units = units_of(document, environment, own)
    tags = {"project": document.project, "environment": environment, **document.tags, **own.tags}
    findings += _check_accounts(document, accounts, units.ids, hub.account)
    findings += unit_faults(document, environment, own, accounts)
    findings += account_region_faults(document, environment, accounts)
    findings += label_faults(document, environment, own.labels)
    findings += management_faults(document)
    return Scope(
        document,
        environment,
        Hub(hub.account, hub.region),
        Organization(document.organization.id, document.organization.stack_sets),
        accounts,
        units.ids,
        watched,
        tuple(sorted(tags.items())),
        _names_by_label(accounts),
        units.excluded,
    )


def _account(name: str, document: Document, watched: tuple[str, ...]) -> Account:
    spec = document.accounts[name]
    own = tuple(region for region in watched if spec.regions is not None and region in spec.regions)
    labels, regions = tuple(sorted(spec.labels.items())), () if own == watched else own
    return Account(name, spec.id, labels, spec.unit or "", regions, spec.management)


def accounts_of_environment(document: Document, environment: str) -> Collection[str]:
    """The names of its members, some of which the file may not have."""
    own = _own(document, environment)
    names: Collection[str] = document.accounts if own.accounts is None else own.accounts
    return with_labels(names, own.labels, document) if own.labels else names


def units_of_environment(document: Document, environment: str) -> tuple[str, ...]:
    """The organizational units whose accounts are members, of which each is one that joins later."""
    return units_of(document, environment, _own(document, environment)).ids


def known_units(document: Document) -> set[str]:
    """Those that the file brings into any environment, and those that it says accounts belong to."""
    brought = {unit for name in environment_names(document) for unit in units_of_environment(document, name)}
    return brought | {account.unit for account in document.accounts.values() if account.unit}


def check_units_declared(document: Document) -> Iterator[Finding]:
    """R06 where units are asked for: once for each account that does not say its own, whatever asks."""
    for name, account in document.accounts.items():
        if not account.unit:
            message = f"`{name}` has no `unit`, but the file selects accounts by unit"
            hint = "add unit: ou-…, or the ID of the root, r-…, if it is in no organizational unit"
            yield Finding("R06", message, ("accounts", name), hint=hint, on="key")


def check_later_unused(document: Document, path: Path) -> Iterator[Finding]:
    """R07 where something is said of accounts that join later, and none does. path: of what says it."""
    if not any(units_of_environment(document, name) for name in environment_names(document)):
        message = "there are no organizational_units, so no account can join later"
        yield Finding("R07", message, path, hint="remove it", on="key")


def check_later_declared(units: Sequence[str], path: Path) -> Finding:
    """R06 where units are distinguished, and `later` is not set for accounts that join one of them."""
    message = f"no stack knows whether an account that joins later is in {' or '.join(units)}"
    hint = "set later: false to deploy it only to accounts in the file, or later: true"
    return Finding("R06", message, path, hint=hint, on="key")


def distinguishes(units: Sequence[str], units_named: Sequence[str], document: Document) -> bool:
    """True if naming some units distinguishes accounts that join these ones later, which no stack can.

    A unit that no environment brings may be within one that does.
    """
    brought = {unit for name in environment_names(document) for unit in units_of_environment(document, name)}
    return bool(units) and (len({unit in units_named for unit in units}) > 1 or not brought.issuperset(units_named))


def account_region_faults(document: Document, environment: str, accounts: tuple[Account, ...]) -> Iterator[Finding]:
    """Regions of accounts that no environment watches (R04), and accounts of an environment without any (R07)."""
    watched, regions = regions_of_document(document), regions_of_environment(document, environment)
    for account in accounts:
        own = document.accounts[account.name].regions or ()
        path: Path = ("accounts", account.name, "regions")
        unknown = [(index, region) for index, region in enumerate(own) if region not in watched]
        for index, region in unknown:
            message = f"members are monitored in {', '.join(sorted(watched))}, not in {region}"
            hint = suggest(region, watched, "add it to regions")
            yield Finding("R04", message, (*path, index), hint=hint)
        if own and not unknown and not set(own) & set(regions):
            message = f"{environment} monitors {', '.join(regions)}, so `{account.name}` would not be monitored in it"
            hint = f"add one of these Regions, or list the accounts of {environment} without it"
            yield Finding("R07", message, path, hint=hint, on="key")


def _names_by_label(accounts: tuple[Account, ...]) -> dict[tuple[str, str], frozenset[str]]:
    by_label: dict[tuple[str, str], list[str]] = {("account", account.name): [account.name] for account in accounts}
    for account in accounts:
        for name, value in account.attributes:
            if name != "account":
                by_label.setdefault((name, value), []).append(account.name)
    return {pair: frozenset(names) for pair, names in by_label.items()}


def regions_of_environment(document: Document, environment: str) -> tuple[str, ...]:
    """The Regions in which an environment monitors its members: its own, the file's, or the hub's."""
    own = _own(document, environment)
    hub = own.hub or document.hub
    return tuple(dict.fromkeys(own.regions or document.regions or [hub.region]))


def regions_of_document(document: Document) -> set[str]:
    """The Regions in which any environment monitors its members."""
    return {region for name in environment_names(document) for region in regions_of_environment(document, name)}


def shared_members(document: Document) -> tuple[str, str, str] | None:
    """Two environments and a member or unit that both have, the first found; None where each has its own."""
    owners: dict[str, str] = {}
    for environment in environment_names(document):
        places = scope(document, environment, [])
        for member in (*(account.name for account in places.accounts), *places.organizational_units):
            if owners.setdefault(member, environment) != environment:
                return owners[member], environment, member
    return None


def _own(document: Document, environment: str) -> EnvironmentSpec:
    environments = document.environments
    settings = environments.get(environment) if isinstance(environments, dict) else None
    return settings or EnvironmentSpec()


def _names_accounts(document: Document) -> bool:
    sections = [_own(document, environment) for environment in environment_names(document)]
    return any(own.accounts or own.labels for own in sections)


def _check_accounts(
    document: Document, accounts: tuple[Account, ...], units: tuple[str, ...], hub: str
) -> list[Finding]:
    findings: list[Finding] = []
    first: dict[str, str] = {}
    for name, account in document.accounts.items():
        path: Path = ("accounts", name, "id")
        if account.id in first:
            other = first[account.id]
            message = f"`{name}` and `{other}` are the same account {account.id}"
            findings.append(Finding("R03", message, path, also=((("accounts", other, "id"), "the first"),)))
        first.setdefault(account.id, name)
    if units and document.organization.stack_sets == "self-managed":
        message = "a self-managed stack set deploys to account IDs and not to organizational units"
        hint = "list the accounts, or set stack_sets: delegated-admin"
        findings.append(Finding("R07", message, ("organization", "stack_sets"), hint=hint))
    # Where an environment names unknown accounts, only that is reported.
    if not accounts and not units and not (document.accounts and _names_accounts(document)):
        hint = 'add `accounts: {checkout: {id: "…"}}` or organizational_units'
        findings.append(Finding("R03", "there is no member account to monitor", ("accounts",), hint=hint, on="key"))
    named_hub = next((name for name, account in document.accounts.items() if account.id == hub), None)
    if named_hub:
        message = "the hub is listed as a member, but a hub cannot link to its own sink and always monitors itself"
        findings.append(Finding("R03", message, ("accounts", named_hub, "id"), hint="remove it from accounts"))
    names = list(document.environments)
    for index, name in enumerate(names):
        if name in names[:index]:
            message = f"the environment `{name}` is listed twice"
            findings.append(Finding("R03", message, ("environments", index), hint="remove one of the two"))
    return findings
