"""What would make a rollout fail, looked at before anything is made and told together.

What may not be looked at is said, and stops nobody: a deployer that can deploy need not be able to read everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.aws.pseudo import plain
from generator.rollout.aws import Aws
from generator.rollout.permissions import ADMINISTRATION_ROLE, statements
from generator.rollout.taken import NAMED
from generator.rollout.wanted import Wanted

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-activate-trusted-access.html
TRUSTED_ACCESS = "CloudFormation > StackSets > Activate trusted access, in the management account"
DELEGATE = (
    "in the management account: aws organizations register-delegated-administrator --account-id {account}"
    " --service-principal member.org.stacksets.cloudformation.amazonaws.com"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the way. hint: what to do about it."""

    message: str
    hint: str


@dataclass(slots=True)
class Outlook:
    """What was found. unseen: what could not be looked at. suspended: ids of accounts that nothing reaches."""

    problems: list[Problem] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    suspended: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Look:
    wanted: Wanted
    hub: Aws
    members: Aws
    outlook: Outlook

    def client(self, service: str) -> Any:
        return self.hub.client(service, self.wanted.hub.region)

    def problem(self, message: str, hint: str) -> None:
        self.outlook.problems.append(Problem(message, hint))


def look(wanted: Wanted, hub: Aws, members: Aws, template: Mapping[str, Any], owned: frozenset[str]) -> Outlook:
    """Everything that is in the way. template: the hub's; owned: physical ids that the hub's stack has already."""
    from botocore.exceptions import ClientError

    eye = _Look(wanted, hub, members, Outlook())
    looks: tuple[tuple[str, Callable[[], None]], ...] = (
        ("the organization", lambda: _organization(eye)),
        ("what the caller may do", lambda: _permissions(eye, template)),
        ("its accounts", lambda: _accounts(eye)),
        ("access of stack sets to it", lambda: _stack_sets(eye)),
        ("sinks", lambda: _sinks(eye, template, owned)),
        ("log resource policies", lambda: _log_policies(eye, template)),
        ("the quota of roles", lambda: _roles(eye, template, owned)),
        ("the quota of stacks", lambda: _stacks(eye, owned)),
        *((f"the names of {kind}", lambda kind=kind: _names(eye, template, owned, kind)) for kind in sorted(NAMED)),
    )
    for what, one in looks:
        try:
            one()
        except ClientError as error:
            eye.outlook.unseen.append(f"{what} ({error.response['Error']['Code']} of {error.operation_name})")
    return eye.outlook


def _organization(eye: _Look) -> None:
    found = eye.client("organizations").describe_organization()["Organization"]
    if found["Id"] != eye.wanted.organization:
        eye.problem(
            f"the hub is in organization {found['Id']}, the spec says {eye.wanted.organization}",
            f"organization: {{id: {found['Id']}}}, or the credentials of another hub",
        )
    if eye.wanted.members.managed and found["MasterAccountId"] in eye.wanted.members.names:
        name = eye.wanted.members.names[found["MasterAccountId"]]
        eye.problem(
            f"{name} is the management account, into which service-managed stack sets deploy nothing",
            f"remove {name} from accounts, or stack_sets: self-managed",
        )


