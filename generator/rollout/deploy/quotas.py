"""Whether what a rollout makes fits into what AWS lets the accounts have, and how many stack sets go side by side.

What an account has already is counted, and what the rollout adds. A quota that cannot be read is taken to be AWS's
default. Alarms and dashboards are not counted, for CloudWatch has no quota of them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from generator.aws.policy_sizes import size_of
from generator.aws.pseudo import plain
from generator.rollout.aws import service_quotas
from generator.rollout.aws.clients import Aws
from generator.rollout.aws.operations import ActualStackSet
from generator.rollout.aws.service_quotas import INSIGHT_RULES, INSTANCES, OPERATIONS, STACK_SETS, Quota, Quotas
from generator.rollout.deploy.deployed import sets_at, stack_names
from generator.rollout.deploy.desired import DesiredStackSet, DesiredState
from generator.rollout.deploy.preflight_report import PreflightProblem, PreflightReport, run_check

RULE, ROLE, POLICY = "AWS::CloudWatch::InsightRule", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
BUCKET_STACKS = 1


@dataclass(slots=True)
class _Room:
    """template: what the hub has, whole. owned: physical ids of it. new_stacks: of the hub. sets: as they are seen.

    limits: quotas of the stack sets, of the account that has these, and of the hub.
    """

    desired: DesiredState
    hub: Aws
    members: Aws
    template: Mapping[str, Any]
    owned: frozenset[str]
    new_stacks: int
    sets: Sequence[ActualStackSet | None]
    limits: Quotas
    report: PreflightReport = field(default_factory=PreflightReport)

    def client(self, service: str) -> Any:
        return self.hub.client(service, self.desired.hub.region)

    def problem(self, message: str, hint: str) -> None:
        self.report.problems.append(PreflightProblem(message, hint))

    def new(self, kind: str, name_key: str) -> dict[str, Mapping[str, Any]]:
        """Resources of a type that the hub's stacks do not have yet, by name or logical id."""
        hub = self.desired.hub
        made = {key: one["Properties"] for key, one in self.template["Resources"].items() if one["Type"] == kind}
        named = {plain(one.get(name_key), hub.account, hub.region) or key: one for key, one in made.items()}
        ours = {one.rpartition("/")[2] for one in self.owned}
        return {name: one for name, one in named.items() if name not in ours}


def run_checks(
    desired: DesiredState,
    hub: Aws,
    members: Aws,
    template: Mapping[str, Any],
    owned: frozenset[str],
    new_stacks: int,
    sets: Sequence[ActualStackSet | None],
) -> PreflightReport:
    """What does not fit, and how many stack sets may go side by side; what is given is as in _Room."""
    limits = _limits(desired, hub, members, template)
    looks: list[tuple[str, Callable[[_Room], None]]] = [
        ("the quota of stacks", _stacks),
        ("the quota of stack sets", _stack_sets),
        ("the quotas of IAM", _iam),
        ("the quota of Contributor Insights rules", _insight_rules),
    ]
    with ThreadPoolExecutor() as pool:
        begun = [
            pool.submit(run_check, what, one, _Room(desired, hub, members, template, owned, new_stacks, sets, limits))
            for what, one in looks
        ]
        found = [one.result() for one in begun]
    at_once, notes = _side_by_side(desired, sets, limits)
    return PreflightReport(
        problems=[*(problem for one in found for problem in one.problems), *_instances(desired, sets, limits)],
        skipped=[skipped for one in found for skipped in one.skipped],
        notes=[*(note for one in found for note in one.notes), *limits.notes, *notes],
        sets_at_once=at_once,
    )


