"""The stacks of a service-managed set as their own account sees them; moto hides them, under another id."""

from __future__ import annotations

from typing import Any

import pytest
from moto.cloudformation.models import CloudFormationBackend, StackInstance, cloudformation_backends


def in_sight(patch: pytest.MonkeyPatch) -> None:
    """An instance's id is its stack's, and whoever asks in that account is told of it."""
    as_dict, describe = StackInstance.to_dict, CloudFormationBackend.describe_stacks

    def with_its_own_id(self: Any) -> dict[str, Any]:
        return {**as_dict(self), "StackId": self.stack.stack_id}

    def hidden_too(self: Any, name_or_stack_id: str) -> Any:
        backends = (backend for regions in cloudformation_backends.values() for backend in regions.values())
        sets = (one for backend in backends for one in backend.stacksets.values())
        instances = (one for each in sets for one in each.instances.stack_instances)
        mine = [one.stack for one in instances if one.stack.stack_id == name_or_stack_id]
        if not mine or mine[0].account_id != self.account_id or mine[0].region_name != self.region_name:
            return describe(self, name_or_stack_id)
        mine[0].output_map = mine[0]._create_output_map()
        return mine

    patch.setattr(StackInstance, "to_dict", with_its_own_id)
    patch.setattr(CloudFormationBackend, "describe_stacks", hidden_too)
