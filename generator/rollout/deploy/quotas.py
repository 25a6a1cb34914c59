"""Quotas of the accounts for the resources of a rollout, and the number of stack sets that run side by side.

What an account has already is counted, and what the rollout adds. A quota that cannot be read is assumed to be AWS's
default. Alarms and dashboards are not counted, for CloudWatch has no quota of them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
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
class _QuotaContext:
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
        properties = {
            key: resource["Properties"]
            for key, resource in self.template["Resources"].items()
            if resource["Type"] == kind
        }
        by_name = {
            plain(resource.get(name_key), hub.account, hub.region) or key: resource
            for key, resource in properties.items()
        }
        ours = {physical_id.rpartition("/")[2] for physical_id in self.owned}
        return {name: resource for name, resource in by_name.items() if name not in ours}


def run_checks(
    desired: DesiredState,
    hub: Aws,
    members: Aws,
    template: Mapping[str, Any],
    owned: frozenset[str],
    new_stacks: int,
    sets: Sequence[ActualStackSet | None],
) -> PreflightReport:
    """The exceeded quotas, and how many stack sets may be deployed at once; parameters as in the context."""
    limits = _limits(desired, hub, members, template)
    context = _QuotaContext(desired, hub, members, template, owned, new_stacks, sets, limits)
    with ThreadPoolExecutor() as pool:
        futures = [
            pool.submit(run_check, subject, check, replace(context, report=PreflightReport()))
            for subject, check in _CHECKS
        ]
        results = [future.result() for future in futures]
    at_once, notes = _side_by_side(desired, sets, limits)
    return PreflightReport(
        problems=[*(problem for result in results for problem in result.problems), *_instances(desired, sets, limits)],
        skipped=[skipped for result in results for skipped in result.skipped],
        notes=[*(note for result in results for note in result.notes), *limits.notes, *notes],
        sets_at_once=at_once,
    )


def operations_of(members: DesiredStackSet, accounts: int) -> int:
    """The most stacks that one operation of a set runs in at once. accounts: how many it reaches."""
    preferences = dict(members.preferences)
    if "MaxConcurrentPercentage" in preferences:
        # AWS rounds down, and uses 1 for 0.
        concurrent = max(1, accounts * int(preferences["MaxConcurrentPercentage"]) // 100)
    else:
        concurrent = min(max(1, accounts), int(preferences.get("MaxConcurrentCount", 1)))
    return concurrent * (len(members.regions) if preferences.get("RegionConcurrencyType") == "PARALLEL" else 1)


def _limits(desired: DesiredState, hub: Aws, members: Aws, template: Mapping[str, Any]) -> Quotas:
    """The stack sets' quotas are those of the account that administers them, the others the hub's."""
    region = desired.hub.region
    ours: list[Quota] = (
        [INSIGHT_RULES] if any(resource["Type"] == RULE for resource in template["Resources"].values()) else []
    )
    of_sets = [STACK_SETS, INSTANCES, OPERATIONS]
    if members is hub:
        return service_quotas.read(hub.client("service-quotas", region), [*of_sets, *ours])
    theirs = service_quotas.read(members.client("service-quotas", region), of_sets)
    hub_quotas = service_quotas.read(hub.client("service-quotas", region), ours)
    return Quotas({**theirs.values, **hub_quotas.values}, {**theirs.unread, **hub_quotas.unread})


def _stacks(context: _QuotaContext) -> None:
    if not context.new_stacks:
        return
    client = context.client("cloudformation")
    limits = {limit["Name"]: limit["Value"] for limit in client.describe_account_limits()["AccountLimits"]}
    existing = sum(1 for _ in stack_names(client))
    if existing + context.new_stacks > limits.get("StackLimit", float("inf")):
        context.problem(
            f"account {context.desired.hub.account} has {existing} stacks; its quota is {limits['StackLimit']}",
            "request a quota increase: Service Quotas > CloudFormation > Stack count",
        )


def _stack_sets(context: _QuotaContext) -> None:
    new = sum(actual_set is None for actual_set in context.sets)
    if not new:
        return
    client = context.members.client("cloudformation", context.desired.hub.region)
    existing, most = sum(1 for _ in sets_at(client, context.desired)), context.limits.of(STACK_SETS)
    if existing + new > most:
        context.problem(
            f"{new} new stack sets exceed the quota: {existing} of {most:,} exist",
            f"request a quota increase: Service Quotas > CloudFormation > {STACK_SETS.name}",
        )


def _instances(desired: DesiredState, sets: Sequence[ActualStackSet | None], limits: Quotas) -> list[PreflightProblem]:
    """Each set has a stack in each Region of each account."""
    most = limits.of(INSTANCES)
    existing = max((len(actual_set.instances) for actual_set in sets if actual_set), default=0)
    count = max(existing, sum(len(desired.members.regions_of(account)) for account in desired.members.names))
    if count <= most:
        return []
    hint = f"request a quota increase: Service Quotas > CloudFormation > {INSTANCES.name}"
    return [PreflightProblem(f"a stack set would have {count:,} stacks; the quota is {most:,}", hint)]


def _side_by_side(
    desired: DesiredState, sets: Sequence[ActualStackSet | None], limits: Quotas
) -> tuple[int, list[str]]:
    accounts = {instance.account for actual_set in sets for instance in (actual_set.instances if actual_set else ())}
    operations = operations_of(desired.members, max(len(desired.members.names), len(accounts)))
    most = limits.of(OPERATIONS)
    at_once = max(1, most // operations)
    if at_once >= len(desired.further_sets):
        return at_once, []
    note = (
        f"{at_once} stack sets are deployed at a time: one operation runs in up to {operations:,} stacks at once,"
        f" and the quota of all stack sets is {most:,}"
    )
    return at_once, [note]


def _iam(context: _QuotaContext) -> None:
    """Roles and policies of the account; and of each role its policies and its trust. These two are notes: whether
    IAM reports them as they were raised is not documented, and sizes are those of the longest names.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
    """
    summary = context.client("iam").get_account_summary()["SummaryMap"]
    account, unbounded = context.desired.hub.account, float("inf")
    for kind, key, count, quota, words in (
        (ROLE, "RoleName", "Roles", "RolesQuota", "Roles per account"),
        (POLICY, "ManagedPolicyName", "Policies", "PoliciesQuota", "Customer managed policies per account"),
    ):
        new = len(context.new(kind, key))
        if new and summary.get(count, 0) + new > summary.get(quota, unbounded):
            context.problem(
                f"{new} new {count.lower()} exceed the quota: account {account} has {summary.get(count, 0)} of"
                f" {summary[quota]}",
                f"request a quota increase: Service Quotas > IAM > {words}",
            )
    for logical_id, resource in context.template["Resources"].items():
        if resource["Type"] == ROLE:
            context.report.notes += _role_notes(context, logical_id, resource["Properties"], summary)


def _role_notes(
    context: _QuotaContext, logical_id: str, properties: Mapping[str, Any], summary: Mapping[str, int]
) -> Iterator[str]:
    """Notes on a role's managed policies and on its trust policy. summary: of the account's quotas."""
    account, unbounded = context.desired.hub.account, float("inf")
    attached = len(properties.get("ManagedPolicyArns", ())) + sum(
        {"Ref": logical_id} in policy["Properties"].get("Roles", ())
        for policy in context.template["Resources"].values()
        if policy["Type"] == POLICY
    )
    most = summary.get("AttachedPoliciesPerRoleQuota", unbounded)
    if attached > most:
        yield (
            f"{logical_id} has {attached} managed policies; the quota of account {account} is {most} for a role"
            " (Service Quotas > IAM > Managed policies per role)"
        )
    size = size_of(properties["AssumeRolePolicyDocument"], context.desired.hub.region)
    most = summary.get("AssumeRolePolicySizeQuota", unbounded)
    if size > most:
        yield (
            f"the trust policy of {logical_id} has {size:,} characters; the quota of account {account} is {most:,}"
            " (Service Quotas > IAM > Role trust policy length)"
        )


def _insight_rules(context: _QuotaContext) -> None:
    new = context.new(RULE, "RuleName")
    if not new:
        return
    existing = set(_insight_rules_at(context.client("cloudwatch")))
    most = context.limits.of(INSIGHT_RULES)
    if len(existing | new.keys()) > most:
        context.problem(
            f"{len(new)} new Contributor Insights rules exceed the quota: account {context.desired.hub.account} has"
            f" {len(existing)} of {most} in {context.desired.hub.region}",
            f"request a quota increase: Service Quotas > CloudWatch > {INSIGHT_RULES.name}",
        )


def _insight_rules_at(client: Any) -> Iterator[str]:
    """The names of those that there are."""
    params: dict[str, str] = {}
    while True:
        page = client.describe_insight_rules(**params)
        yield from (rule["Name"] for rule in page.get("InsightRules", []))
        if not page.get("NextToken"):
            return
        params["NextToken"] = page["NextToken"]


# Each check with its subject, as the plan lists it where AWS denies the call.
_CHECKS: tuple[tuple[str, Callable[[_QuotaContext], None]], ...] = (
    ("quota of stacks", _stacks),
    ("quota of stack sets", _stack_sets),
    ("quotas of IAM", _iam),
    ("quota of Contributor Insights rules", _insight_rules),
)
