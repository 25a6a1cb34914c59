"""The permissions of `deploy` and `destroy`, as statements of an IAM policy; a test compares them with the calls.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from generator.aws.pseudo import plain
from generator.rollout.aws import bucket
from generator.rollout.deploy import channel_targets
from generator.rollout.deploy.api_logs import has_stage
from generator.rollout.deploy.desired import DesiredState, external_id_of, readers_of
from generator.rollout.deploy.name_conflicts import NAME_LOOKUPS
from generator.rollout.operate.member_access import role_before

Statement = dict[str, Any]
STACK = (
    "CreateChangeSet",
    "DeleteChangeSet",
    "DeleteStack",
    "DescribeChangeSet",
    "DescribeStackEvents",
    "DescribeStacks",
    "ExecuteChangeSet",
    "GetTemplate",
    "ListChangeSets",
    "ListStackResources",
    "UpdateTerminationProtection",
)
STACK_SET = (
    "CreateStackInstances",
    "CreateStackSet",
    "DeleteStackInstances",
    "DeleteStackSet",
    "DescribeStackSet",
    "DescribeStackSetOperation",
    "ListStackInstances",
    "ListStackSetOperationResults",
    "ListStackSetOperations",
    "UpdateStackInstances",
    "UpdateStackSet",
)
# Making anything with tags is tagging it.
TAGS = ("cloudformation:TagResource", "cloudformation:UntagResource")
BUCKET = ("s3:ListBucket", "s3:ListBucketVersions")
OBJECTS = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:PutObject")
# `destroy` empties the buckets of the hub's stack.
EMPTYING = ("s3:DeleteObject", "s3:DeleteObjectVersion")
# None of these can be given for one resource alone.
ANYWHERE = (
    "cloudformation:DescribeAccountLimits",
    "cloudformation:ListStackSets",
    "cloudformation:ListStacks",
    "iam:GetAccountSummary",
    "iam:SimulatePrincipalPolicy",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "oam:ListSinks",
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "servicequotas:GetServiceQuota",
    "sts:GetCallerIdentity",
    "tag:GetResources",
)
ORGANIZATION = ("cloudformation:DescribeOrganizationsAccess", "organizations:ListRoots")
# Which accounts are in a unit: asked for where some are left out, or were, and where accounts have a name.
UNITS = (
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListParents",
)
ADMINISTRATION_ROLE = "AWSCloudFormationStackSetAdministrationRole"
# Beyond so many, and where units bring accounts without a name, the organization bounds who is entered.
NAMED_ACCOUNTS = 40
INTO_MEMBERS = ("IntoMembers", "ReadsMembers")


def statements(desired: DesiredState, template: Mapping[str, Any], partition: str) -> Iterator[Statement]:
    """The statements for one environment. template: the hub's."""
    yield from _reads(desired, template, partition)
    yield from _stacks(desired, partition)
    yield from _buckets(desired, template, partition)
    yield from _names(desired, template, partition)
    if not desired.members.managed:
        role = f"arn:{partition}:iam::{desired.hub.account}:role/{ADMINISTRATION_ROLE}"
        yield allow("StackSetRole", ["iam:PassRole"], [role])
    yield from _into_members(desired, partition)


def _reads(desired: DesiredState, template: Mapping[str, Any], partition: str) -> Iterator[Statement]:
    """Calls of the preflight checks and the quotas."""
    hub, members = desired.hub, desired.members
    optional = (*(ORGANIZATION if members.managed else ()), *(UNITS if members.units else ()))
    ruled = any(resource["Type"] == "AWS::CloudWatch::InsightRule" for resource in template["Resources"].values())
    rules = ("cloudwatch:DescribeInsightRules",) if ruled else ()
    yield allow("Look", (*ANYWHERE, *optional, *rules), ["*"])
    if desired.asset_regions[1:] and partition == "aws":
        yield allow("Regions", ["account:GetRegionOptStatus"], [f"arn:{partition}:account::{hub.account}:account"])
    if has_stage(template):
        yield allow("ApiLogs", ["apigateway:GET"], [f"arn:{partition}:apigateway:{hub.region}::/account"])
    for sid, actions, resources in channel_targets.statements(desired):
        yield allow(sid, actions, resources)


