"""The management account's stacks as a status tells of them: as stack sets tell of their instances."""

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
    desired: DesiredState, found: EnvironmentStatus, aws: Aws, given: Mapping[str, Any] | None
) -> None:
    """Tell of its stacks. aws: with its own credentials, where there are no given ones, which read no template."""

    def client(region: str) -> Any:
        service = "cloudformation"
        return aws.client(service, region) if given is None else aws.client_as(given, service, region)

    name = desired.management.name if desired.management else ""
    there, missing, older = _stacks(desired, client, has_templates=given is None)
    found.instances += tuple(there)
    found.missing += [f"the stack {desired.label_there(one)}" for one in missing]
    found.older += [f"the template of {desired.label_there(one)}" for one in older]
    if given is not None:
        option = "--members-profile" if desired.members.call_as == "SELF" else "--management-profile"
        found.unseen.append(f"templates of {name} ({option} reads them)")


def _stacks(
    desired: DesiredState, client: Callable[[str], Any], *, has_templates: bool
) -> tuple[list[Instance], list[DesiredStack], list[DesiredStack]]:
    """Those that are there, the stacks that are not, and those with another template.

    client: of CloudFormation in a Region of the account. has_templates: whether it may read templates.
    """
    from botocore.exceptions import ClientError

    there, missing, older = list[Instance](), list[DesiredStack](), list[DesiredStack]()
    for one in desired.management.stacks if desired.management else ():
        try:
            stack = client(one.region).describe_stacks(StackName=one.name)["Stacks"][0]
        except ClientError as error:
            if not is_missing_stack(error):
                raise
            missing.append(one)
            continue
        reason = _reason(one, stack)
        status = OUTDATED if reason else CURRENT
        there.append(Instance(one.account, one.region, status, reason=reason, stack=str(stack["StackId"])))
        if has_templates and stack["StackStatus"] != EMPTY:
            given = client(one.region).get_template(StackName=one.name, TemplateStage="Original")
            older += [one] if given["TemplateBody"] != one.body else []
    return there, missing, older


def _reason(desired: DesiredStack, stack: Any) -> str:
    """Why it is not as it should be; empty where it is, as far as its description says."""
    if stack["StackStatus"] not in GOOD:
        return f"{desired.name} is in {stack['StackStatus']}"
    given = {one["ParameterKey"]: one.get("ParameterValue") for one in stack.get("Parameters", [])}
    other = sorted(key for key, value in desired.parameters if given.get(key) != value)
    return f"{desired.name} has other values of {', '.join(other)}" if other else ""
