"""Which accounts a service-managed stack set reaches, as AWS documents it; moto takes every account of the units.

INTERSECTION: the named accounts that are in the units. DIFFERENCE: the accounts of the units but the named ones. Units
below a unit belong to it. The management account gets nothing.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html

An instance knows by which of the units that were given it was made.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceSummary.html

A set knows its units, and automatic deployment heeds no filter: an account that moves into a unit gets stacks.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import StackInstance, StackSet, cloudformation_backends
from moto.cloudformation.responses import CloudFormationResponse
from moto.organizations.models import organizations_backends

WHOLE = ("NONE", "DIFFERENCE")


def in_targets(patch: pytest.MonkeyPatch) -> None:
    """Have a request with targets be one for the accounts that are meant, and the set know its units."""
    parameter = CloudFormationResponse._get_param
    create, delete = StackSet.create_stack_instances, StackSet.delete_stack_instances
    as_dict = StackInstance.to_dict

    def accounts_that_are_meant(self: Any, name: str, *default: Any) -> Any:
        targets = parameter(self, "DeploymentTargets") if name == "Accounts" else None
        if not targets:
            return parameter(self, name, *default)
        stack_set = self.cloudformation_backend.describe_stack_set(parameter(self, "StackSetName"))
        verb = self._get_action()
        stack_set.given = targets.get("OrganizationalUnitIds", ())
        meant = _meant(stack_set, targets)
        if verb == "DeleteStackInstances":
            meant += [one for one in targets.get("Accounts", ()) if not _parent(stack_set, one)]
            stack_set.leaving = targets
        elif verb == "CreateStackInstances" and targets.get("AccountFilterType", "NONE") in WHOLE:
            units = {*getattr(stack_set, "organizational_unit_ids", ()), *targets["OrganizationalUnitIds"]}
            stack_set.organizational_unit_ids = sorted(units)
        elif verb.startswith("Update") and targets.get("AccountFilterType", "NONE") in WHOLE:
            there = {one.account_id for one in stack_set.stack_instances}
            meant = [account for account in meant if account in there]
        return meant

    def create_in_them(self: Any, accounts: Any, regions: Any, deployment_targets: Any, parameters: Any) -> Any:
        targets = {"OrganizationalUnitIds": []} if deployment_targets else None
        made = create(self, accounts, regions, targets, parameters)
        units = self.__dict__.pop("given", ()) or getattr(self, "organizational_unit_ids", ())
        for instance in self.stack_instances:
            if not hasattr(instance, "organizational_unit_id"):
                having = (unit for unit in units if instance.account_id in _below(self, [unit]))
                instance.organizational_unit_id = next(having, "")
        return made

    def delete_and_forget(self: Any, accounts: list[str], regions: list[str]) -> None:
        delete(self, accounts, regions)
        targets = self.__dict__.pop("leaving", {})
        if targets.get("AccountFilterType", "NONE") == "NONE":
            there = {one.account_id for one in self.stack_instances}
            gone = [unit for unit in targets.get("OrganizationalUnitIds", ()) if not there & set(_below(self, [unit]))]
            known = getattr(self, "organizational_unit_ids", ())
            self.organizational_unit_ids = [unit for unit in known if unit not in gone]

    def with_its_unit(self: Any) -> dict[str, Any]:
        return {**as_dict(self), "OrganizationalUnitId": getattr(self, "organizational_unit_id", "")}

    patch.setattr(StackInstance, "to_dict", with_its_unit)
    patch.setattr(CloudFormationResponse, "_get_param", accounts_that_are_meant)
    patch.setattr(StackSet, "create_stack_instances", create_in_them)
    patch.setattr(StackSet, "delete_stack_instances", delete_and_forget)


def deploy_automatically(name: str, accounts: Collection[str], regions: Collection[str]) -> None:
    """What automatic deployment does for accounts that have moved into a unit of a set: no filter holds."""
    backends = (backend for regional in cloudformation_backends.values() for backend in regional.values())
    (stack_set,) = (one for backend in backends for one in backend.stacksets.values() if one.name == name)
    StackSet.create_stack_instances(stack_set, list(accounts), list(regions), {"OrganizationalUnitIds": []}, [])


def _meant(stack_set: Any, targets: Mapping[str, Any]) -> list[str]:
    named, there = targets.get("Accounts") or [], _below(stack_set, targets.get("OrganizationalUnitIds", ()))
    if not targets.get("OrganizationalUnitIds"):
        return list(named)
    if named and "AccountFilterType" not in targets:
        raise ValidationError(message="If you specify OrganizationalUnitIds and Accounts, specify AccountFilterType")
    kind = targets.get("AccountFilterType", "NONE")
    return [one for one in there if kind == "NONE" or (one in named) is (kind == "INTERSECTION")]


def _below(stack_set: Any, given: Collection[str]) -> list[str]:
    """The accounts in units, and in those below them."""
    units = set(given)
    while below := {unit.id for unit in _organization(stack_set).ou if unit.parent_id in units} - units:
        units |= below
    hub = stack_set.instances.account_id
    return [one.id for one in _organization(stack_set).accounts if one.parent_id in units and one.id != hub]


def _parent(stack_set: Any, account: str) -> str:
    return next((one.parent_id for one in _organization(stack_set).accounts if one.id == account), "")


def _organization(stack_set: Any) -> Any:
    return organizations_backends[stack_set.instances.account_id][stack_set.instances.partition]
