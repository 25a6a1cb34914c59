"""One environment of the document: which hub, which accounts, which regions, and how names are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.findings import Finding, Path, did_you_mean
from generator.model.places import Account, Hub, Organization, Side
from generator.resolve.names import fill
from generator.spec.document import Document
from generator.spec.places import EnvironmentSpec

# What CloudFormation knows of the place of a stack.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
IN_PLACE = {"account_id": "${AWS::AccountId}", "region": "${AWS::Region}", "partition": "${AWS::Partition}"}


@dataclass(frozen=True, slots=True)
class Lowered:
    """Where an alarm comes from that does not stand in the alarms section itself.

    origins: field to the layer and the place of its value. overrides: the place of each override, in their order.
    silence: why a period without data is no bad news. region: the only Region that has its metric; empty where all do.
    title: what the value of its expression is called; empty where the expression says it.
    hubs_own: whether an alarm of the hub is about the hub itself, and not about its members.
    level_of: the entry of which it is one of several thresholds.
    log_groups: keys of the log groups of which at least one has to stand where it stands; empty for no matter.
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


@dataclass(frozen=True, slots=True)
class Scope:
    """What every later pass asks: the document, and the environment's places.

    former: the place of each entry that was moved to the key it had at first.
    levels: entries with several thresholds, to the keys of the alarms that they became.
    """

    document: Document
    environment: str
    hub: Hub
    organization: Organization
    accounts: tuple[Account, ...]
    organizational_units: tuple[str, ...]
    regions: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    lowered: Mapping[str, Lowered] = field(default_factory=dict)
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    former: Mapping[Path, str] = field(default_factory=dict)

    def named(self, path: Path) -> str:
        """The key that the names of an entry are made of: its own, unless `moved` has a former one."""
        return self.former.get(path, str(path[-1]))

    def regions_of(self, side: Side) -> tuple[str, ...]:
        """The Regions in which the alarms of a side are created."""
        return (self.hub.region,) if side is Side.HUB else self.regions

    def path_of(self, key: str) -> Path:
        """Where an alarm stands in the YAML."""
        return self.lowered[key].path if key in self.lowered else ("alarms", key)

    def origin_of(self, key: str, name: str) -> tuple[str, Path]:
        """The layer and the place of a field that an alarm's entry gives."""
        lowered = self.lowered.get(key)
        return lowered.origins[name] if lowered else ("entry", ("alarms", key, name))

    def override_path(self, key: str, index: int) -> Path:
        """Where an override of an alarm stands."""
        lowered = self.lowered.get(key)
        return lowered.overrides[index] if lowered else ("alarms", key, "overrides", index)

    def fill(self, text: str, path: Path, news: list[Finding]) -> str:
        """Placeholders replaced by this environment's values."""
        return fill(text, {"environment": self.environment, "project": self.document.project}, path, news)

    def fill_in_place(self, text: str, path: Path, news: list[Finding]) -> str:
        """The same where CloudFormation fills in the account and Region of the stack, too."""
        values = {"environment": self.environment, "project": self.document.project, **IN_PLACE}
        return fill(text, values, path, news)


def environment_names(document: Document) -> tuple[str, ...]:
    """The environments, in the order given."""
    return tuple(dict.fromkeys(document.environments))


def scope(document: Document, environment: str, news: list[Finding]) -> Scope:
    """The environment's places; what it does not say itself is the file's."""
    own = _own(document, environment)
    hub = own.hub or document.hub
    names = own.accounts if own.accounts is not None else list(document.accounts)
    for index, name in enumerate(own.accounts or ()):
        if name not in document.accounts:
            path: Path = ("environments", environment, "accounts", index)
            hint = did_you_mean(name, document.accounts).strip()
            news.append(Finding("R02", f"there is no account `{name}`", path, hint=hint))
    accounts = tuple(
        Account(name, document.accounts[name].id, tuple(sorted(document.accounts[name].labels.items())))
        for name in sorted(set(names) & set(document.accounts))
    )
    units = own.organizational_units if own.organizational_units is not None else document.organizational_units
    tags = {"project": document.project, "environment": environment, **document.tags, **own.tags}
    news += _places_wrong(document, accounts, tuple(units), hub.account)
    return Scope(
        document,
        environment,
        Hub(hub.account, hub.region),
        Organization(document.organization.id, document.organization.stack_sets),
        accounts,
        tuple(sorted(set(units))),
        regions_of_environment(document, environment),
        tuple(sorted(tags.items())),
    )


def regions_of_environment(document: Document, environment: str) -> tuple[str, ...]:
    """Where an environment watches its members: its own Regions, the file's, or the hub's."""
    own = _own(document, environment)
    hub = own.hub or document.hub
    return tuple(dict.fromkeys(own.regions or document.regions or [hub.region]))


def regions_of_document(document: Document) -> set[str]:
    """Where any environment watches its members."""
    return {region for name in environment_names(document) for region in regions_of_environment(document, name)}


def shared_members(document: Document) -> tuple[str, str, str] | None:
    """Two environments and a member or unit that both have, the first found; None where each has its own."""
    taken: dict[str, str] = {}
    for environment in environment_names(document):
        places = scope(document, environment, [])
        for thing in (*(account.name for account in places.accounts), *places.organizational_units):
            if taken.setdefault(thing, environment) != environment:
                return taken[thing], environment, thing
    return None


def _own(document: Document, environment: str) -> EnvironmentSpec:
    given = document.environments
    found = given.get(environment) if isinstance(given, dict) else None
    return found or EnvironmentSpec()


def _names_accounts(document: Document) -> bool:
    return any(_own(document, environment).accounts for environment in environment_names(document))


def _places_wrong(document: Document, accounts: tuple[Account, ...], units: tuple[str, ...], hub: str) -> list[Finding]:
    news: list[Finding] = []
    first: dict[str, str] = {}
    for name, account in document.accounts.items():
        path: Path = ("accounts", name, "id")
        if account.id in first:
            other = first[account.id]
            message = f"`{name}` and `{other}` are the same account {account.id}"
            news.append(Finding("R03", message, path, also=((("accounts", other, "id"), "the first"),)))
        first.setdefault(account.id, name)
    if units and document.organization.stack_sets == "self-managed":
        message = "a self-managed stack set reaches accounts by their ids, and no organizational units"
        hint = "name the accounts, or stack_sets: delegated-admin"
        news.append(Finding("R07", message, ("organization", "stack_sets"), hint=hint))
    # Where an environment names accounts that there are not, that alone is told.
    if not accounts and not units and not (document.accounts and _names_accounts(document)):
        hint = 'add `accounts: {checkout: {id: "…"}}` or organizational_units'
        news.append(Finding("R03", "there is no member account to watch", ("accounts",), hint=hint, on="key"))
    named_hub = next((name for name, account in document.accounts.items() if account.id == hub), None)
    if named_hub:
        message = "the hub is listed as a member; a hub cannot link to its own sink, and watches itself anyway"
        news.append(Finding("R03", message, ("accounts", named_hub, "id"), hint="remove it from accounts"))
    names = list(document.environments)
    for index, name in enumerate(names):
        if name in names[:index]:
            message = f"the environment `{name}` is listed twice"
            news.append(Finding("R03", message, ("environments", index), hint="take one of the two away"))
    return news
