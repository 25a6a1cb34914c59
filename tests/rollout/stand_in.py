"""An organization at AWS, as far as moto plays one: CloudFormation, stack sets, organizations, S3, and the rest.

moto has no CloudFormation types for OAM and canaries, and trips over those of EventBridge's rules and archives and over
metric filters by Ref: here they are names with an ARN. It has none for schedules either, and cannot update a table:
here it has, and can, as far as DynamoDB lets a stack do it. It forgets the outputs of a stack that a
change set made, calls a bus nothing, lists the change sets of every stack, does not protect any, has a template of a
stack that a change set has only begun, calls a stack deleted whose bucket has something in it and leaves the bucket,
deletes no stack whose bucket somebody has deleted before it,
makes new instances of the template that the set had first, takes the units of a service-managed set without the
accounts that were chosen from them (targets.py), gives an instance its overrides without the set's own parameters,
leaves instances as they were made whatever becomes of the set (here their alarms follow), and takes !Condition for a
function: here it does not.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from moto.cloudformation import parsing
from moto.cloudformation.models import CloudFormationBackend, StackSet
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.events.models import EventBus
from moto.s3.models import FakeBucket, s3_backends
from moto.scheduler.models import scheduler_backends
from moto.utilities.utils import get_partition

from tests import moto_server
from tests.rollout.alarms import MODELS, follow, in_pages
from tests.rollout.change_sets import anew, by_parameters
from tests.rollout.deletion import Contents, in_order
from tests.rollout.imports import by_import
from tests.rollout.member_stacks import in_sight
from tests.rollout.targets import in_targets
from tests.rollout.templates import read_template

SEED = 11
ONLY_NAMES = {
    "AWS::Oam::Sink": "oam",
    "AWS::Oam::Link": "oam",
    "AWS::Events::Archive": "events",
    "AWS::Events::Rule": "events",
    "AWS::Logs::MetricFilter": "logs",
    "AWS::Synthetics::Canary": "synthetics",
}


def _only_a_name(kind: str, service: str) -> type[CloudFormationModel]:
    class Named(CloudFormationModel):
        # moto reads the service out of the module's name.
        __module__ = f"moto.{service}.models"

        def __init__(self, name: str, account: str, region: str) -> None:
            self.name, self.account, self.region = name, account, region

        @staticmethod
        def cloudformation_name_type() -> str:
            return ""

        @staticmethod
        def cloudformation_type() -> str:
            return kind

        @classmethod
        def has_cfn_attr(cls, attr: str) -> bool:
            return attr in ("Arn", "Id")

        @property
        def physical_resource_id(self) -> str:
            return self.name

        def get_cfn_attribute(self, _attribute_name: str) -> str:
            return f"arn:aws:{service}:{self.region}:{self.account}:thing/{self.name}"

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, _json: Any, account_id: str, region_name: str, **_more: Any
        ) -> Any:
            return cls(resource_name, account_id, region_name)

        @classmethod
        def update_from_cloudformation_json(cls, original_resource: Any, *_arguments: Any, **_more: Any) -> Any:
            return original_resource

        @classmethod
        def delete_from_cloudformation_json(cls, *_arguments: Any, **_more: Any) -> None:
            return

        def delete(self, *_arguments: Any, **_more: Any) -> None:
            return

    return Named


class _Scheduled(CloudFormationModel):
    """A schedule or its group, in moto's own Scheduler."""

    __module__ = "moto.scheduler.models"
    kind = ""

    def __init__(self, name: str, arn: str) -> None:
        self.physical_resource_id, self.arn = name, arn

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.kind

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "Arn"

    def get_cfn_attribute(self, _attribute_name: str) -> str:
        return self.arn

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: Any, *_arguments: Any, **_more: Any) -> Any:
        return original_resource


class _Group(_Scheduled):
    kind = "AWS::Scheduler::ScheduleGroup"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, cloudformation_json: Any, account_id: str, region_name: str, **_more: Any
    ) -> Any:
        name = cloudformation_json["Properties"]["Name"]
        return cls(name, scheduler_backends[account_id][region_name].create_schedule_group(name, []).arn)

    def delete(self, account: str, region: str) -> None:
        """With every schedule in it."""
        scheduler_backends[account][region].delete_schedule_group(self.physical_resource_id)


