"""The resources of a Terraform file as templates without functions, one for each account and Region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.evaluate.types import Deployed
from generator.importer.logical_ids import LogicalIds
from generator.importer.property_map import ResourceMap, mapped, resource_maps, unread_types
from generator.importer.source import ReadOptions, SourceInput, SourceParts
from generator.importer.terraform.accounts import TerraformAccounts
from generator.importer.terraform.plan_values import PlanValues, UnknownStructure
from generator.importer.terraform.references import Configuration
from generator.importer.terraform.show import without_indexes
from generator.importer.terraform.types import TerraformFile, TerraformResource, string
from generator.importer.types import (
    ASSUMED_ACCOUNT,
    ASSUMED_REGION,
    DroppedResource,
    SourceKind,
    SourcePosition,
    SourceStack,
)

# What an alarm can be without, and still does the same; and what is filled in.
_SPARE = frozenset(("alarm_description", "description", "tags", "tags_all"))
_ACTIONS = frozenset(("alarm_actions", "ok_actions", "insufficient_data_actions"))
_FORGOTTEN = "the plan forgets it, but it stays in AWS: capture it there"
_SENSITIVE = "its value is sensitive, and an import writes no sensitive value; write it yourself"
_WITHOUT_ATTRIBUTES = "the file has no attributes of it; run `terraform apply -refresh-only`, then export it again"
_NOT_KNOWN = "`{attribute}` is known after apply only; apply the plan, and import the state"


@dataclass
class _Stack:
    """A stack while it is filled."""

    account: str
    region: str
    values: PlanValues
    resources: dict[str, Any] = field(default_factory=dict)
    positions: dict[str, SourcePosition] = field(default_factory=dict)
    physical_ids: dict[str, str] = field(default_factory=dict)

    def stack(self, options: ReadOptions) -> SourceStack:
        template: dict[str, Any] = {"Resources": self.resources}
        parameters = self.values.parameters
        if parameters:
            template["Parameters"] = parameters
        chosen = tuple((name, value) for name, value in sorted(options.parameters.items()) if name in parameters)
        deployed = Deployed(template, self.account, self.region, parameters=chosen)
        return SourceStack(SourceKind.TERRAFORM, deployed, self.positions, self.physical_ids)


def terraform_parts(source: SourceInput, file: TerraformFile, options: ReadOptions) -> SourceParts:
    """What a file gives: its stacks in the order of accounts and Regions, and what is not in them."""
    return _Writer(source, file, options).parts()


class _Writer:
    """Resources to stacks. The logical IDs are known before the properties, which refer to them."""

    def __init__(self, source: SourceInput, file: TerraformFile, options: ReadOptions) -> None:
        self.source, self.file, self.options = source, file, options
        self.maps = resource_maps("terraform")
        self.accounts = TerraformAccounts(file)
        self.configuration = Configuration(file.configuration)
        self.stacks: dict[tuple[str, str], _Stack] = {}
        self.assumed: set[str] = set()
        self.logical_ids: dict[str, str] = {}
        self.declared: dict[str, list[TerraformResource]] = {}
        self.dropped: list[DroppedResource] = []

    def parts(self) -> SourceParts:
        """Everything that the file gives."""
        resources = sorted(
            (resource for resource in self.file.resources if resource.type in self.maps and not resource.is_data),
            key=lambda resource: resource.address,
        )
        for resource in resources:
            self.logical_ids[resource.address] = self._stack(resource).values.ids.new(resource.address)
            self.declared.setdefault(without_indexes(resource.address), []).append(resource)
        for resource in resources:
            self.add(resource, self.maps[resource.type])
        stacks = [stack.stack(self.options) for _, stack in sorted(self.stacks.items())]
        # What Terraform only forgets stays as it is, so the import has to say that it lacks it.
        deleted = list(self._deleted())
        forgotten = [resource for resource in deleted if resource.reason == _FORGOTTEN]
        left_out = [resource for resource in deleted if resource.reason != _FORGOTTEN]
        return SourceParts(
            stacks, [*self.dropped, *forgotten, *self._unread()], left_out, remarks=list(self._remarks())
        )

    def add(self, resource: TerraformResource, resource_map: ResourceMap) -> None:
        """One resource to its stack, or to those that are dropped."""
        stack, position = self._stack(resource), SourcePosition(self.source.name, resource.address)
        is_nameless = resource_map.name in resource.sensitive
        name = "" if is_nameless else string(resource.values.get(resource_map.name))
        name = name or resource.address
        if not resource.values or is_nameless:
            reason = _SENSITIVE if is_nameless else _WITHOUT_ATTRIBUTES
            self.dropped.append(DroppedResource(position, resource_map.type, name, reason))
            return
        decisive = sorted(resource.sensitive & set(resource_map.attributes) - _SPARE - _ACTIONS)
        if decisive:
            reason = f"{decisive[0]}: {_SENSITIVE}"
            self.dropped.append(DroppedResource(position, resource_map.type, name, reason))
            return
        try:
            values = stack.values.known(resource, resource_map.attributes)
        except UnknownStructure as error:
            reason = _NOT_KNOWN.format(attribute=error.attribute)
            self.dropped.append(DroppedResource(position, resource_map.type, name, reason))
            return
        if not values.get("tags_all") and values.get("tags"):
            values["tags_all"] = values["tags"]
        for attribute in sorted(resource.sensitive & set(resource_map.attributes)):
            value = values.pop(attribute, None)
            if value and attribute in _ACTIONS:
                # Somebody is notified, whom a person fills in.
                values[attribute] = stack.values.unknown_elements(resource, attribute)
            if value is not None:
                self.dropped.append(DroppedResource(position, resource_map.type, name, _SENSITIVE, attribute))
        result = mapped(values, resource_map)
        for attribute in result.unread:
            if attribute not in resource.sensitive:
                reason = "this obsgen does not know it"
                self.dropped.append(DroppedResource(position, resource_map.type, name, reason, attribute))
        logical_id = self.logical_ids[resource.address]
        stack.resources[logical_id] = {"Type": resource_map.type, "Properties": result.properties}
        stack.positions[logical_id] = position
        physical = string(resource.values.get("id"))
        if physical and "id" not in resource.sensitive:
            stack.physical_ids[logical_id] = physical

    def logical_id(self, address: str, resource: TerraformResource) -> tuple[str, str]:
        """The logical ID and type of the only instance of a resource, where it is in the same stack."""
        instances = self.declared.get(address, [])
        place = self._place(resource)
        if len(instances) == 1 and self._place(instances[0]) == place:
            return self.logical_ids[instances[0].address], self.maps[instances[0].type].type
        return "", ""

    def _place(self, resource: TerraformResource) -> tuple[str, str]:
        account, region = self.accounts.of(resource)
        if not account and not self.options.account:
            self.assumed.add("account")
        return account or self.options.account or ASSUMED_ACCOUNT, region or self.options.region or ASSUMED_REGION

    def _stack(self, resource: TerraformResource) -> _Stack:
        place = self._place(resource)
        if place not in self.stacks:
            values = PlanValues(self.configuration, LogicalIds(), self.logical_id)
            self.stacks[place] = _Stack(*place, values)
        return self.stacks[place]

    def _unread(self) -> Iterator[DroppedResource]:
        """Resources that watch something and that an import does not read."""
        reasons: Mapping[str, str] = unread_types("terraform")
        for resource in sorted(self.file.resources, key=lambda resource: resource.address):
            if resource.type in reasons and not resource.is_data:
                position = SourcePosition(self.source.name, resource.address)
                yield DroppedResource(position, resource.type, resource.address, reasons[resource.type])

    def _deleted(self) -> Iterator[DroppedResource]:
        for resource in sorted(self.file.deleted, key=lambda resource: resource.address):
            if resource.type in self.maps:
                position = SourcePosition(self.source.name, resource.address)
                reason = _FORGOTTEN if resource.is_forgotten else "the plan deletes it"
                yield DroppedResource(position, self.maps[resource.type].type, resource.address, reason)

    def _remarks(self) -> Iterator[str]:
        if self.assumed:
            yield (
                f"{self.source.name} does not say in which account some resources are; {ASSUMED_ACCOUNT} is used "
                "instead (--account, --region)"
            )
        if not self.stacks:
            yield f"{self.source.name} has no alarms, filters, log groups or dashboards"
