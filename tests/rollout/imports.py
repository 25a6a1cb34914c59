"""Change sets that import what exists already; moto makes everything anew, and cannot update a log group.

As AWS does it: what is imported has to outlive its stack, and is not changed. The message is AWS's own, as quoted in
https://github.com/aws/aws-cdk-cli/pull/1367.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
"""

from __future__ import annotations

from typing import Any

import pytest
from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.responses import CloudFormationResponse
from moto.logs.models import LogGroup, logs_backends

KEPT = ("Retain", "RetainExceptOnCreate")
REFUSED = (
    "CloudFormation is attempting to import some resources because they already exist in your account. The resources"
    " must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for successful"
    " import. The affected resources are {0}"
)


def by_import(patch: pytest.MonkeyPatch) -> None:
    """Let a change set take over log groups."""
    create, execute = CloudFormationResponse.create_change_set, CloudFormationBackend.execute_change_set
    make: Any = LogGroup.__dict__["create_from_cloudformation_json"]
    imported: set[tuple[str, str, str]] = set()

    def create_and_look(self: Any) -> Any:
        made = create(self)
        if not self._get_bool_param("ImportExistingResources"):
            return made
        change_set = list(self.cloudformation_backend.change_sets.values())[-1]
        groups = logs_backends[self.current_account][self.region].groups
        for change in change_set.changes:
            resource = change_set.template_dict["Resources"][change.logical_resource_id]
            if change.resource_type != "AWS::Logs::LogGroup" or change.action != "Add":
                continue
            if resource["Properties"]["LogGroupName"] in groups:
                change.action = "Import"
                if resource.get("DeletionPolicy") not in KEPT:
                    change_set.status = "FAILED"
                    change_set.status_reason = REFUSED.format(change.logical_resource_id)
        return made

    def execute_with_imports(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        resources = self.describe_change_set(change_set_name)
        imported.update(
            (self.account_id, self.region_name, one.logical_resource_id)
            for one in resources.changes
            if one.action == "Import"
        )
        execute(self, change_set_name, stack_name)
        imported.clear()

    def make_or_take(
        cls: Any, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **more: Any
    ) -> LogGroup:
        there = logs_backends[account_id][region_name].groups.get(resource_name)
        if there and imported:
            return there
        made: LogGroup = make.__func__(cls, resource_name, cloudformation_json, account_id, region_name, **more)
        return made

    def update(_cls: Any, original_resource: LogGroup, cloudformation_json: Any, **_more: Any) -> LogGroup:
        original_resource.retention_in_days = cloudformation_json["Properties"].get("RetentionInDays")
        return original_resource

    patch.setattr(CloudFormationResponse, "create_change_set", create_and_look)
    patch.setattr(CloudFormationBackend, "execute_change_set", execute_with_imports)
    patch.setattr(LogGroup, "create_from_cloudformation_json", classmethod(make_or_take))
    patch.setattr(LogGroup, "update_from_cloudformation_json", classmethod(update))