def _stacks(desired: DesiredState, partition: str) -> Iterator[Statement]:
    """Stacks of the hub's account, and the stack sets."""
    hub, members = desired.hub, desired.members
    addresses = (*(stack.address for stack in desired.stacks), *desired.retired_stacks)
    own_stacks = [(address.region, address.name) for address in addresses]
    own_stacks += [(region, bucket.STACK) for region in desired.asset_regions]
    stacks = [f"arn:{partition}:cloudformation:{region}:{hub.account}:stack/{name}/*" for region, name in own_stacks]
    yield allow("Stacks", [*(f"cloudformation:{action}" for action in STACK), *TAGS], stacks)
    # The set of a delegate is the management account's.
    owner = "*" if members.managed else hub.account
    sets = [
        f"arn:{partition}:cloudformation:{hub.region}:{owner}:{kind}/{name}:*"
        for name in (*(stack_set.name for stack_set in desired.sets), *desired.retired_sets)
        for kind in ("stackset", "stackset-target")
    ]
    types = f"arn:{partition}:cloudformation:*::type/resource/*"
    yield allow("StackSet", [*(f"cloudformation:{action}" for action in STACK_SET), *TAGS], [*sets, types])


def _buckets(desired: DesiredState, template: Mapping[str, Any], partition: str) -> Iterator[Statement]:
    """The assets buckets, and the buckets of the hub's stacks."""
    hub = desired.hub
    assets = [f"arn:{partition}:s3:::{bucket.name(hub.account, region)}" for region in desired.asset_regions]
    yield allow("Bucket", BUCKET, assets)
    yield allow("Objects", OBJECTS, [f"{arn}/*" for arn in assets])
    own = {
        f"arn:{partition}:s3:::{plain(resource['Properties']['BucketName'], hub.account, hub.region)}"
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::S3::Bucket"
    }
    if own:
        yield allow("OwnBuckets", BUCKET, sorted(own))
        yield allow("OwnObjects", EMPTYING, sorted(f"{arn}/*" for arn in own))


def _names(desired: DesiredState, template: Mapping[str, Any], partition: str) -> Iterator[Statement]:
    """Lookups of names that may exist already."""
    hub, members = desired.hub, desired.members
    for kind, lookup in NAME_LOOKUPS.items():
        names = {
            name
            for resource in template["Resources"].values()
            if resource["Type"] == kind
            and (name := plain(resource["Properties"].get(lookup.key), hub.account, hub.region))
        }
        if kind == "AWS::IAM::Role" and not members.managed:
            names.add(ADMINISTRATION_ROLE)
        if names and lookup.action:
            arns = sorted(lookup.arn.format(p=partition, r=hub.region, a=hub.account, n=name) for name in names)
            yield allow(f"Names{kind.split('::')[1]}", [lookup.action], arns)


def _into_members(desired: DesiredState, partition: str) -> Iterator[Statement]:
    """The roles that read log groups of members: through the hub's reader, and before the first stack."""
    roles = {f"arn:{partition}:iam::{desired.hub.account}:role/{name}" for name in _first_reader(desired)}
    before, names = role_before(desired.members), desired.members.names
    if before and not desired.members.units and len(names) <= NAMED_ACCOUNTS:
        roles |= {f"arn:{partition}:iam::{account}:role/{before}" for account in names}
    elif before:
        anywhere = allow("IntoMembers", ["sts:AssumeRole"], [f"arn:{partition}:iam::*:role/{before}"])
        yield {**anywhere, "Condition": {"StringEquals": {"aws:ResourceOrgID": desired.organization}}}
    if roles:
        yield allow("ReadsMembers", ["sts:AssumeRole"], sorted(roles))


def _first_reader(desired: DesiredState) -> list[str]:
    return readers_of(desired.files)[:1] if external_id_of(desired.files) else []


def denied(
    client: Callable[[str], Any], desired: DesiredState, template: Mapping[str, Any], besides: Container[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """The caller's ARN, and the actions that IAM's simulation denies it; none where the caller is no role or user.

    besides: the statements' ids that are not asked about.

    That is not the last word: conditions and other accounts' policies it does not know.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    arn = str(client("sts").get_caller_identity()["Arn"])
    partition, (kind, *rest) = arn.split(":")[1], arn.split(":")[5].split("/")
    if kind == "assumed-role":
        # A session's ARN leaves out the path of its role.
        arn = str(client("iam").get_role(RoleName=rest[0])["Role"]["Arn"])
    elif kind != "user":
        return arn, ()
    missing = set()
    for statement in statements(desired, template, partition):
        if statement["Sid"] in besides:
            continue
        resources = [resource.replace("*", "x") for resource in statement["Resource"] if resource != "*"]
        params = {
            "PolicySourceArn": arn,
            "ActionNames": statement["Action"],
            **({"ResourceArns": resources} if resources else {}),
        }
        pages = client("iam").get_paginator("simulate_principal_policy").paginate(**params)
        missing |= {
            result["EvalActionName"]
            for page in pages
            for result in page["EvaluationResults"]
            if result["EvalDecision"] != "allowed" and not result.get("MissingContextValues")
        }
    return arn, tuple(sorted(missing))


def allow(sid: str, actions: Any, resources: list[str]) -> Statement:
    """A statement, with its actions sorted."""
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resources}
