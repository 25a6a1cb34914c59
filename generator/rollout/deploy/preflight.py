"""What would make a rollout fail, looked at before anything is made and told together.

What may not be looked at is said, and stops nobody: a deployer that can deploy need not be able to read everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from generator.aws.pseudo import plain
from generator.aws.regions import partition_of
from generator.rollout.aws.clients import Aws
from generator.rollout.aws.closed_regions import ENABLE
from generator.rollout.deploy import api_logs, management_marks, sinks
from generator.rollout.deploy.accounts import absent, states_of
from generator.rollout.deploy.adoption import STANDARD, adoption
from generator.rollout.deploy.desired import DesiredStackSet, DesiredState
from generator.rollout.deploy.name_conflicts import NAME_LOOKUPS
from generator.rollout.deploy.permissions import ADMINISTRATION_ROLE, INTO_MEMBERS, denied
from generator.rollout.deploy.preflight_report import PreflightProblem, PreflightReport, run_check
from generator.rollout.deploy.units import accounts_in, is_in, outside

SIDE_BY_SIDE = 8
LOG_GROUP = "AWS::Logs::LogGroup"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-activate-trusted-access.html
TRUSTED_ACCESS = "CloudFormation > StackSets > Activate trusted access, in the management account"
DELEGATE = (
    "in the management account: aws organizations register-delegated-administrator --account-id {account}"
    " --service-principal member.org.stacksets.cloudformation.amazonaws.com"
)


@dataclass(slots=True)
class _Look:
    """template: the hub's. owned: physical ids that the hub's stack has already. joining: accounts without a stack.

    doubtful: accounts with one that something may not get into any more. left_out: accounts that were left out of the
    units once, and are so no longer. adopt: whether the hub's stack takes over log groups that are there already.
    """

    desired: DesiredState
    hub: Aws
    members: Aws
    template: Mapping[str, Any]
    owned: frozenset[str]
    joining: tuple[str, ...]
    doubtful: tuple[str, ...]
    left_out: tuple[str, ...]
    adopt: bool
    report: PreflightReport = field(default_factory=PreflightReport)

    def client(self, service: str) -> Any:
        return self.hub.client(service, self.desired.hub.region)

    def problem(self, message: str, hint: str) -> None:
        self.report.problems.append(PreflightProblem(message, hint))

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        return {key: made for key, made in self.template["Resources"].items() if made["Type"] == kind}


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
    """Everything that is in the way, looked at side by side.

    What is given is as in _Look. doubtful: accounts that leave, or that were passed over as suspended.
    """
    looks: list[tuple[str, Callable[[_Look], None]]] = [
        ("the organization", _organization),
        ("what the caller may do", _permissions),
        ("accounts that join or leave", _accounts),
        ("accounts that are left out of units", _units),
        ("accounts that are in none of the units", _outside),
        ("access of stack sets to the organization", _stack_sets),
        ("which Regions the hub's account has enabled", _regions),
        ("sinks", lambda eye: eye.report.problems.extend(sinks.conflicts(eye.desired, eye.hub, eye.owned))),
        ("log resource policies", _log_policies),
        ("API Gateway's role for logs", _api_logs),
        *((f"the names of {kind}", partial(_names, kind=kind)) for kind in sorted(NAME_LOOKUPS)),
    ]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        begun = [
            pool.submit(
                run_check, what, one, _Look(desired, hub, members, template, owned, joining, doubtful, left_out, adopt)
            )
            for what, one in looks
        ]
        found = [one.result() for one in begun]
    suspended = frozenset[str]().union(*(one.suspended for one in found))
    outside = {account: parent for one in found for account, parent in one.outside.items() if account not in suspended}
    return PreflightReport(
        problems=[*(problem for one in found for problem in one.problems), *_unreached(desired.members, outside)],
        skipped=[skipped for one in found for skipped in one.skipped],
        notes=[note for one in found for note in one.notes],
        suspended=suspended,
        closed=frozenset().union(*(one.closed for one in found)),
        adopted=tuple(adopted for one in found for adopted in one.adopted),
        returning=frozenset().union(*(one.returning for one in found)),
        unknown=frozenset().union(*(one.unknown for one in found)),
        strays=frozenset().union(*(one.strays for one in found)),
        outside=outside,
    )


def _organization(eye: _Look) -> None:
    found = eye.client("organizations").describe_organization()["Organization"]
    if found["Id"] != eye.desired.organization:
        eye.problem(
            f"the hub is in organization {found['Id']}, the spec says {eye.desired.organization}",
            f"organization: {{id: {found['Id']}}}, or the credentials of another hub",
        )
    for message, hint in management_marks.faults(eye.desired, found["MasterAccountId"]):
        eye.problem(message, hint)


def _permissions(eye: _Look) -> None:
    # What leads into members is asked of whoever owns the stack set, and it is optional.
    besides = () if eye.members is eye.hub else INTO_MEMBERS
    caller, missing = denied(eye.client, eye.desired, eye.template, besides)
    if missing:
        eye.report.notes.append(
            f"IAM thinks that {caller} may not {', '.join(missing)}; `obsgen policy` prints what is needed"
        )


def _accounts(eye: _Look) -> None:
    """Those that join, and those that leave or were passed over: whether anything gets into them."""
    asked = tuple(dict.fromkeys((*eye.joining, *eye.doubtful, *eye.left_out)))
    if not asked:
        return
    names, managed = eye.desired.members.names, eye.desired.members.managed
    states = states_of(eye.client("organizations"), asked)
    unknown_accounts = sorted(f"{names[account]} ({account})" for account in eye.joining if account not in states)
    if unknown_accounts and managed:
        eye.problem(
            f"not in the organization: {', '.join(unknown_accounts)}", "mend their ids, or remove them from accounts"
        )
    known = [account for account in asked if account in states or account in eye.doubtful]
    found = absent(states, known, managed=managed)
    eye.report.suspended = frozenset(found)
    for account, why in sorted(found.items()):
        who = f"{names[account]} ({account})" if account in names else account
        goes = account in eye.doubtful and account not in names
        fate = "the set lets go of what is in it" if goes else "nothing is deployed to it"
        eye.report.notes.append(f"{who} is {why}: {fate}")


def _units(eye: _Look) -> None:
    """Whether those that are left out leave anybody, and which of those that were are in a unit of the set."""
    members = eye.desired.members
    excluded = {account for account, _ in members.excluded}
    client = eye.client("organizations") if members.units and (excluded or eye.left_out) else None
    if client is None:
        return
    eye.report.unknown = frozenset(eye.left_out)
    eye.report.returning = frozenset(account for account in eye.left_out if is_in(client, account, members.units))
    eye.report.strays = eye.report.unknown - eye.report.returning - members.names.keys()
    eye.report.unknown = frozenset()
    if excluded and all(account in excluded for account in accounts_in(client, members.units)):
        eye.problem(
            f"every account of {', '.join(members.units)} is left out: nothing would be deployed",
            "say less under except, or remove the unit",
        )


def _outside(eye: _Look) -> None:
    """Accounts of the file without a stack that are in none of its units.

    No request reaches one of them without making its unit, or the root, a target of automatic deployment, too:
    CreateStackInstances takes accounts of the units that it is given, and does not take UNION.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html
    """
    members = eye.desired.members
    if not (members.units and eye.joining):
        return
    client = eye.client("organizations")
    found = outside(client, eye.joining, members.units)
    if found:
        found.pop(client.describe_organization()["Organization"]["MasterAccountId"], None)
    eye.report.outside = found


def _unreached(members: DesiredStackSet, outside: Mapping[str, str]) -> Iterator[PreflightProblem]:
    """One for each unit, or root, that such accounts are in."""
    units = ", ".join(members.units)
    for parent in sorted(set(outside.values())):
        ids = [account for account, one in outside.items() if one == parent]
        they, them = ("it", "it") if len(ids) == 1 else ("they", "them")
        hint = f"add {parent} to organizational_units: everybody in it joins, but for its `except`"
        if parent.startswith("r-"):
            hint = f"move {them} into one of these units"
        who = ", ".join(f"{members.names[one]} ({one})" for one in ids)
        yield PreflightProblem(
            f"{who}: in none of {units}, so {they} would get no stack",
            f"{hint}; or remove {', '.join(members.names[one] for one in ids)} from the accounts of this environment",
        )


def _stack_sets(eye: _Look) -> None:
    """Who may run stack sets: a delegate, the management account, or a role that somebody made."""
    from botocore.exceptions import ClientError

    hub = eye.desired.hub
    if not eye.desired.members.managed:
        iam = eye.client("iam")
        try:
            iam.get_role(RoleName=ADMINISTRATION_ROLE)
        except iam.exceptions.NoSuchEntityException:
            eye.problem(
                f"self-managed stack sets want the role {ADMINISTRATION_ROLE} in account {hub.account}",
                "make it, and AWSCloudFormationStackSetExecutionRole in every member: AWS has templates for both",
            )
        return
    client = eye.members.client("cloudformation", hub.region)
    call_as = eye.desired.members.call_as
    try:
        status = client.describe_organizations_access(CallAs=call_as)["Status"]
    except ClientError as error:
        # AWS answers a caller that is no delegate with ValidationError.
        if call_as == "SELF" or error.response["Error"]["Code"] != "ValidationError":
            raise
        eye.problem(
            f"account {hub.account} is no delegated administrator of stack sets",
            f"{DELEGATE.format(account=hub.account)}; or organization: {{stack_sets: management}}",
        )
        return
    if status != "ENABLED":
        eye.problem("stack sets have no trusted access to the organization", TRUSTED_ACCESS)


def _regions(eye: _Look) -> None:
    """Those that packages of members have to lie in; only AWS's own partition has Regions that are off at first.

    https://docs.aws.amazon.com/accounts/latest/reference/API_GetRegionOptStatus.html
    """
    hub = eye.desired.hub
    for region in eye.desired.asset_regions[1:] if partition_of(hub.region) == "aws" else ():
        status = eye.client("account").get_region_opt_status(RegionName=region)["RegionOptStatus"]
        if status not in ("ENABLED", "ENABLED_BY_DEFAULT"):
            eye.report.closed |= {region}
            eye.problem(
                f"{region} is {status.lower()} in account {hub.account}, and functions of members need a bucket there",
                ENABLE.format(region=region),
            )


def _log_policies(eye: _Look) -> None:
    """Ten in an account and Region."""
    most = 10
    desired = {str(one["Properties"].get("PolicyName")) for one in eye.of_type("AWS::Logs::ResourcePolicy").values()}
    pages = eye.client("logs").get_paginator("describe_resource_policies").paginate()
    there = {one["policyName"] for page in pages for one in page.get("resourcePolicies", [])}
    if len(there | desired) > most and desired - there:
        eye.problem(
            f"account {eye.desired.hub.account} has {len(there)} log resource policies of at most {most}",
            f"delete one of {', '.join(sorted(there))}",
        )


def _api_logs(eye: _Look) -> None:
    if api_logs.has_stage(eye.template):
        role = eye.client("apigateway").get_account().get("cloudwatchRoleArn", "")
        found = api_logs.conflict(role, eye.template, eye.owned)
        if found:
            eye.problem(*found)


def _names(eye: _Look, kind: str) -> None:
    named = NAME_LOOKUPS[kind]
    for logical_id, name in _given(eye, kind, named.key):
        ours = name in eye.owned or any(one.endswith(f"/{name}") for one in eye.owned)
        if ours or not named.exists(eye.client(named.service), name):
            continue
        hint = "delete it or have it renamed: CloudFormation makes no second one"
        if kind == LOG_GROUP and eye.of_type(kind)[logical_id]["Properties"][named.key] == name:
            found = adoption(eye.client(named.service), logical_id, name)
            if found and found.kind != STANDARD:
                hint = f"delete it or have it renamed: it is of the class {found.kind} for ever"
            elif found and eye.adopt:
                eye.report.adopted += (found,)
                continue
            else:
                hint += "; or take it over, with its lines: --adopt"
        eye.problem(
            f"there is a {kind} called {name} already, and it is not of {eye.desired.hub.name} ({logical_id})", hint
        )


def _given(eye: _Look, kind: str, key: str) -> Iterator[tuple[str, str]]:
    for logical_id, made in eye.of_type(kind).items():
        name = plain(made.get("Properties", {}).get(key), eye.desired.hub.account, eye.desired.hub.region)
        if name:
            yield logical_id, name
