"""Read access to members: `MonitoringRole-<AccountId>` in each, and the hub role that may assume it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import Principal, StringEquals
from troposphere import GetAtt, Output, Ref, Sub, iam

from generator.aws.capture_permissions import EXTRA_ACTIONS, NARROW
from generator.aws.regions import home_of
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.placements import any_of, region_condition
from generator.blueprints.kit.policies import allow, grant, policy
from generator.blueprints.kit.stack import Part, TemplateCondition, origin
from generator.model.compliance_names import OPERATOR_ROLE
from generator.model.estate import Estate
from generator.model.governance import MonitoringRole

# None of these supports a narrower resource than "*".
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
_METRIC_READS = ["cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics"]
# With anything narrower, CloudWatch leaves composites out of its answers and says nothing of it.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
_ALARM_READS = ["cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"]
# The condition of what an account has only once.
HOME = "IsFirstRegion"
# The same where some accounts have a first Region of their own.
ONLY_ONCE = "IsFirstRegionOfAccount"
# Some ninety fit into a policy, and a role has ten of these.
MOST_NAMED = 500
# For `obsgen capture`: descriptions, and the tags of resources; no data of theirs. These take no resource.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonresourcegrouptaggingapi.html
_CAPTURE_READS = [
    "cloudwatch:DescribeAnomalyDetectors",
    "cloudwatch:DescribeInsightRules",
    "cloudwatch:ListDashboards",
    "tag:GetResources",
]
_LOG_READS = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"]


def hub(estate: Estate) -> Iterator[Part]:
    """The hub role with which people and tools read in the members."""
    role = estate.monitoring_role
    if not role or not role.make_reader:
        return
    (name,) = role.readers
    # Inside the hub, its own IAM policies say who may take this role on.
    hub_account = Principal("AWS", [Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")])
    yield iam.Role(
        "MonitoringReaderRole",
        RoleName=name,
        Description="Reads metrics, alarms and logs of the members",
        AssumeRolePolicyDocument=policy(grant(hub_account, ["sts:AssumeRole"], None, sid="HubPrincipalsAssume")),
        Policies=[
            iam.Policy(
                PolicyName="assume-monitoring-roles",
                PolicyDocument=policy(allow(["sts:AssumeRole"], _member_roles(estate), condition=_inside(estate))),
            ),
            *_operates(estate),
            *_asks(estate),
        ],
        Metadata=origin(role.path),
    )
    yield Output(
        "MonitoringReaderRoleArn",
        Description=f"Assume this role, then MonitoringRole-<AccountId> with external ID {role.external_id}",
        Value=GetAtt("MonitoringReaderRole", "Arn"),
    )


def _operates(estate: Estate) -> Iterator[iam.Policy]:
    """The ARNs of the roles for scans and reports, with a wildcard: there is one for each account and Region."""
    if estate.compliance:
        roles = f"arn:{estate.hub.partition}:iam::*:role/{OPERATOR_ROLE}-*-{estate.environment}"
        inside = When(StringEquals({"aws:ResourceOrgID": estate.organization.id}))
        statement = allow(["sts:AssumeRole"], [roles], condition=inside)
        yield iam.Policy(PolicyName="assume-operator-roles", PolicyDocument=policy(statement))


def _asks(estate: Estate) -> Iterator[iam.Policy]:
    """Read-only actions of the event store's API."""
    if estate.events and estate.events.api:
        arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${MonitoringApi}"
        reads = Sub(f"{arn}/{estate.environment}/GET/*")
        yield iam.Policy(PolicyName="ask-api", PolicyDocument=policy(allow(["execute-api:Invoke"], [reads])))


def _inside(estate: Estate) -> When | None:
    """A condition on the organization, which bounds the wildcard if accounts are not named."""
    if _are_named(estate):
        return None
    return When(StringEquals({"aws:ResourceOrgID": estate.organization.id}))


def _are_named(estate: Estate) -> bool:
    """True if the reader's policy names each member: units bring accounts that the file cannot name, and of very many
    a policy would have no end. Each role says for itself whom it trusts, and by which external id.
    """
    return not estate.organizational_units and len(estate.accounts) <= MOST_NAMED


def _member_roles(estate: Estate) -> list[str]:
    if not _are_named(estate):
        return [f"arn:{estate.hub.partition}:iam::*:role/MonitoringRole-*"]
    return [
        estate.hub.arn("iam", f"role/MonitoringRole-{account.id}", account=account.id, region="")
        for account in estate.accounts
    ]


