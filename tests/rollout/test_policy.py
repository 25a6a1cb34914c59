"""The policy of whoever deploys: it allows what is called, and nothing that is not."""

from __future__ import annotations

import json
from typing import Any

import botocore.client
import pytest

from generator.render.deployer_policy import POLICY_LIMIT, documents
from generator.rollout.deploy.permissions import TAGS
from tests.rollout.team import Team

# Operations whose action has another name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
RENAMED = {
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
}
PREFIXES = {"resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}


def allowed(team: Team) -> set[str]:
    """The actions of the policy's own part: what CloudFormation does is told by a condition."""
    said = team.run("policy")
    assert said.code == 0, said.err
    documents = json.loads(said.out)
    return {
        action
        for document in documents.values()
        for statement in document["Statement"]
        if "Condition" not in statement
        for action in statement["Action"]
    }


def called(patch: pytest.MonkeyPatch) -> set[str]:
    """Fills itself with what is called from here on."""
    found: set[str] = set()
    real = botocore.client.BaseClient._make_api_call

    def call(self: Any, operation: str, arguments: Any) -> Any:
        service = self.meta.service_model.service_name
        action = f"{PREFIXES.get(service, service)}:{operation}"
        found.update(RENAMED.get(action, (action,)))
        return real(self, operation, arguments)

    patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return found


STRICTER = 'alarms: {errors: {threshold: "> 9", overrides: [{where: {account: beta}, threshold: "> 1"}]}}'


def everything(team: Team) -> None:
    """A whole life: made, changed, asked and declined, protected, and gone."""
    for change in ("", STRICTER, "rollout: {termination_protection: true}", ""):
        team.write(change)
        assert team.run("deploy", answers="n\n").code == 1
        done = team.run("deploy", "--yes")
        assert done.code == 0, done.err
    assert team.run("destroy", "--yes").code == 0


def test_what_is_called_is_allowed_and_nothing_else(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = allowed(team)
    found = called(monkeypatch)
    everything(team)
    assert found - mine == set()
    # Accounts are listed where more than a few join.
    assert mine - found == {*TAGS, "organizations:ListAccounts"}


def test_self_managed_stack_sets_hand_on_their_role_and_leave_the_organization_alone(team: Team) -> None:
    organization = team.client("organizations").describe_organization()["Organization"]["Id"]
    before = allowed(team)
    team.write(f"organization: {{id: {organization}, stack_sets: self-managed}}")
    assert allowed(team) ^ before == {
        "iam:PassRole",
        "cloudformation:DescribeOrganizationsAccess",
        "organizations:ListRoots",
    }


def test_each_document_fits_into_a_managed_policy(team: Team) -> None:
    for document in json.loads(team.run("policy").out).values():
        assert len(json.dumps(document, separators=(",", ":"))) <= POLICY_LIMIT
        sids = [statement["Sid"] for statement in document["Statement"]]
        assert all(sid.isalnum() for sid in sids)
        assert len(sids) == len(set(sids))


def test_a_statement_about_many_stacks_is_several_about_some() -> None:
    """Two ARNs for each stack set: some 36 sets fill a managed policy alone."""
    arns = [f"arn:aws:cloudformation:us-east-1:*:stackset/observability-members-{n}-prod:*" for n in range(400)]
    whole = {"Sid": "StackSet", "Effect": "Allow", "Action": ["cloudformation:DescribeStackSet"], "Resource": arns}
    made = documents([{**whole, "Sid": "Look", "Resource": ["*"]}, whole])
    assert all(len(json.dumps(one, separators=(",", ":"))) <= POLICY_LIMIT for one in made)
    pieces = [one for document in made for one in document["Statement"]]
    assert [one["Sid"] for one in pieces] == ["Look", "StackSet", *(f"StackSet{n}" for n in range(2, len(pieces)))]
    assert [arn for one in pieces[1:] for arn in one["Resource"]] == arns


def test_what_cloudformation_does_is_allowed_through_cloudformation_only(team: Team) -> None:
    documents = json.loads(team.run("policy").out).values()
    wide = [s for document in documents for s in document["Statement"] if s["Resource"] == "*" and s["Sid"] != "Look"]
    assert {s["Condition"]["ForAnyValue:StringEquals"]["aws:CalledVia"][0] for s in wide} == {
        "cloudformation.amazonaws.com"
    }
    (roles,) = [s for document in documents for s in document["Statement"] if s["Sid"] == "Roles"]
    assert all(":role/" in arn and arn.endswith("-prod") for arn in roles["Resource"])


def test_the_first_alarm_that_opens_opsitems_makes_a_role(team: Team) -> None:
    assert "iam:CreateServiceLinkedRole" not in team.run("policy").out
    team.write(
        "alarms: {all: {in: hub, metric: {filter: errors}, statistic: Sum, threshold: '> 5', actions: [opsitem]}}"
    )
    (statement,) = [
        s for d in json.loads(team.run("policy").out).values() for s in d["Statement"] if s["Sid"] == "OpsItems"
    ]
    assert statement["Action"] == ["iam:CreateServiceLinkedRole"]
    assert statement["Resource"][0].endswith(":role/aws-service-role/ssm.alarms.cloudwatch.amazonaws.com/*")


def test_a_part_that_is_not_there(team: Team) -> None:
    said = team.run("policy", "--part", "9")
    assert (said.code, said.err) == (2, "Error: there is no part 9\n  = help: 1 to 3\n")
    assert json.loads(team.run("policy", "--part", "1").out)["Version"] == "2012-10-17"