class _Schedule(_Scheduled):
    kind = "AWS::Scheduler::Schedule"

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, cloudformation_json: Any, account_id: str, region_name: str, **_more: Any
    ) -> Any:
        made = cloudformation_json["Properties"]
        schedule = scheduler_backends[account_id][region_name].create_schedule(
            description=made["Description"],
            end_date=None,
            flexible_time_window=made["FlexibleTimeWindow"],
            group_name=made["GroupName"],
            kms_key_arn="",
            name=made["Name"],
            schedule_expression=made["ScheduleExpression"],
            schedule_expression_timezone="",
            start_date=None,
            state=made["State"],
            target=made["Target"],
            action_after_completion=None,
        )
        return cls(made["Name"], schedule.arn)

    def delete(self, account: str, region: str) -> None:
        """A group may have taken it along."""
        for group in scheduler_backends[account][region].schedule_groups.values():
            group.schedules.pop(self.physical_resource_id, None)


SCHEDULES = {model.kind: model for model in (_Group, _Schedule)}


def _update_table(
    original_resource: Table, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
) -> Table:
    """DynamoDB makes or drops one index at a time.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
    """
    made = cloudformation_json["Properties"]
    wanted = {index["IndexName"]: index for index in made.get("GlobalSecondaryIndexes", ())}
    there = {index.name for index in original_resource.global_indexes}
    changes = [{"Create": wanted[name]} for name in sorted(wanted.keys() - there)]
    changes += [{"Delete": {"IndexName": name}} for name in sorted(there - wanted.keys())]
    if len(changes) > 1:
        raise ValueError("Cannot perform more than one GSI creation or deletion in a single update")
    if changes:
        backend = dynamodb_backends[account_id][region_name]
        backend.update_table(original_resource.name, made["AttributeDefinitions"], changes, {}, "", {}, None, None)
    return original_resource


def _read_quickly(patch: pytest.MonkeyPatch) -> None:
    """moto reads each template several times; libyaml takes a tenth of the time, and what was read once even less."""
    loader = getattr(yaml, "CLoader", yaml.Loader)
    # moto takes it for a function, and then every condition on another holds or does not hold, whatever that one does.
    yaml.add_constructor("!Condition", lambda _loader, node: {"Condition": node.value}, Loader=loader)
    quick = SimpleNamespace(
        load=lambda text, Loader: read_template(text, Loader),  # noqa: N803  # as PyYAML calls it
        Loader=loader,
        add_multi_constructor=lambda prefix, make: yaml.add_multi_constructor(prefix, make, Loader=loader),
    )
    patch.setattr("moto.cloudformation.models.yaml", quick)
    patch.setattr("moto.cloudformation.responses.yaml", quick)