def _permissions(eye: _Look, template: Mapping[str, Any]) -> None:
    """As IAM simulates it, which is not the last word: conditions and other accounts' policies it does not know.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    arn = str(eye.client("sts").get_caller_identity()["Arn"])
    partition, (kind, *rest) = arn.split(":")[1], arn.split(":")[5].split("/")
    if kind == "assumed-role":
        # A session's ARN leaves out the path of its role.
        arn = str(eye.client("iam").get_role(RoleName=rest[0])["Role"]["Arn"])
    elif kind != "user":
        return
    denied = set()
    for one in statements(eye.wanted, template, partition):
        places = [place.replace("*", "x") for place in one["Resource"] if place != "*"]
        asked = {"PolicySourceArn": arn, "ActionNames": one["Action"], **({"ResourceArns": places} if places else {})}
        pages = eye.client("iam").get_paginator("simulate_principal_policy").paginate(**asked)
        denied |= {
            result["EvalActionName"]
            for page in pages
            for result in page["EvaluationResults"]
            if result["EvalDecision"] != "allowed" and not result.get("MissingContextValues")
        }
    if denied:
        eye.outlook.notes.append(
            f"IAM thinks that {arn} may not {', '.join(sorted(denied))}; `obsgen policy` prints what is needed"
        )


def _accounts(eye: _Look) -> None:
    pages = eye.client("organizations").get_paginator("list_accounts").paginate()
    states = {one["Id"]: one.get("State") or one["Status"] for page in pages for one in page["Accounts"]}
    names = eye.wanted.members.names
    strangers = sorted(f"{name} ({account})" for account, name in names.items() if account not in states)
    if strangers and eye.wanted.members.managed:
        eye.problem(f"not in the organization: {', '.join(strangers)}", "mend their ids, or remove them from accounts")
    asleep = {account for account, name in names.items() if states.get(account, "ACTIVE") != "ACTIVE"}
    eye.outlook.suspended = frozenset(asleep)
    for account in sorted(asleep):
        eye.outlook.notes.append(
            f"{names[account]} ({account}) is {states[account].lower()}: nothing is deployed to it"
        )


def _stack_sets(eye: _Look) -> None:
    """Who may run stack sets: a delegate, the management account, or a role that somebody made."""
    from botocore.exceptions import ClientError

    hub = eye.wanted.hub
    if not eye.wanted.members.managed:
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
    call_as = eye.wanted.members.call_as
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


def _of_type(template: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    return {key: made for key, made in template["Resources"].items() if made["Type"] == kind}


def _sinks(eye: _Look, template: Mapping[str, Any], owned: frozenset[str]) -> None:
    """One sink an account and Region; somebody else's cannot be replaced."""
    if not _of_type(template, "AWS::Oam::Sink"):
        return
    for sink in eye.client("oam").list_sinks().get("Items", []):
        if not owned & {sink["Arn"], sink["Id"], sink["Name"]}:
            eye.problem(
                f"account {eye.wanted.hub.account} has a sink already in {eye.wanted.hub.region}: {sink['Name']}",
                "an account has one sink in a Region: delete it, or let another environment own it (access.owned_by)",
            )


def _log_policies(eye: _Look, template: Mapping[str, Any]) -> None:
    """Ten in an account and Region."""
    most = 10
    wanted = {
        str(one["Properties"].get("PolicyName")) for one in _of_type(template, "AWS::Logs::ResourcePolicy").values()
    }
    pages = eye.client("logs").get_paginator("describe_resource_policies").paginate()
    there = {one["policyName"] for page in pages for one in page["resourcePolicies"]}
    if len(there | wanted) > most and wanted - there:
        eye.problem(
            f"account {eye.wanted.hub.account} has {len(there)} log resource policies of at most {most}",
            f"delete one of {', '.join(sorted(there))}",
        )


def _roles(eye: _Look, template: Mapping[str, Any], owned: frozenset[str]) -> None:
    summary = eye.client("iam").get_account_summary()["SummaryMap"]
    wanted = 0 if owned else len(_of_type(template, "AWS::IAM::Role"))
    if summary.get("Roles", 0) + wanted > summary.get("RolesQuota", float("inf")):
        eye.problem(
            f"{wanted} roles are wanted; account {eye.wanted.hub.account} has {summary['Roles']}"
            f" of {summary['RolesQuota']}",
            "have the quota raised: Service Quotas > IAM > Roles per account",
        )


def _stacks(eye: _Look, owned: frozenset[str]) -> None:
    if owned:
        return
    client = eye.client("cloudformation")
    limits = {one["Name"]: one["Value"] for one in client.describe_account_limits()["AccountLimits"]}
    pages = client.get_paginator("list_stacks").paginate()
    there = sum(one["StackStatus"] != "DELETE_COMPLETE" for page in pages for one in page["StackSummaries"])
    wanted = 2  # the hub's, and the bucket's
    if there + wanted > limits.get("StackLimit", float("inf")):
        eye.problem(
            f"account {eye.wanted.hub.account} has {there} stacks of at most {limits['StackLimit']}",
            "have the quota raised: Service Quotas > CloudFormation > Stack count",
        )


def _names(eye: _Look, template: Mapping[str, Any], owned: frozenset[str], kind: str) -> None:
    named = NAMED[kind]
    for logical_id, name in _given(eye.wanted, template, kind, named.key):
        ours = name in owned or any(one.endswith(f"/{name}") for one in owned)
        if not ours and named.there(eye.client(named.service), name):
            eye.problem(
                f"there is a {kind} called {name} already, and it is not of {eye.wanted.hub.name} ({logical_id})",
                "delete it or have it renamed: CloudFormation makes no second one",
            )


def _given(wanted: Wanted, template: Mapping[str, Any], kind: str, key: str) -> Iterator[tuple[str, str]]:
    for logical_id, made in _of_type(template, kind).items():
        name = plain(made.get("Properties", {}).get(key), wanted.hub.account, wanted.hub.region)
        if name:
            yield logical_id, name
