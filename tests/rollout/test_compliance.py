"""Tag compliance rolled out to two Regions, and taken away again.

The stand-in deletes a stack's resources in CloudFormation's order, and has the custom resource's own code empty the
bucket; that the code runs in Lambda and answers CloudFormation, it does not show.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.scheduler.models import scheduler_backends
from moto.sqs.models import sqs_backends

from tests.rollout.team import REGIONS, Team
from tests.rollout.test_asset_buckets import BUCKETS, gone, keys, succeeds

CHECKED = f"compliance: {{}}\nregions: [{', '.join(REGIONS)}]"
EMPTIED = "ComplianceBucketContents"
# What Organizations makes in every account.
MANAGERS = "OrganizationAccountAccessRole"


def left(team: Team) -> dict[str, list[str]]:
    """Names of what the members have of tag compliance, in every account and Region."""
    found: dict[str, list[str]] = {}
    for account in team.accounts.values():
        for region in REGIONS:
            named = {
                "functions": [one.function_name for one in lambda_backends[account][region].list_functions()],
                "mappings": [
                    one.uuid for one in lambda_backends[account][region].list_event_source_mappings(None, None)
                ],
                "queues": list(sqs_backends[account][region].queues),
                "schedules": [
                    name
                    for group in scheduler_backends[account][region].schedule_groups.values()
                    for name in group.schedules
                ],
                "tables": list(dynamodb_backends[account][region].tables),
            }
            for kind, names in named.items():
                found.setdefault(kind, []).extend(name for name in names)
        found.setdefault("buckets", []).extend(s3_backends[account]["aws"].buckets)
        roles = (role.name for role in iam_backends[account]["aws"].roles.values())
        found.setdefault("roles", []).extend(name for name in roles if name != MANAGERS)
    return found


def test_every_account_and_region_has_its_checker_and_destroy_leaves_nothing(team: Team) -> None:
    team.write(CHECKED)
    team.front.seen.clear()
    succeeds(team, "deploy", "--yes")
    (key,) = (key for key in keys(team, REGIONS[1], "functions/") if "compliance" in key)
    for region in REGIONS:
        assert key in keys(team, region, "functions/")
        assert team.front.seen.index(f"PUT /{BUCKETS[region]}/{key}") < team.front.seen.index("CreateStackSet")
    there = left(team)
    places = len(team.accounts) * len(REGIONS)
    assert there["functions"] == ["tag-compliance-checker-prod"] * places
    assert len(there["mappings"]) == 2 * places
    assert (
        there["schedules"].count("tag-compliance-scan-prod") == there["tables"].count("tag-compliance-prod") == places
    )
    assert sorted(name for name in there["buckets"] if name.startswith("compliance-logs-prod-")) == sorted(
        f"compliance-logs-prod-{account}-{region}" for account in team.accounts.values() for region in REGIONS
    )
    for region in REGIONS:
        assert there["roles"].count(f"tag-compliance-checker-role-{region}-prod") == len(team.accounts)
    assert team.run("deploy", "--plan").code == 0
    for bucket in there["buckets"]:
        record(team, bucket)
    succeeds(team, "destroy", "--yes")
    gone(team)
    assert {kind: names for kind, names in left(team).items() if names} == {}


def record(team: Team, bucket: str) -> None:
    """Something that the checker wrote; a bucket with it cannot be deleted."""
    account = bucket.removeprefix("compliance-logs-prod-")[:12]
    s3_backends[account]["aws"].put_object(bucket, "scans/2026-11-29/i-1-1790000000000.json", b"{}")


def test_without_what_empties_it_a_bucket_with_records_keeps_its_stack(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in refuses it as CloudFormation does, or the test above would show nothing."""
    from generator.blueprints import compliance

    real = compliance.resources

    def without_it(*given: Any) -> Iterator[Any]:
        for part in real(*given):
            if part.title != EMPTIED:
                part.resource.pop("DependsOn", None)
                yield part

    with monkeypatch.context() as patch:
        patch.setattr(compliance, "resources", without_it)
        # A text of its own: a team builds each text once.
        team.write(f"{CHECKED}\ntags: {{without: emptier}}")
        succeeds(team, "deploy", "--yes")
    for bucket in left(team)["buckets"]:
        record(team, bucket)
    assert team.run("destroy", "--yes").code == 3
    assert left(team)["buckets"]


def test_the_policy_of_a_deployer_has_what_the_hub_needs_for_it(team: Team) -> None:
    team.write(CHECKED)
    printed = json.loads(succeeds(team, "policy", "-e", "prod").partition("\nnot run")[0])
    allowed = {
        action for policy in printed.values() for statement in policy["Statement"] for action in statement["Action"]
    }
    assert {"cloudwatch:PutInsightRule", "cloudwatch:PutDashboard", "events:PutPermission", "events:PutRule"} <= allowed
    buckets = [resource for policy in printed.values() for one in policy["Statement"] for resource in one["Resource"]]
    for region in REGIONS:
        assert f"arn:aws:s3:::{BUCKETS[region]}" in buckets


def test_the_manifest_names_what_is_there(team: Team) -> None:
    team.write(CHECKED)
    succeeds(team, "deploy", "--yes")
    said = yaml.safe_load((team.folder / "out/prod/manifest.yaml").read_text())["compliance"]
    there = left(team)
    assert {said["queue"], said["dead_letters"]} <= set(there["queues"])
    assert said["table"] in there["tables"]
    for region in REGIONS:
        assert said["operator_role"].format(region=region) in there["roles"]