def member(estate: Estate) -> Iterator[Part]:
    """The read-only role, once for each account whatever the number of Regions."""
    role = estate.monitoring_role
    if not role:
        return
    once: dict[str, Any] = {}
    if len(estate.regions) > 1:
        # IAM is global, so only one Region's stack may make the role.
        first, other_conditions = _homes(estate)
        yield first
        yield from other_conditions
        once = {"Condition": ONLY_ONCE if other_conditions else HOME}
    yield iam.Role(
        "MonitoringRole",
        RoleName=Sub("MonitoringRole-${AWS::AccountId}"),
        Description=f"Read-only, for the readers of hub {estate.hub.account}",
        AssumeRolePolicyDocument=policy(_trust(role, estate)),
        Policies=[iam.Policy(PolicyName="read-only", PolicyDocument=_reads(role, estate))],
        Metadata=origin(role.path),
        **once,
    )
    arn = GetAtt("MonitoringRole", "Arn")
    yield Output("MonitoringRoleArn", Description="Read-only role for the hub's readers", Value=arn, **once)


def _homes(estate: Estate) -> tuple[TemplateCondition, list[TemplateCondition]]:
    """The first Region of most accounts; and where some have no stack there, their own first Regions."""
    usual = home_of(estate.regions, estate.hub.region)
    first = TemplateCondition(HOME, {"Fn::Equals": [Ref("AWS::Region"), usual]})
    own: dict[str, list[str]] = {}
    for account in estate.accounts:
        if not account.is_in(usual):
            own.setdefault(home_of(account.regions, estate.hub.region), []).append(account.id)
    if not own:
        return first, []
    conditions = []
    for region, accounts in sorted(own.items()):
        in_accounts = any_of([{"Fn::Equals": [Ref("AWS::AccountId"), number]} for number in sorted(accounts)])
        test = {"Fn::And": [{"Fn::Equals": [Ref("AWS::Region"), region]}, in_accounts]}
        conditions.append(TemplateCondition(f"{HOME}{region_condition(region).removeprefix('Is')}", test))
    whole = any_of([{"Condition": name} for name in (HOME, *(condition.name for condition in conditions))])
    return first, [*conditions, TemplateCondition(ONLY_ONCE, whole)]


def _trust(role: MonitoringRole, estate: Estate) -> Any:
    readers = [estate.hub.arn("iam", f"role/{name}", region="") for name in role.readers]
    condition = When(StringEquals({"sts:ExternalId": role.external_id, "aws:PrincipalOrgID": estate.organization.id}))
    return grant(Principal("AWS", readers), ["sts:AssumeRole"], None, sid="HubReadersAssume", condition=condition)


def _reads(role: MonitoringRole, estate: Estate) -> Any:
    # A stack set gives its stacks names that begin so; those of the management account have the sets' own names.
    stacks = ["StackSet-observability-members-*", *(["observability-members-*"] if estate.management_account else [])]
    statements = [
        allow(_METRIC_READS, ["*"], sid="ReadsMetrics"),
        allow(_ALARM_READS, ["*"], sid="ReadsAlarms"),
        # The members' own stacks, whose outputs `obsgen outputs --members` reads.
        allow(
            ["cloudformation:DescribeStacks"],
            [Sub(f"arn:${{AWS::Partition}}:cloudformation:*:${{AWS::AccountId}}:stack/{name}") for name in stacks],
            sid="ReadsOutputs",
        ),
        allow(
            ["logs:DescribeLogGroups"],
            [Sub("arn:${AWS::Partition}:logs:*:${AWS::AccountId}:log-group:*")],
            sid="ListsLogGroups",
        ),
    ]
    if role.captures:
        statements += _capture_reads(role)
    if role.log_groups:
        arns = [
            Sub(f"arn:${{AWS::Partition}}:logs:*:${{AWS::AccountId}}:log-group:{name}:*") for name in role.log_groups
        ]
        statements.append(allow(_LOG_READS, arns, sid="ReadsLogs"))
    return policy(*statements)


def _capture_reads(role: MonitoringRole) -> Iterator[Any]:
    dashboards = Sub("arn:${AWS::Partition}:cloudwatch::${AWS::AccountId}:dashboard/*")
    log_groups = Sub("arn:${AWS::Partition}:logs:*:${AWS::AccountId}:log-group:*")
    yield allow(_CAPTURE_READS, ["*"], sid="ReadsForCaptures")
    yield allow(["cloudwatch:GetDashboard"], [dashboards], sid="ReadsDashboards")
    yield allow(["logs:DescribeMetricFilters"], [log_groups], sid="ListsMetricFilters")
    extra = {action for part in role.capture_parts for action in EXTRA_ACTIONS[part]}
    if extra - NARROW.keys():
        yield allow(sorted(extra - NARROW.keys()), ["*"], sid="ReadsCaptureParts")
    for number, action in enumerate(sorted(extra & NARROW.keys()), 1):
        names = [name.replace("{account}", "${AWS::AccountId}") for name in NARROW[action]]
        yield allow(
            [action], [Sub(f"arn:${{AWS::Partition}}:{name}") for name in names], sid=f"ReadsCapturePart{number}"
        )


CONCERN = Concern(
    hub=lambda inputs: hub(inputs.estate),
    member=lambda inputs: member(inputs.estate),
)
