"""Change sets of stacks that have parameters: moto looks at the template alone, and refuses what changes nothing.

AWS tells every resource that another value of a parameter touches. It makes a change set that changes nothing, too, and
calls it failed. What a template has again is made anew; moto takes it to be there since it was there once.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-samples.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from moto.cloudformation.models import ChangeSet, CloudFormationBackend
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.iam.models import ManagedPolicy, Role, iam_backends
from moto.utilities.utils import get_partition


def anew(patch: pytest.MonkeyPatch) -> None:
    """Let an update make what the template before it had not, whatever an earlier one had."""
    update = ResourceMap.update

    def update_without_memory(self: Any, template: Any, parameters: Any = None) -> None:
        for name in template["Resources"].keys() - self._resource_json_map.keys():
            self._parsed_resources.pop(name, None)
        update(self, template, parameters)

    patch.setattr(ResourceMap, "update", update_without_memory)
    patch.setattr(ManagedPolicy, "delete_from_cloudformation_json", classmethod(_delete_policy), raising=False)
    delete_role = Role.delete_from_cloudformation_json

    def delete_role_last(resource_name: str, resource: Mapping[str, Any], account_id: str, region_name: str) -> None:
        """CloudFormation deletes the policies of a role before it; moto does not know that order."""
        for role in iam_backends[account_id][get_partition(region_name)].roles.values():
            if role.name == resource["Properties"].get("RoleName"):
                role.managed_policies.clear()
        delete_role(resource_name, resource, account_id, region_name)

    patch.setattr(Role, "delete_from_cloudformation_json", staticmethod(delete_role_last))


def _delete_policy(
    _kind: type, _resource_name: str, resource: Mapping[str, Any], account_id: str, region_name: str
) -> None:
    """What moto leaves out: a managed policy goes with its resource, and its name is free again."""
    backend = iam_backends[account_id][get_partition(region_name)]
    name = resource["Properties"]["ManagedPolicyName"]
    for arn in [arn for arn, policy in backend.managed_policies.items() if policy.name == name]:
        for role in backend.roles.values():
            role.managed_policies.pop(arn, None)
        del backend.managed_policies[arn]


def by_parameters(patch: pytest.MonkeyPatch) -> None:
    """Let a change set say what its parameters change, and a stack have the parameters of its last one."""
    diff, execute = ChangeSet.diff, CloudFormationBackend.execute_change_set

    def diff_with_parameters(self: Any) -> Any:
        there = self.stack.resource_map
        by_template = there.build_resource_diff
        there.build_resource_diff = lambda template: by_template(template, self.parameters)
        try:
            return diff(self)
        finally:
            del there.build_resource_diff

    def execute_with_parameters(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        change_set = self.describe_change_set(change_set_name)
        if not change_set.parameters:
            # moto takes none to mean those that the stack had, which the template may have no more.
            change_set.stack.resource_map.input_parameters = {}
        execute(self, change_set_name, stack_name)
        change_set.stack.parameters = change_set.parameters

    patch.setattr(ChangeSet, "diff", diff_with_parameters)
    patch.setattr(CloudFormationBackend, "execute_change_set", execute_with_parameters)
    patch.setattr(CloudFormationResponse, "_validate_different_update", lambda *_given: None)