def _mend(patch: pytest.MonkeyPatch) -> None:
    execute = CloudFormationBackend.execute_change_set
    create = StackSet.create_stack_instances
    update, update_some = StackSet.update, StackSet.update_instances
    change_sets = CloudFormationResponse.list_change_sets
    delete_stack, get_template = CloudFormationBackend.delete_stack, CloudFormationResponse.get_template
    delete_bucket: Any = FakeBucket.__dict__["delete_from_cloudformation_json"]

    def execute_and_keep_outputs(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        execute(self, change_set_name, stack_name)
        for stack in self.stacks.values():
            if stack_name in (stack.name, stack.stack_id):
                stack._parse_template()
                stack.output_map = stack._create_output_map()

    def create_with_all_values(
        self: Any, accounts: list[str], regions: list[str], deployment_targets: Any, parameters: Any
    ) -> str:
        merged = values(self.parameters) | values(parameters)
        listed = [{"ParameterKey": key, "ParameterValue": value} for key, value in merged.items()]
        self.instances.template = self.template
        return create(self, accounts, regions, deployment_targets, listed)

    def values(given: Any) -> dict[str, str]:
        """Parameters in either of the forms that moto keeps them in."""
        known = given or {}
        return known if isinstance(known, dict) else {p["ParameterKey"]: p["ParameterValue"] for p in known}

    def followed(self: Any, accounts: list[str], regions: list[str]) -> None:
        """Without accounts and Regions an update is for all instances."""
        for one in self.instances.stack_instances:
            if (not accounts or one.account_id in accounts) and (not regions or one.region_name in regions):
                follow(one, self.template, values(self.parameters) | values(one.parameters))

    def update_and_follow(self: Any, *given: Any, **more: Any) -> Any:
        operation = update(self, *given, **more)
        followed(self, more.get("accounts", []), more.get("regions", []))
        return operation

    def update_some_and_follow(self: Any, accounts: list[str], regions: list[str], parameters: Any) -> Any:
        operation = update_some(self, accounts, regions, parameters)
        followed(self, accounts, regions)
        return operation

    def change_sets_of_the_stack(self: Any) -> Any:
        backend, name = self.cloudformation_backend, self._get_param("StackName")
        everything = backend.change_sets
        backend.change_sets = {key: one for key, one in everything.items() if one.stack.name == name}
        try:
            return change_sets(self)
        finally:
            backend.change_sets = everything

    def protect(self: Any) -> ActionResult:
        stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
        stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
        return ActionResult({"StackId": stack.stack_id})

    def template_of_what_was_made(self: Any) -> ActionResult:
        """What a change set has begun has none. https://github.com/cdklabs/awscdk-v1-stack-finder/issues/273"""
        stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
        return ActionResult({}) if stack.status == "REVIEW_IN_PROGRESS" else get_template(self)

    def delete_unless_a_bucket_is_full(self: Any, name_or_stack_id: str) -> None:
        stack = self.get_stack(name_or_stack_id)
        emptied = {one.physical_resource_id for one in stack.stack_resources if isinstance(one, Contents)}
        own = [one for one in stack.stack_resources if isinstance(one, FakeBucket) and one.name not in emptied]
        full = [one for one in own if any(key for key in one.keys.values())]
        if not full:
            delete_stack(self, name_or_stack_id)
            return
        stack.status = "DELETE_FAILED"
        stack._add_stack_event("DELETE_FAILED", resource_status_reason="The bucket you tried to delete is not empty")

    def delete_bucket_if_there(
        cls: Any, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        if resource_name in s3_backends[account_id][get_partition(region_name)].buckets:
            delete_bucket.__func__(cls, resource_name, cloudformation_json, account_id, region_name)

    patch.setattr(CloudFormationBackend, "delete_stack", delete_unless_a_bucket_is_full)
    patch.setattr(FakeBucket, "delete_from_cloudformation_json", classmethod(delete_bucket_if_there))
    patch.setattr(CloudFormationResponse, "get_template", template_of_what_was_made)
    patch.setattr(CloudFormationResponse, "update_termination_protection", protect, raising=False)
    patch.setattr(CloudFormationResponse, "list_change_sets", change_sets_of_the_stack)
    patch.setattr(EventBus, "physical_resource_id", property(lambda self: self.name), raising=False)
    patch.setattr(CloudFormationBackend, "execute_change_set", execute_and_keep_outputs)
    patch.setattr(Table, "update_from_cloudformation_json", staticmethod(_update_table))
    patch.setattr(StackSet, "create_stack_instances", create_with_all_values)
    patch.setattr(StackSet, "update", update_and_follow)
    patch.setattr(StackSet, "update_instances", update_some_and_follow)


@contextmanager
def stand_in() -> Iterator[str]:
    """The address."""
    logging.getLogger("moto").setLevel(logging.ERROR)
    models = parsing.get_model_map()
    ours = {kind: _only_a_name(kind, service) for kind, service in ONLY_NAMES.items()} | SCHEDULES | MODELS
    kept = {kind: models.get(kind) for kind in ours}
    models |= ours
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        _mend(patch)
        in_targets(patch)
        in_order(patch)
        in_pages(patch)
        in_sight(patch)
        by_import(patch)
        by_parameters(patch)
        anew(patch)
        _read_quickly(patch)
        # Every organization and account has the same id in each test, so that a template that was linted once is known.
        moto_server.reset(SEED)
        try:
            yield moto_server.address()
        finally:
            for kind, model in kept.items():
                if model is None:
                    models.pop(kind, None)
                else:
                    models[kind] = model
