"""Roles of large estates: as long as IAM takes them, with every resource they had, and no other."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from generator.aws.policy_sizes import INLINE_OF_A_ROLE, MANAGED, size_of
from generator.checks.check import Subject
from generator.checks.quota import q43_role_policies
from generator.findings import Severity
from generator.render.deployer_policy import statements
from tests.support import built, spec

GROUPS = "\n".join(
    f"  lg{n}: {{name: '/shop/some-fairly-long-team-name/component-number-{n:03}/{{environment}}'}}" for n in range(140)
)
FILTERS = "\n".join(
    f"  f{n}: {{log_group: lg{n}, pattern: '\"[ERROR]\"', metric: {{name: 'E{n}', namespace: Shop, default: 0}}}}"
    for n in range(140)
)
ALARMS = "\n".join(f"  a{n}: {{metric: {{filter: f{n}}}, statistic: Sum, threshold: '> 5'}}" for n in range(140))
JIRA = "channels: {desk: {type: jira, url: 'https://shop.atlassian.net', project: OPS, secret: shop/jira}}"
ROUTES = "routes: {critical: [desk], high: [desk], medium: [mail], low: [mail]}"
MANY_GROUPS = f"{JIRA}\n{ROUTES}\nlog_groups:\n{GROUPS}\nmetric_filters:\n{FILTERS}\nalarms:\n{ALARMS}"
MANY_ACCOUNTS = "accounts:\n" + "\n".join(f"  a{n}: {{id: '2{n:011}'}}" for n in range(180))
FILES = ("hub.template.yaml", "member.template.yaml")


def resources(change: str) -> dict[str, dict[str, Any]]:
    found = built(spec(change))
    assert found.artifacts, [f for f in found.findings if f.severity is Severity.ERROR]
    return {f"{file}:{key}": one for file in FILES for key, one in found.templates["prod"][file]["Resources"].items()}


def listed(change: str, action: str) -> list[str]:
    """Every resource that a role may do an action on, inline or by a managed policy."""
    documents: list[Any] = []
    for one in resources(change).values():
        if one["Type"] == "AWS::IAM::Role":
            documents += [each["PolicyDocument"] for each in one["Properties"].get("Policies", [])]
        if one["Type"] == "AWS::IAM::ManagedPolicy":
            documents.append(one["Properties"]["PolicyDocument"])
    return [
        str(resource)
        for document in documents
        for statement in document["Statement"]
        if action in statement["Action"]
        for resource in statement["Resource"]
    ]


@pytest.mark.parametrize("change", [MANY_GROUPS, MANY_ACCOUNTS], ids=["log groups", "accounts"])
def test_a_large_estate_has_roles_that_iam_takes(change: str) -> None:
    managed = 0
    for one in resources(change).values():
        if one["Type"] == "AWS::IAM::Role":
            policies = one["Properties"].get("Policies", [])
            assert sum(size_of(each["PolicyDocument"]) for each in policies) <= INLINE_OF_A_ROLE
        if one["Type"] == "AWS::IAM::ManagedPolicy":
            managed += 1
            assert size_of(one["Properties"]["PolicyDocument"]) <= MANAGED
    assert managed >= 2


def test_every_log_group_is_read_once_and_nothing_else() -> None:
    # Ours and 140 more, by MonitoringRole in members and by the two functions of the incidents in the hub.
    read = listed(MANY_GROUPS, "logs:FilterLogEvents")
    named = [one for one in read if "log-group:/shop/some-fairly-long-team-name" in one]
    assert len(set(named)) == 140 * 2
    assert set(Counter(named).values()) <= {1, 2}
    assert not [one for one in read if one.endswith("log-group:*")]


def test_every_account_is_assumed_once() -> None:
    assumed = listed(MANY_ACCOUNTS, "sts:AssumeRole")
    assert len(assumed) == len(set(assumed)) == 183


def test_a_small_estate_has_no_managed_policy() -> None:
    assert not [one for one in resources("").values() if one["Type"] == "AWS::IAM::ManagedPolicy"]


def test_the_policy_of_a_role_that_stands_in_one_region_stands_there_too() -> None:
    found = resources(f"regions: [us-east-1, eu-west-1]\n{MANY_GROUPS}")
    role = found["member.template.yaml:MonitoringRole"]
    more = [one for key, one in found.items() if key.startswith("member.template.yaml:MonitoringRolePolicy")]
    assert more
    assert {one["Condition"] for one in more} == {role["Condition"]}


def test_the_deployer_may_make_them() -> None:
    template = built(spec(MANY_ACCOUNTS)).templates["prod"]["hub.template.yaml"]
    (roles,) = [one for one in statements([template], "111111111111", "us-east-1", "aws") if one["Sid"] == "Roles"]
    assert "arn:aws:iam::111111111111:policy/monitoring-reader-role-policy-1-prod" in roles["Resource"]
    assert "iam:CreatePolicy" in roles["Action"]


@pytest.mark.parametrize(("readers", "severity"), [(20, None), (45, Severity.WARNING), (80, Severity.ERROR)])
def test_readers_are_counted_by_the_length_of_the_trust_policy(readers: int, severity: Severity | None) -> None:
    names = ", ".join(f"readers-of-the-team-{number}" for number in range(readers))
    found = built(spec(f"access: {{readers: [{names}]}}")).findings
    assert {f.severity for f in found if f.code == "Q43"} == ({severity} if severity else set())


@pytest.mark.parametrize(
    ("count", "severity"),
    [(5, None), (8, Severity.WARNING), (11, Severity.WARNING), (20, Severity.WARNING), (21, Severity.ERROR)],
)
def test_managed_policies_are_counted_up_to_what_iam_raises_them_to(count: int, severity: Severity | None) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: ten, and twenty on request."""
    document = {"Version": "2012-10-17", "Statement": []}
    more = {
        f"RolePolicy{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": document, "Roles": [{"Ref": "Role"}]},
        }
        for number in range(count)
    }
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}}
    subject = Subject(built(spec()).estates["prod"], {"hub.template.yaml": {"Resources": {"Role": role, **more}}})
    found = list(q43_role_policies.check(subject))
    assert {one.severity for one in found} == ({severity} if severity else set())
    assert ("`Managed policies per role` is raised" in "".join(one.message for one in found)) is (10 < count <= 20)
