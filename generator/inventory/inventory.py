"""The resources of a capture: one for each account, Region, type and name, whatever parts of the capture list it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from generator.capture.capture import Capture, CapturedRegion
from generator.capture.metrics import metric_line_end
from generator.capture.types import ListedMetric
from generator.inventory.arns import PARTS_OF_OTHERS, ArnResource, kind_of, resource_of
from generator.inventory.shapes import Shapes
from generator.inventory.types import InventoryResource, PackShape, Pairs, ResourceIdentity

_MOST_PAIRS = 50
_MOST_FACETS = 20
# What metrics of the instances of a broker have behind its name.
# https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/activemq-logging-monitoring.html
_INSTANCES = {"activemq": ("-1", "-2")}
_GROUP = "AutoScalingGroupName"
SOURCES = ("metrics", "services", "resources", "resource-explorer")
Place = tuple[str, str]


@dataclass
class Inventory:
    """resources: by their identity. names: of accounts.

    unread: accounts and Regions whose metrics were not read: no other part lists resources of all types.
    namespaces: metrics of no pack, by namespace. kinds:
    resources of no pack, by service and type. linked: accounts whose metrics an account sees, by it and the Region.
    parts: what is counted with a group, by the group. combinations: of dimensions that name more than a resource, with
    account, Region and namespace. own_lists: accounts and Regions whose own list of metrics was read. with_data: Region
    and line of the metrics of alarms that a list has.
    """

    resources: dict[ResourceIdentity, InventoryResource]
    names: Mapping[str, str]
    unread: tuple[Place, ...]
    namespaces: Mapping[str, int]
    kinds: Mapping[str, int]
    linked: Mapping[Place, frozenset[str]]
    parts: Mapping[ResourceIdentity, tuple[InventoryResource, ...]]
    combinations: frozenset[tuple[str, str, str, Pairs]]
    own_lists: frozenset[Place]
    with_data: frozenset[tuple[str, bytes]]

    def find(self, id_: ResourceIdentity) -> InventoryResource | None:
        """A resource, or what is counted with a group."""
        return self.resources.get(id_) or self._parts_by_id.get(id_)

    @cached_property
    def _parts_by_id(self) -> Mapping[ResourceIdentity, InventoryResource]:
        return {part.id: part for parts in self.parts.values() for part in parts}

    def of_type(self, account: str, region: str, type_: str) -> Iterator[InventoryResource]:
        """The resources of a type in an account and Region, also those that are counted with a group."""
        yield from self.by_type.get((account, region, type_), ())

    @cached_property
    def by_type(self) -> Mapping[tuple[str, str, str], list[InventoryResource]]:
        """The resources and parts by account, Region and type."""
        index: dict[tuple[str, str, str], list[InventoryResource]] = {}
        for id_, resource in (*self.resources.items(), *self._parts_by_id.items()):
            index.setdefault((id_.account, id_.region, id_.type), []).append(resource)
        return index


def inventory(capture: Capture, shapes: Shapes, alarm_metrics: Mapping[str, frozenset[bytes]]) -> Inventory:
    """What the accounts of a capture have. alarm_metrics: lines of metrics, by Region, of which it says whether they
    have data. Raises BadCapture.
    """
    return _InventoryReader(capture, shapes, alarm_metrics).inventory()


@dataclass
class _InventoryReader:
    capture: Capture
    shapes: Shapes
    alarm_metrics: Mapping[str, frozenset[bytes]]
    resources: dict[ResourceIdentity, InventoryResource] = field(default_factory=dict)
    groups: dict[ResourceIdentity, ResourceIdentity] = field(default_factory=dict)
    by_arn: dict[str, InventoryResource] = field(default_factory=dict)
    namespaces: dict[str, set[tuple[str, str, Pairs]]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    linked: dict[Place, set[str]] = field(default_factory=dict)
    listed: set[Place] = field(default_factory=set)
    own_lists: dict[str, dict[bytes, str]] = field(default_factory=dict)
    parts: dict[ResourceIdentity, list[InventoryResource]] = field(default_factory=dict)
    of_no_pack: set[str] = field(default_factory=set)
    combinations: set[tuple[str, str, str, Pairs]] = field(default_factory=set)
    with_data: set[tuple[str, bytes]] = field(default_factory=set)

    def inventory(self) -> Inventory:
        for region in self.capture.regions:
            if region.has("metrics"):
                self.own_lists.setdefault(region.region, {})[metric_line_end(region.account)] = region.account
        for region in self.capture.regions:
            self.metrics(region)
        for region in self.capture.regions:
            self.services(region)
        for region in self.capture.regions:
            self.arns(region)
        self.merge_parts()
        places = {(region.account, region.region) for region in self.capture.regions}
        names = {account.id: account.name for account in self.capture.accounts}
        return Inventory(
            dict(sorted(self.resources.items(), key=lambda item: _order(item[0]))),
            names,
            tuple(sorted(places - self.listed)),
            {name: len(metrics) for name, metrics in sorted(self.namespaces.items())},
            dict(sorted(self.kinds.items())),
            {place: frozenset(accounts) for place, accounts in self.linked.items()},
            {group: tuple(parts) for group, parts in self.parts.items()},
            frozenset(self.combinations),
            frozenset((region.account, region.region) for region in self.capture.regions if region.has("metrics")),
            frozenset(self.with_data),
        )

    def metrics(self, region: CapturedRegion) -> None:
        """Resources by the dimensions of their metrics, also those of linked accounts."""
        known = self.own_lists.get(region.region, {}).copy()
        known.pop(metric_line_end(region.account), None)
        alarm_lines = self.alarm_metrics.get(region.region, frozenset())
        listed = region.metrics_of_others(known, self.shapes.is_distinct, alarm_lines)
        if listed is None:
            return
        self.listed.add((region.account, region.region))
        self.with_data.update((region.region, line) for line in listed.alarm_lines)
        linked = {*listed.present, *(metric.account for metric in listed.rows if metric.account != region.account)}
        for metric in listed.rows:
            self.metric(metric, region.region)
        if linked:
            self.linked[region.account, region.region] = linked
            self.listed |= {(account, region.region) for account in linked}

    def metric(self, metric: ListedMetric, region: str) -> None:
        is_needed = self.shapes.is_needed(metric.namespace, metric.name)
        matches = self.shapes.matches(metric.namespace, metric.name, metric.dimensions)
        if not matches:
            if metric.dimensions and not self.shapes.knows(metric.namespace):
                self.namespaces.setdefault(metric.namespace, set()).add((metric.account, region, metric.dimensions))
            return
        broadest = matches[0].breadth if len(matches) == 1 else max(match.breadth for match in matches)
        if len(metric.dimensions) > broadest:
            self.combinations.add((metric.account, region, metric.namespace, metric.dimensions))
        for match in matches:
            resource = self.resource(metric.account, region, match.shape, match.values, "metrics")
            if is_needed:
                resource.published.add((metric.namespace, metric.name))
            if len(resource.facets) < _MOST_FACETS and (values := self.shapes.facets(match.shape, metric.dimensions)):
                resource.facets.add(values)
            if len(metric.dimensions) == match.breadth:
                continue
            if len(resource.pairs) < _MOST_PAIRS:
                resource.pairs.update(metric.dimensions)
            group = dict(metric.dimensions).get(_GROUP) if match.shape.type == "ec2" else None
            if group:
                self.groups[resource.id] = ResourceIdentity(metric.account, region, "auto-scaling", (("group", group),))

    def services(self, region: CapturedRegion) -> None:
        """Resources that service APIs list, some of them as parts of others."""
        rows = region.rows("services")
        for row in rows or ():
            shape = self.shapes.by_type.get(str(row.get("Type")))
            values = _values(row.get("Values"))
            if shape is None or any(name not in values for name in self.shapes.identity(shape)):
                self.kinds[str(row.get("Type"))] += 1
                self.of_no_pack.add(str(row.get("Arn") or ""))
                continue
            pairs = tuple((name, values[name]) for name in self.shapes.identity(shape))
            resource = self.resource(region.account, region.region, shape, pairs, "services")
            resource.host = str(row.get("Host") or "")
            resource.arn = str(row.get("Arn") or "")
            if resource.arn:
                self.by_arn[resource.arn] = resource
            group = row.get("Group")
            if isinstance(group, Mapping):
                group_values = tuple(_values(group.get("Values")).items())
                id_ = ResourceIdentity(region.account, region.region, str(group.get("Type")), group_values)
                self.groups[resource.id] = id_

    def arns(self, region: CapturedRegion) -> None:
        """Resources that the tagging API or Resource Explorer lists, with their tags."""
        for part, key in (("resources", "ResourceARN"), ("resource-explorer", "Arn")):
            rows = region.rows(part)
            for row in rows or ():
                for resource in self.of_arn(str(row.get(key, "")), region, part):
                    if isinstance(row.get("Tags"), Mapping):
                        resource.tags = {**(resource.tags or {}), **_values(row["Tags"])}

    def of_arn(self, arn: str, region: CapturedRegion, part: str) -> list[InventoryResource]:
        """The resource of an ARN: none where it is of no pack, each instance of a broker."""
        if arn in self.of_no_pack:
            return []
        if arn in self.by_arn:
            self.by_arn[arn].sources.add(part)
            return [self.by_arn[arn]]
        arn_resource = resource_of(arn)
        if arn_resource is None:
            kind = kind_of(arn)
            if kind and kind not in PARTS_OF_OTHERS:
                self.kinds[kind] += 1
            return []
        shape = self.shapes.by_type.get(arn_resource.types[0])
        account = arn_resource.account or region.account
        where = arn_resource.region or (shape.region if shape else "") or region.region
        existing = self.existing(account, where, arn_resource)
        for resource in existing:
            resource.sources.add(part)
            resource.arn = resource.arn or arn
        if existing:
            return existing
        if shape is None or len(arn_resource.types) > 1:
            self.kinds[kind_of(arn)] += 1
            return []
        resource = self.resource(account, where, shape, self.in_order(shape, arn_resource.values), part)
        resource.arn = arn
        return [resource]

    def existing(self, account: str, region: str, arn_resource: ArnResource) -> list[InventoryResource]:
        """The resource of an ARN, if a metric or an API lists it: of which type of several it is they say, too."""
        for type_ in arn_resource.types:
            shape = self.shapes.by_type.get(type_)
            values = self.in_order(shape, arn_resource.values) if shape else ()
            names = [tuple((name, value + suffix) for name, value in values) for suffix in _INSTANCES.get(type_, ("",))]
            ids = [ResourceIdentity(account, region, type_, name) for name in names]
            existing = [self.resources[id_] for id_ in ids if id_ in self.resources]
            if existing:
                return existing
        return []

    def in_order(self, shape: PackShape, values: Pairs) -> Pairs:
        by_name = dict(values)
        return tuple((name, by_name[name]) for name in self.shapes.identity(shape) if name in by_name)

    def resource(self, account: str, region: str, shape: PackShape, values: Pairs, source: str) -> InventoryResource:
        id_ = ResourceIdentity(account, region, shape.type, values)
        resource = self.resources.get(id_)
        if resource is None:
            resource = self.resources[id_] = InventoryResource(id_)
        resource.sources.add(source)
        return resource

    def merge_parts(self) -> None:
        """Count instances of groups and clusters with these, where the inventory has them."""
        for part, group in sorted(self.groups.items(), key=lambda item: _order(item[0])):
            if part in self.resources and group in self.resources and part != group:
                self.resources[group].parts += 1
                self.parts.setdefault(group, []).append(self.resources.pop(part))


def _order(id_: ResourceIdentity) -> tuple[str, str, str, Pairs]:
    return (id_.account, id_.region, id_.type, id_.values)


def _values(data: Any) -> dict[str, str]:
    """The texts of an object of a row."""
    if not isinstance(data, Mapping):
        return {}
    return {str(key): value for key, value in data.items() if isinstance(value, str)}