def operations_of(members: DesiredStackSet, accounts: int) -> int:
    """How many stacks one operation of a set works on at the same time, at most. accounts: that it reaches."""
    asked = dict(members.preferences)
    if "MaxConcurrentPercentage" in asked:
        # AWS rounds down, and takes one where that is none.
        some = max(1, accounts * int(asked["MaxConcurrentPercentage"]) // 100)
    else:
        some = min(max(1, accounts), int(asked.get("MaxConcurrentCount", 1)))
    return some * (len(members.regions) if asked.get("RegionConcurrencyType") == "PARALLEL" else 1)


def _limits(desired: DesiredState, hub: Aws, members: Aws, template: Mapping[str, Any]) -> Quotas:
    """The stack sets' quotas are those of the account that administers them, the others the hub's."""
    region = desired.hub.region
    ours: list[Quota] = [INSIGHT_RULES] if any(one["Type"] == RULE for one in template["Resources"].values()) else []
    of_sets = [STACK_SETS, INSTANCES, OPERATIONS]
    if members is hub:
        return service_quotas.read(hub.client("service-quotas", region), [*of_sets, *ours])
    theirs = service_quotas.read(members.client("service-quotas", region), of_sets)
    mine = service_quotas.read(hub.client("service-quotas", region), ours)
    return Quotas({**theirs.values, **mine.values}, {**theirs.unread, **mine.unread})


def _stacks(room: _Room) -> None:
    if not room.new_stacks:
        return
    client = room.client("cloudformation")
    limits = {one["Name"]: one["Value"] for one in client.describe_account_limits()["AccountLimits"]}
    there = sum(1 for _ in stack_names(client))
    if there + room.new_stacks > limits.get("StackLimit", float("inf")):
        room.problem(
            f"account {room.desired.hub.account} has {there} stacks of at most {limits['StackLimit']}",
            "have the quota raised: Service Quotas > CloudFormation > Stack count",
        )


def _stack_sets(room: _Room) -> None:
    new = sum(one is None for one in room.sets)
    if not new:
        return
    client = room.members.client("cloudformation", room.desired.hub.region)
    there, most = sum(1 for _ in sets_at(client, room.desired)), room.limits.of(STACK_SETS)
    if there + new > most:
        room.problem(
            f"{new} stack sets are wanted; there are {there} of at most {most:,}",
            f"have the quota raised: Service Quotas > CloudFormation > {STACK_SETS.name}",
        )


def _instances(desired: DesiredState, sets: Sequence[ActualStackSet | None], limits: Quotas) -> list[PreflightProblem]:
    """Each set has a stack in each Region of each account."""
    most = limits.of(INSTANCES)
    there = max((len(one.instances) for one in sets if one), default=0)
    count = max(there, sum(len(desired.members.regions_of(account)) for account in desired.members.names))
    if count <= most:
        return []
    hint = f"have the quota raised: Service Quotas > CloudFormation > {INSTANCES.name}"
    return [PreflightProblem(f"a stack set would have {count:,} stacks of at most {most:,}", hint)]


def _side_by_side(
    desired: DesiredState, sets: Sequence[ActualStackSet | None], limits: Quotas
) -> tuple[int, list[str]]:
    seen = {one.account for each in sets for one in (each.instances if each else ())}
    each = operations_of(desired.members, max(len(desired.members.names), len(seen)))
    most = limits.of(OPERATIONS)
    at_once = max(1, most // each)
    if at_once >= len(desired.further_sets):
        return at_once, []
    note = (
        f"stack sets go {at_once} at a time: an operation works on {each:,} stacks at once, and AWS on {most:,} of all"
    )
    return at_once, [note]


def _iam(room: _Room) -> None:
    """Roles and policies of the account; and of each role its policies and its trust. These two are notes: whether
    IAM reports them as they were raised is not documented, and sizes are those of the longest names.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
    """
    summary = room.client("iam").get_account_summary()["SummaryMap"]
    account, unbounded = room.desired.hub.account, float("inf")
    for kind, key, count, quota, words in (
        (ROLE, "RoleName", "Roles", "RolesQuota", "Roles per account"),
        (POLICY, "ManagedPolicyName", "Policies", "PoliciesQuota", "Customer managed policies per account"),
    ):
        new = len(room.new(kind, key))
        if new and summary.get(count, 0) + new > summary.get(quota, unbounded):
            room.problem(
                f"{new} {count.lower()} are wanted; account {account} has {summary.get(count, 0)} of {summary[quota]}",
                f"have the quota raised: Service Quotas > IAM > {words}",
            )
    resources = room.template["Resources"]
    for logical_id, one in resources.items():
        if one["Type"] != ROLE:
            continue
        attached = len(one["Properties"].get("ManagedPolicyArns", ())) + sum(
            {"Ref": logical_id} in other["Properties"].get("Roles", ())
            for other in resources.values()
            if other["Type"] == POLICY
        )
        most = summary.get("AttachedPoliciesPerRoleQuota", unbounded)
        if attached > most:
            room.report.notes.append(
                f"{logical_id} has {attached} managed policies; account {account} has at most {most} for a role, says"
                " IAM (Service Quotas > IAM > Managed policies per role)"
            )
        trust = size_of(one["Properties"]["AssumeRolePolicyDocument"], room.desired.hub.region)
        most = summary.get("AssumeRolePolicySizeQuota", unbounded)
        if trust > most:
            room.report.notes.append(
                f"the trust policy of {logical_id} has {trust:,} characters; account {account} takes {most:,}, says IAM"
                " (Service Quotas > IAM > Role trust policy length)"
            )


def _insight_rules(room: _Room) -> None:
    new = room.new(RULE, "RuleName")
    if not new:
        return
    there = set(_insight_rules_at(room.client("cloudwatch")))
    most = room.limits.of(INSIGHT_RULES)
    if len(there | new.keys()) > most:
        room.problem(
            f"{len(new)} Contributor Insights rules are wanted; account {room.desired.hub.account} has {len(there)} of"
            f" at most {most} in {room.desired.hub.region}",
            f"have the quota raised: Service Quotas > CloudWatch > {INSIGHT_RULES.name}",
        )


def _insight_rules_at(client: Any) -> Iterator[str]:
    """The names of those that there are."""
    asked: dict[str, str] = {}
    while True:
        page = client.describe_insight_rules(**asked)
        yield from (one["Name"] for one in page.get("InsightRules", []))
        if not page.get("NextToken"):
            return
        asked["NextToken"] = page["NextToken"]
