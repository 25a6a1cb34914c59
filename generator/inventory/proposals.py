"""Entries of `services` for what nothing watches: one for the same resource in several accounts, fleets for many."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from generator.inventory.coverage import AlarmCoverage
from generator.inventory.kinds import EPHEMERAL
from generator.inventory.shapes import Shapes
from generator.inventory.types import CoveredResource, InventoryResource, PackShape, Pairs, Status
from generator.yaml_edits import Value, flow_text

# As many of a type in an account are better watched by one entry, which finds new ones by itself.
FLEET_FROM = 5
MOST_EXCEPT = 50
_LONGEST_KEY = 40
_HUB = "hub"
# https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
_OWNER = re.compile(r"[\w .:/=+@-]{1,256}")


@dataclass(frozen=True, slots=True)
class ProposalPlaces:
    """What the file says of accounts. names: members by ID. regions: watched in each. environments: all but this."""

    hub: str
    hub_region: str
    names: Mapping[str, str]
    regions: Mapping[str, frozenset[str]]
    environments: tuple[str, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class EntryProposal:
    """An entry. resources: how many it watches."""

    key: str
    entry: Mapping[str, Value]
    resources: int

    @property
    def line(self) -> str:
        """The entry as a line of YAML."""
        return f"  {flow_text(self.key)}: {flow_text(self.entry)}"


@dataclass(frozen=True, slots=True)
class EntryProposals:
    """entries: by key. not_proposed: reasons, with how many resources each keeps out."""

    entries: tuple[EntryProposal, ...]
    not_proposed: Mapping[str, int]

    @property
    def text(self) -> str:
        """YAML of the entries; empty without any."""
        return "\n".join(["services:", *(proposal.line for proposal in self.entries)]) if self.entries else ""


@dataclass(frozen=True, slots=True)
class _Draft:
    """An entry without its places. excluded: names that a fleet leaves out."""

    type: str
    label: str
    parameters: Pairs
    owner: str
    is_fleet: bool = False
    excluded: tuple[str, ...] = ()


def proposals(coverage: AlarmCoverage, shapes: Shapes, places: ProposalPlaces) -> EntryProposals:
    """Entries for the resources that nothing watches, in the accounts and Regions of the file."""
    return _Proposer(coverage, shapes, places, Counter()).proposals()


@dataclass(frozen=True, slots=True)
class _Proposer:
    coverage: AlarmCoverage
    shapes: Shapes
    places: ProposalPlaces
    reasons: Counter[str]

    def proposals(self) -> EntryProposals:
        drafts: dict[_Draft, list[InventoryResource]] = {}
        for draft, resource in self.drafts():
            drafts.setdefault(draft, []).append(resource)
        keys = set(self.places.keys)
        entries = []
        for draft, resources in sorted(drafts.items(), key=lambda item: _order(item[0])):
            for accounts, regions, count in self.placements(draft, resources):
                key = _key(draft, keys)
                keys.add(key)
                entries.append(EntryProposal(key, self.entry(draft, accounts, regions), count))
        return EntryProposals(tuple(entries), dict(sorted(self.reasons.items())))

    def drafts(self) -> Iterator[tuple[_Draft, InventoryResource]]:
        groups: dict[tuple[str, str, str], list[CoveredResource]] = {}
        for row in self.coverage.resources:
            groups.setdefault((row.id.type, row.id.account, row.id.region), []).append(row)
        for (type_, account, _), rows in groups.items():
            shape = self.shapes.by_type[type_]
            bare = [row.resource for row in rows if row.status is Status.UNWATCHED and self.is_possible(row.resource)]
            excluded = self.excluded(shape, rows)
            many = len(bare) >= FLEET_FROM or type_ in EPHEMERAL
            if bare and many and shape.fleet and account != self.places.hub and excluded is not None:
                owners = {resource.owner for resource in bare}
                owner = owners.pop() if len(owners) == 1 else ""
                draft = _Draft(type_, "all", (), owner, is_fleet=True, excluded=excluded)
                yield from ((draft, resource) for resource in bare)
                continue
            for resource in bare:
                yield from ((draft, resource) for draft in self.of_resource(shape, resource))

    def is_possible(self, resource: InventoryResource) -> bool:
        """Whether an entry can be about a resource; why not is counted."""
        id_ = resource.id
        shape = self.shapes.by_type[id_.type]
        if resource.sources == {"resources"}:
            # https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
            return self.refuse("known by tags only, which deleted resources keep for a while")
        if id_.account != self.places.hub and id_.account not in self.places.names:
            return self.refuse("in accounts that the file does not have")
        if id_.region not in self.regions_of(id_.account):
            return self.refuse("in Regions that the file does not watch")
        if not shape.default_alarms:
            return self.refuse(f"of {shape.type}, whose alarms need settings")
        return True

    def refuse(self, reason: str) -> bool:
        self.reasons[reason] += 1
        return False

    def regions_of(self, account: str) -> frozenset[str]:
        if account == self.places.hub:
            return frozenset({self.places.hub_region})
        return self.places.regions.get(account, frozenset())

    def excluded(self, shape: PackShape, rows: Sequence[CoveredResource]) -> tuple[str, ...] | None:
        """The resources that a fleet has to leave out, as they are watched; None where it cannot."""
        names = tuple(row.id.name for row in rows if row.status is not Status.UNWATCHED)
        if not names:
            return ()
        if len(shape.required) != 1 or len(names) > MOST_EXCEPT:
            return None
        return tuple(_escaped(name) for name in names)

    def of_resource(self, shape: PackShape, resource: InventoryResource) -> Iterator[_Draft]:
        """An entry for a resource; one for each stage of an API."""
        lacking_metrics = sorted(name for _, name in shape.needed_metrics - resource.published)
        if lacking_metrics:
            self.refuse(f"of {shape.type} without data of {lacking_metrics[0]}, whose alarm would fire at once")
            return
        own = tuple((name, value) for name, value in resource.id.values)
        facets = sorted(resource.facets) or [()]
        for facet in facets:
            parameters = tuple(dict((*own, *facet)).items())
            names = {name for name, _ in parameters}
            lacking = [name for name in shape.required if name not in names]
            if lacking:
                self.refuse(f"without a value for `{lacking[0]}` of {shape.type}, which no metric has")
                return
            if any(not _fits(shape, name, value) for name, value in parameters):
                self.refuse(f"with a name that {shape.type} does not accept")
                return
            escaped = tuple((name, _escaped(value)) for name, value in parameters)
            yield _Draft(shape.type, _label(resource, facet, len(facets) > 1), escaped, resource.owner)

    def placements(
        self, draft: _Draft, resources: Sequence[InventoryResource]
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], int]]:
        """Accounts with the Regions in which the entry is placed there; one for all that agree."""
        regions: dict[str, set[str]] = {}
        counts: Counter[str] = Counter()
        for resource in resources:
            regions.setdefault(resource.id.account, set()).add(resource.id.region)
            counts[resource.id.account] += 1
        hub = regions.pop(self.places.hub, None)
        if hub is not None:
            yield (_HUB,), (), counts[self.places.hub]
        by_regions: dict[tuple[str, ...], list[str]] = {}
        for account, of_account in regions.items():
            is_everywhere = self.shapes.by_type[draft.type].region or of_account == self.regions_of(account)
            by_regions.setdefault(() if is_everywhere else tuple(sorted(of_account)), []).append(account)
        # An account that has it in all of its Regions is also in an entry for just these.
        for account in by_regions.pop((), ()):
            exactly = tuple(sorted(regions[account]))
            by_regions.setdefault(exactly if exactly in by_regions else (), []).append(account)
        for of_accounts, accounts in sorted(by_regions.items()):
            names = tuple(sorted(self.places.names[account] for account in accounts))
            yield names, of_accounts, sum(counts[account] for account in accounts)

    def entry(self, draft: _Draft, accounts: Sequence[str], regions: Sequence[str]) -> Mapping[str, Value]:
        entry: dict[str, Value] = {"type": draft.type, **dict(draft.parameters)}
        if draft.is_fleet:
            entry["fleet"] = {"except": list(draft.excluded)} if draft.excluded else True
        if _OWNER.fullmatch(draft.owner):
            entry["owner"] = draft.owner
        if len(accounts) == 1 or len(accounts) < len(self.places.names):
            entry["accounts"] = list(accounts)
        if regions:
            entry["regions"] = list(regions)
        if self.places.environments:
            environments: list[Value] = list(self.places.environments)
            where: Value = {"environment": environments[0] if len(environments) == 1 else environments}
            entry["overrides"] = [{"where": where, "enabled": False}]
        return entry


def _label(resource: InventoryResource, facet: Pairs, with_facet: bool) -> str:
    """What the key is made of: of an identifier with slashes, the part that people chose."""
    name = resource.id.name
    parts = name.split("/")
    if resource.id.type in ("alb", "nlb") and len(parts) == 3:
        name = parts[1]
    elif name.startswith("arn:"):
        name = parts[-1]
    further = [value.split("/")[1] if value.count("/") == 2 else value for _, value in facet if with_facet]
    return "-".join([name, *further])


def _fits(shape: PackShape, name: str, value: str) -> bool:
    form = shape.forms.get(name)
    return value.isprintable() and (form is None or re.fullmatch(form, value) is not None)


def _escaped(text: str) -> str:
    """A text in which nothing is a placeholder."""
    return text.replace("{", "{{").replace("}", "}}")


def _order(draft: _Draft) -> tuple[str, bool, str, Pairs, str, tuple[str, ...]]:
    return (draft.type, not draft.is_fleet, draft.label, draft.parameters, draft.owner, draft.excluded)


def _key(draft: _Draft, used: Set[str]) -> str:
    """A key that no entry has: the resource's name, with its type or a number where another one has it."""
    plain = unicodedata.normalize("NFKD", draft.label).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_KEY].strip("-")
    base = draft.type + "-fleet" if draft.is_fleet else f"{slug}-{draft.type}" if not slug or slug.isdigit() else slug
    candidates = [base, f"{base}-{draft.type}"] if base == slug else [base.strip("-")]
    for candidate in candidates:
        if candidate not in used:
            return candidate
    number = 2
    while f"{candidates[-1]}-{number}" in used:
        number += 1
    return f"{candidates[-1]}-{number}"
