"""Checks of everything that would make a rollout fail, before anything is created; reported together.

A check without permission is listed as skipped and does not block: a deployer need not be able to read everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from generator.aws.pseudo import plain
from generator.aws.regions import partition_of
from generator.rollout.aws.clients import Aws
from generator.rollout.aws.closed_regions import ENABLE
from generator.rollout.deploy import api_logs, channel_targets, management_marks, sinks
from generator.rollout.deploy.adoption import STANDARD, adoption
from generator.rollout.deploy.desired import DesiredStackSet, DesiredState
from generator.rollout.deploy.name_conflicts import NAME_LOOKUPS
from generator.rollout.deploy.permissions import ADMINISTRATION_ROLE, INTO_MEMBERS, denied
from generator.rollout.deploy.preflight_accounts import check_accounts, check_outside, check_units, unreached
from generator.rollout.deploy.preflight_input import PreflightInput
from generator.rollout.deploy.preflight_report import PreflightReport, run_check

SIDE_BY_SIDE = 8
LOG_GROUP = "AWS::Logs::LogGroup"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-activate-trusted-access.html
TRUSTED_ACCESS = "activate it in the management account: CloudFormation > StackSets > Activate trusted access"
DELEGATE = (
    "run `aws organizations register-delegated-administrator --account-id {account}"
    " --service-principal member.org.stacksets.cloudformation.amazonaws.com` in the management account"
)


def run_checks(
    desired: DesiredState,
    hub: Aws,
    members: Aws,
    template: Mapping[str, Any],
    owned: frozenset[str],
    joining: tuple[str, ...],
    doubtful: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
    *,
    adopt: bool = False,
) -> PreflightReport:
    """Run all checks, side by side.

    The parameters are the fields of PreflightInput. doubtful: accounts that leave, or that were skipped as suspended.
    """
    context = PreflightInput(desired, hub, members, template, owned, joining, doubtful, left_out, adopt)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        futures = [
            pool.submit(run_check, subject, check, replace(context, report=PreflightReport()))
            for subject, check in _CHECKS
        ]
        results = [future.result() for future in futures]
    return _merged(results, members=desired.members)


def _merged(results: Sequence[PreflightReport], members: DesiredStackSet) -> PreflightReport:
    """One report of all checks."""
    suspended = frozenset[str]().union(*(result.suspended for result in results))
    outside = {
        account: parent for result in results for account, parent in result.outside.items() if account not in suspended
    }
    return PreflightReport(
        problems=[*(problem for result in results for problem in result.problems), *unreached(members, outside)],
        skipped=[skipped for result in results for skipped in result.skipped],
        notes=[note for result in results for note in result.notes],
        suspended=suspended,
        closed=frozenset().union(*(result.closed for result in results)),
        adopted=tuple(adopted for result in results for adopted in result.adopted),
        returning=frozenset().union(*(result.returning for result in results)),
        unknown=frozenset().union(*(result.unknown for result in results)),
        strays=frozenset().union(*(result.strays for result in results)),
        outside=outside,
    )


def _organization(context: PreflightInput) -> None:
    organization = context.client("organizations").describe_organization()["Organization"]
    if organization["Id"] != context.desired.organization:
        context.problem(
            f"expected organization {context.desired.organization}, but the hub is in {organization['Id']}",
            f"set `organization: {{id: {organization['Id']}}}`, or use credentials of another hub",
        )
    for message, hint in management_marks.faults(context.desired, organization["MasterAccountId"]):
        context.problem(message, hint)


def _permissions(context: PreflightInput) -> None:
    # The roles in members are assumed by the owner of the stack sets, and they are optional.
    besides = () if context.members is context.hub else INTO_MEMBERS
    caller, missing = denied(context.client, context.desired, context.template, besides)
    if missing:
        context.report.notes.append(
            f"IAM policy simulation denies {', '.join(missing)} for {caller};"
            " run `obsgen policy` for the required permissions"
        )


def _stack_sets(context: PreflightInput) -> None:
    """Check the right to run stack sets: of a delegate, the management account, or a role."""
    from botocore.exceptions import ClientError

    hub = context.desired.hub
    if not context.desired.members.managed:
        iam = context.client("iam")
        try:
            iam.get_role(RoleName=ADMINISTRATION_ROLE)
        except iam.exceptions.NoSuchEntityException:
            context.problem(
                f"self-managed stack sets require role {ADMINISTRATION_ROLE} in account {hub.account}",
                "create it and, in every member, AWSCloudFormationStackSetExecutionRole (AWS has templates for both)",
            )
        return
    client = context.members.client("cloudformation", hub.region)
    call_as = context.desired.members.call_as
    try:
        status = client.describe_organizations_access(CallAs=call_as)["Status"]
    except ClientError as error:
        # AWS answers a caller that is no delegate with ValidationError.
        if call_as == "SELF" or error.response["Error"]["Code"] != "ValidationError":
            raise
        context.problem(
            f"account {hub.account} is not a delegated administrator of stack sets",
            f"{DELEGATE.format(account=hub.account)}, or set `organization: {{stack_sets: management}}`",
        )
        return
    if status != "ENABLED":
        context.problem("stack sets have no trusted access to the organization", TRUSTED_ACCESS)


def _regions(context: PreflightInput) -> None:
    """Check the Regions of member packages; only the partition `aws` has Regions that are disabled at first.

    https://docs.aws.amazon.com/accounts/latest/reference/API_GetRegionOptStatus.html
    """
    hub = context.desired.hub
    for region in context.desired.asset_regions[1:] if partition_of(hub.region) == "aws" else ():
        status = context.client("account").get_region_opt_status(RegionName=region)["RegionOptStatus"]
        if status not in ("ENABLED", "ENABLED_BY_DEFAULT"):
            context.report.closed |= {region}
            context.problem(
                f"{region} is {status.lower()} in account {hub.account}, but member functions need a bucket there",
                ENABLE.format(region=region),
            )


def _log_policies(context: PreflightInput) -> None:
    """Ten in an account and Region."""
    most = 10
    desired = {
        str(policy["Properties"].get("PolicyName")) for policy in context.of_type("AWS::Logs::ResourcePolicy").values()
    }
    pages = context.client("logs").get_paginator("describe_resource_policies").paginate()
    existing = {policy["policyName"] for page in pages for policy in page.get("resourcePolicies", [])}
    if len(existing | desired) > most and desired - existing:
        context.problem(
            f"account {context.desired.hub.account} has {len(existing)} log resource policies; the AWS limit is {most}",
            f"delete one of {', '.join(sorted(existing))}",
        )


def _api_logs(context: PreflightInput) -> None:
    if api_logs.has_stage(context.template):
        role = context.client("apigateway").get_account().get("cloudwatchRoleArn", "")
        problem = api_logs.conflict(role, context.template, context.owned)
        if problem:
            context.problem(*problem)


def _names(context: PreflightInput, kind: str) -> None:
    lookup = NAME_LOOKUPS[kind]
    for logical_id, name in _names_of(context, kind, lookup.key):
        ours = name in context.owned or any(physical_id.endswith(f"/{name}") for physical_id in context.owned)
        if ours or not lookup.exists(context.client(lookup.service), name):
            continue
        hint = "delete or rename it: CloudFormation cannot create a second one"
        if kind == LOG_GROUP and context.of_type(kind)[logical_id]["Properties"][lookup.key] == name:
            log_group = adoption(context.client(lookup.service), logical_id, name)
            if log_group and log_group.kind != STANDARD:
                hint = f"delete or rename it: its class {log_group.kind} cannot be changed"
            elif log_group and context.adopt:
                context.report.adopted += (log_group,)
                continue
            else:
                hint += "; or use --adopt to take it over with its log events"
        context.problem(
            f"{kind} {name} already exists and does not belong to {context.desired.hub.name} ({logical_id})", hint
        )


def _names_of(context: PreflightInput, kind: str, key: str) -> Iterator[tuple[str, str]]:
    for logical_id, resource in context.of_type(kind).items():
        name = plain(resource.get("Properties", {}).get(key), context.desired.hub.account, context.desired.hub.region)
        if name:
            yield logical_id, name


def _sinks(context: PreflightInput) -> None:
    context.report.problems.extend(sinks.conflicts(context.desired, context.hub, context.owned))


# Each check with its subject, as the plan lists it where AWS denies the call.
_CHECKS: tuple[tuple[str, Callable[[PreflightInput], None]], ...] = (
    ("the organization", _organization),
    ("permissions of the caller", _permissions),
    ("accounts that join or leave", check_accounts),
    ("accounts excluded from units", check_units),
    ("accounts outside the units", check_outside),
    ("trusted access of stack sets to the organization", _stack_sets),
    ("Regions enabled in the hub's account", _regions),
    ("sinks", _sinks),
    ("log resource policies", _log_policies),
    ("API Gateway's role for logs", _api_logs),
    ("topics of channels", channel_targets.check_topics),
    ("event buses of channels", channel_targets.check_buses),
    ("text messages of channels", channel_targets.check_texts),
    *((f"the names of {kind}", partial(_names, kind=kind)) for kind in sorted(NAME_LOOKUPS)),
)
