"""The status of the management account's stacks, in the form of instances of stack sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generator.rollout.aws.clients import Aws
from generator.rollout.aws.operations import Instance
from generator.rollout.aws.stack_statuses import EMPTY, GOOD, is_missing_stack
from generator.rollout.deploy.desired import DesiredStack, DesiredState
from generator.rollout.operate.status_sections import EnvironmentStatus

# AWS's words for instances.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceSummary.html
CURRENT, OUTDATED = "CURRENT", "OUTDATED"


def collect_management(
    desired: DesiredState, status: EnvironmentStatus, aws: Aws, credentials: Mapping[str, Any] | None
) -> None:
    """Add its stacks to the status. credentials: None where `aws` has the account's own, which also read templates."""

    def client(region: str) -> Any:
        service = "cloudformation"
        return aws.client(service, region) if credentials is None else aws.client_as(credentials, service, region)

    name = desired.management.name if desired.management else ""
    instances, missing, older = _stacks(desired, client, has_templates=credentials is None)
    status.instances += tuple(instances)
    status.missing += [f"the stack {desired.label_there(stack)}" for stack in missing]
    status.older += [f"the template of {desired.label_there(stack)}" for stack in older]
    if credentials is not None:
        option = "--members-profile" if desired.members.call_as == "SELF" else "--management-profile"
        status.unseen.append(f"templates of {name} (use {option})")


def _stacks(
    desired: DesiredState, client: Callable[[str], Any], *, has_templates: bool
) -> tuple[list[Instance], list[DesiredStack], list[DesiredStack]]:
    """The existing stacks as instances, the missing stacks, and those with another template.

    client: of CloudFormation in a Region of the account. has_templates: whether it may read templates.
    """
    from botocore.exceptions import ClientError

    instances, missing, older = list[Instance](), list[DesiredStack](), list[DesiredStack]()
    for desired_stack in desired.management.stacks if desired.management else ():
        try:
            stack = client(desired_stack.region).describe_stacks(StackName=desired_stack.name)["Stacks"][0]
        except ClientError as error:
            if not is_missing_stack(error):
                raise
            missing.append(desired_stack)
            continue
        reason = _reason(desired_stack, stack)
        status = OUTDATED if reason else CURRENT
        instances.append(
            Instance(desired_stack.account, desired_stack.region, status, reason=reason, stack=str(stack["StackId"]))
        )
        if has_templates and stack["StackStatus"] != EMPTY:
            response = client(desired_stack.region).get_template(StackName=desired_stack.name, TemplateStage="Original")
            older += [desired_stack] if response["TemplateBody"] != desired_stack.body else []
    return instances, missing, older


def _reason(desired: DesiredStack, stack: Any) -> str:
    """Why it is not as it should be; empty where it is, as far as its description says."""
    if stack["StackStatus"] not in GOOD:
        return f"{desired.name} is in {stack['StackStatus']}"
    actual = {parameter["ParameterKey"]: parameter.get("ParameterValue") for parameter in stack.get("Parameters", [])}
    other = sorted(key for key, value in desired.parameters if actual.get(key) != value)
    return f"{desired.name} has different values of {', '.join(other)}" if other else ""
