"""Packages of members' functions: a bucket in each Region, there before anybody needs it, gone with the last who did.

The stand-in's Lambda takes code from S3 as AWS's does, and refuses to make a function whose package is not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import botocore.client
import pytest
import yaml
from moto.awslambda.models import lambda_backends

from generator import function_packages
from generator.blueprints import member
from generator.blueprints.kit import functions
from generator.blueprints.kit.concern import TemplateInputs
from generator.blueprints.kit.stack import Part
from generator.manifest import Asset
from generator.model.estate import Estate
from generator.packages import pack
from tests.rollout.front import Fault, refusal, s3_refusal
from tests.rollout.team import HUB, REGIONS, Team
from tests.rollout.test_killed import run_until
from tests.rollout.test_policy import RENAMED

HERE, THERE = REGIONS
BUCKETS = {region: f"obsgen-assets-{HUB}-{region}" for region in REGIONS}
BOTH, ONE = f"regions: [{HERE}, {THERE}]", f"regions: [{HERE}]"
FILES = {"handlers/probe/app.py": b"def handler(event, context):\n    return 0\n"}
DENIED = s3_refusal("AccessDenied", 403)


def probe(estate: Estate) -> tuple[Asset, bytes]:
    """A package that all members need."""
    return pack("probe", "handlers.probe.app.handler", "probe", FILES, regions=estate.regions)


def probe_parts(estate: Estate) -> Iterator[Part]:
    """The function of it."""
    asset, name = probe(estate)[0], estate.name("probe")
    yield functions.log_group("ProbeLogGroup", name, ())
    yield functions.role("ProbeRole", name, "probe", [], (), environment=estate.environment, in_members=True)
    yield functions.function("ProbeFunction", name, asset, (), bucket=functions.members_bucket(estate.hub.account))


_PACKED, _PARTS = function_packages.packed, member._parts


def packed_too(estate: Estate, files: Mapping[str, bytes]) -> tuple[tuple[Asset, bytes], ...]:
    return (*_PACKED(estate, files), probe(estate))


def parts_too(inputs: TemplateInputs) -> Iterator[Part]:
    yield from _PARTS(inputs)
    yield from probe_parts(inputs.estate)


@pytest.fixture(autouse=True)
def a_function_in_members(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every build of these tests has one, beside the hub's own."""
    monkeypatch.setattr(function_packages, "packed", packed_too)
    monkeypatch.setattr(member, "_parts", parts_too)


def deployed(team: Team, change: str = BOTH, *words: str) -> str:
    """Rolled out; what was said."""
    team.write(change)
    return succeeds(team, "deploy", "--yes", *words)


def succeeds(team: Team, *words: str) -> str:
    """What a command says that does what it is asked."""
    done = team.run(*words)
    assert done.code == 0, done.out + done.err
    return done.out + done.err


def buckets(team: Team) -> set[str]:
    """The names of those that there are."""
    return {one["Name"] for one in team.client("s3").list_buckets()["Buckets"]}


def keys(team: Team, region: str, prefix: str = "") -> list[str]:
    """What lies in the bucket of a Region."""
    listed = team.client("s3", region).list_objects_v2(Bucket=BUCKETS[region], Prefix=prefix)
    return [one["Key"] for one in listed.get("Contents", [])]


def probe_key(team: Team) -> str:
    """Where the package of the function lies."""
    (key,) = keys(team, THERE, "functions/")
    return key


def stack_of(team: Team, region: str) -> list[str]:
    """The buckets' stack in a Region, where there is one."""
    stacks = team.client("cloudformation", region).describe_stacks()["Stacks"]
    return [one["StackName"] for one in stacks if one["StackName"] == "obsgen-assets"]


def gone(team: Team) -> None:
    """Nothing is left anywhere."""
    assert team.state() == {"stacks": [], "sets": [], "instances": [], "keys": [], "bodies": []}
    assert buckets(team) == set()


def test_each_region_has_its_bucket_and_package_before_the_stack_set_refers_to_it(team: Team) -> None:
    team.write(BOTH)
    planned = team.run("deploy", "--plan")
    assert planned.code == 1, planned.err
    assert f"  Bucket for packages and templates in {HERE}: new\n  Bucket for packages in {THERE}: new\n" in planned.out
    uploads = [line.strip() for line in planned.out.splitlines() if "Upload" in line]
    assert [(line.split("/")[1], line.split(" to ")[1]) for line in uploads] == [
        ("incident", HERE),
        ("probe", f"{HERE}, {THERE}"),
        ("watch", HERE),
    ]
    team.front.seen.clear()
    succeeds(team, "deploy", "--yes")
    package = f"PUT /{BUCKETS[THERE]}/{probe_key(team)}"
    assert team.front.seen.index(package) < team.front.seen.index("CreateStackSet")
    for account in team.accounts.values():
        for region in REGIONS:
            assert [one.function_name for one in lambda_backends[account][region].list_functions()] == ["probe-prod"]
    assert team.run("deploy", "--plan").code == 0


def test_the_bucket_of_each_region_is_made_alike(team: Team) -> None:
    deployed(team)
    bodies = []
    for region in REGIONS:
        body = team.client("cloudformation", region).get_template(StackName="obsgen-assets")["TemplateBody"]
        bodies.append(json.loads(json.dumps(body).replace(region, "REGION")))
    assert bodies[0] == bodies[1]


def test_the_template_of_the_set_is_read_where_the_hub_is(team: Team) -> None:
    deployed(team)
    assert keys(team, THERE, "templates/") == []
    assert len(keys(team, HERE, "templates/")) == 2


def test_a_package_that_is_missing_in_one_region_is_found_and_laid_there_again(team: Team) -> None:
    deployed(team)
    key = probe_key(team)
    team.client("s3", THERE).delete_object(Bucket=BUCKETS[THERE], Key=key)
    said = team.run("status")
    assert said.code == 1
    assert f"  Missing: {BUCKETS[THERE]} has no {key}, the package of probe; `obsgen deploy`" in said.out
    planned = team.run("deploy", "--plan")
    assert planned.code == 1
    assert f"  Upload {key} to {THERE}\n" in planned.out
    succeeds(team, "deploy", "--yes")
    assert probe_key(team) == key
    assert "Missing" not in team.run("status").out


def test_a_bucket_that_somebody_deleted_is_found_and_made_anew(team: Team) -> None:
    deployed(team)
    s3 = team.client("s3", THERE)
    for one in s3.list_object_versions(Bucket=BUCKETS[THERE])["Versions"]:
        s3.delete_object(Bucket=BUCKETS[THERE], Key=one["Key"], VersionId=one["VersionId"])
    s3.delete_bucket(Bucket=BUCKETS[THERE])
    said = team.run("status", "--json")
    assert said.code == 1
    assert json.loads(said.out)["missing"] == [f"the bucket {BUCKETS[THERE]} does not exist"]
    assert f"  Bucket for packages in {THERE}: new\n" in team.run("deploy", "--plan").out
    succeeds(team, "deploy", "--yes")
    assert probe_key(team)
    assert team.run("deploy", "--plan").code == 0


def test_a_bucket_of_an_older_version_is_changed_where_it_is(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("generator.rollout.aws.bucket.OLD_VERSIONS_DAYS", 30)
        deployed(team)
    planned = team.run("deploy", "--plan", "--json")
    assert [(one["region"], one["state"]) for one in json.loads(planned.out)["buckets"]] == [
        (HERE, "changed"),
        (THERE, "changed"),
    ]
    succeeds(team, "deploy", "--yes")
    assert team.run("deploy", "--plan").code == 0


def test_the_bucket_of_a_region_that_leaves_goes_after_its_stacks(team: Team) -> None:
    deployed(team)
    team.write(ONE)
    planned = team.run("deploy", "--plan")
    assert planned.code == 1
    assert f"  Bucket for packages in {THERE}: no longer used, DELETED\n" in planned.out
    team.front.seen.clear()
    succeeds(team, "deploy", "--yes")
    seen = team.front.seen
    assert seen.index("DeleteStackInstances") < seen.index(f"POST /{BUCKETS[THERE]}?delete") < seen.index("DeleteStack")
    assert buckets(team) == {BUCKETS[HERE]}
    assert stack_of(team, THERE) == []
    assert team.run("deploy", "--plan").code == 0


def test_a_region_that_joins_gets_its_bucket_first(team: Team) -> None:
    deployed(team, ONE)
    assert buckets(team) == {BUCKETS[HERE]}
    team.front.seen.clear()
    deployed(team, BOTH)
    package = f"PUT /{BUCKETS[THERE]}/{probe_key(team)}"
    assert team.front.seen.index(package) < team.front.seen.index("CreateStackInstances")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(f"POST /{BUCKETS[THERE]}.delete", DENIED),
        Fault("", refusal("InvalidClientTokenId", "no", 403), region=THERE),
    ],
    ids=["a bucket that may not be emptied", "a Region that was disabled since"],
)
def test_an_unused_bucket_that_nobody_lets_us_delete_is_tried_again(team: Team, fault: Fault) -> None:
    deployed(team)
    team.write(ONE)
    team.front.faults = [replace(fault)]
    assert f"{BUCKETS[THERE]} is unused but not deleted; the next deployment retries" in succeeds(
        team, "deploy", "--yes"
    )
    assert "no longer used, DELETED" in team.run("deploy", "--plan").out
    team.front.faults = []
    succeeds(team, "deploy", "--yes")
    assert buckets(team) == {BUCKETS[HERE]}
    assert team.run("deploy", "--plan").code == 0


SHARED = "environments: [dev, prod]\naccess: {owned_by: prod}\n"


def test_environments_share_the_buckets_and_the_last_one_takes_them_away(team: Team) -> None:
    for name in ("prod", "dev"):
        deployed(team, f"{SHARED}{BOTH}", "-e", name)
    planned = team.run("destroy", "-e", "dev", "--plan")
    assert [line.strip() for line in planned.out.splitlines() if "Bucket " in line] == [
        f"Bucket {BUCKETS[THERE]}: 1 object; the bucket remains for prod",
        f"Bucket {BUCKETS[HERE]}: 7 objects; the bucket remains for prod",
    ]
    succeeds(team, "destroy", "-e", "dev", "--yes")
    assert keys(team, THERE, "rollouts/dev/") == keys(team, HERE, "rollouts/dev/") == []
    assert team.run("deploy", "-e", "prod", "--plan").code == 0
    succeeds(team, "destroy", "-e", "prod", "--yes")
    gone(team)


def test_a_region_that_one_environment_leaves_stays_for_the_other(team: Team) -> None:
    for name in ("prod", "dev"):
        deployed(team, f"{SHARED}{BOTH}", "-e", name)
    team.write(f"{SHARED}{ONE}")
    planned = team.run("deploy", "-e", "prod", "--plan")
    assert f"  Bucket for packages in {THERE}: no longer used, remains for dev\n" in planned.out
    assert f"{BUCKETS[THERE]} is kept for dev" in succeeds(team, "deploy", "-e", "prod", "--yes")
    assert probe_key(team)
    assert team.run("deploy", "-e", "prod", "--plan").code == 0
    # The file names one Region by now; what dev has is written down where its hub is.
    succeeds(team, "destroy", "-e", "dev", "--yes")
    assert buckets(team) == {BUCKETS[HERE]}
    succeeds(team, "destroy", "-e", "prod", "--yes")
    gone(team)


def test_a_bucket_that_is_another_environments_own_stays(team: Team) -> None:
    """A hub of the same account in the other Region has its records there."""
    deployed(team)
    team.client("s3", THERE).put_object(Bucket=BUCKETS[THERE], Key="rollouts/stage/manifest.yaml", Body=b"")
    succeeds(team, "destroy", "--yes")
    assert buckets(team) == {BUCKETS[THERE]}
    assert keys(team, THERE, "rollouts/") == ["rollouts/stage/manifest.yaml"]


def test_everything_goes_and_nothing_is_left_in_any_region(team: Team) -> None:
    deployed(team)
    assert succeeds(team, "destroy", "--yes").splitlines()[-1]
    gone(team)
    again = team.run("destroy", "--plan")
    assert (again.code, again.last) == (0, "  no resources exist")


def test_what_an_older_version_rolled_out_goes_on_as_it_is(team: Team) -> None:
    """It wrote nothing down, and had the bucket of the hub's Region alone."""
    deployed(team, ONE)
    team.client("s3").delete_object(Bucket=BUCKETS[HERE], Key="rollouts/prod/regions.json")
    assert team.run("deploy", "--plan").code == 0
    deployed(team)
    succeeds(team, "destroy", "--yes")
    gone(team)


def test_a_manifest_that_does_not_say_where_packages_lie_is_refused(team: Team) -> None:
    manifest = team.folder / "out/prod/manifest.yaml"
    data = yaml.safe_load(manifest.read_text())
    for asset in data["assets"]:
        del asset["regions"]
    manifest.write_text(yaml.safe_dump(data))
    done = team.run("destroy", "--plan")
    assert (done.code, "manifest.yaml is not the output of a build" in done.err) == (2, True)
    assert "run `obsgen build` to write it again" in done.err


def in_between(client: Any, operation: str, arguments: Any) -> bool:
    """A step that concerns the other Region: what is changed there, and what is written down of it."""
    writes = operation.startswith(("Create", "Execute", "Put", "Delete"))
    written_down = str(arguments.get("Key", "")).endswith("regions.json") and operation == "PutObject"
    return writes and (client.meta.region_name == THERE or written_down)


def test_a_rollout_that_is_cut_off_between_buckets_is_finished_by_the_next(team: Team) -> None:
    deployed(team)
    undisturbed = team.state()
    team.start_over()
    steps = 0
    while run_until(team, steps, "deploy", "--yes", counts=in_between):
        succeeds(team, "deploy", "--yes")
        assert team.state() == undisturbed, steps
        team.start_over()
        steps += 1
    assert steps == 5


def test_a_bucket_of_a_rollout_that_was_cut_off_is_not_forgotten_when_its_region_leaves(team: Team) -> None:
    for steps in range(5):
        team.write(BOTH)
        assert run_until(team, steps, "deploy", "--yes", counts=in_between)
        deployed(team, ONE)
        assert (buckets(team), stack_of(team, THERE)) == ({BUCKETS[HERE]}, []), steps
        assert team.run("deploy", "--plan").code == 0
        team.start_over()


def test_leaving_that_is_cut_off_is_finished_by_the_next(team: Team) -> None:
    steps = 0
    deployed(team)
    team.write(ONE)
    while run_until(team, steps, "deploy", "--yes", counts=in_between):
        succeeds(team, "deploy", "--yes")
        assert (buckets(team), stack_of(team, THERE)) == ({BUCKETS[HERE]}, []), steps
        assert team.run("deploy", "--plan").code == 0
        deployed(team)
        team.write(ONE)
        steps += 1
    assert steps == 3


def test_a_removal_that_is_cut_off_between_buckets_is_finished_by_the_next(team: Team) -> None:
    steps = 0
    deployed(team)
    while run_until(team, steps, "destroy", "--yes", counts=in_between):
        # Whatever the file says by now.
        team.write(ONE)
        succeeds(team, "destroy", "--yes")
        gone(team)
        deployed(team)
        steps += 1
    assert steps == 2


@pytest.mark.parametrize("status", ["DISABLED", "ENABLING"])
def test_a_region_that_the_hubs_account_has_not_enabled_is_told_before_anything_is_made(
    team: Team, status: str
) -> None:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_GetRegionOptStatus.html"""
    team.write(BOTH)
    answer = json.dumps({"RegionName": THERE, "RegionOptStatus": status})
    team.front.answers["POST /getRegionOptStatus"] = (200, answer)
    # Nothing in such a Region answers.
    team.front.faults = [Fault("", refusal("InvalidClientTokenId", "no", 403), region=THERE)]
    done = team.run("deploy", "--yes")
    assert done.code == 3
    assert f"Error: {THERE} is {status.lower()} in account {HUB}, but member functions need a bucket" in done.err
    assert f"= help: run `aws account enable-region --region-name {THERE}" in done.err
    assert buckets(team) == set()


def test_where_nobody_may_ask_the_regions_own_refusal_says_it(team: Team) -> None:
    team.write(BOTH)
    team.front.answers["POST /getRegionOptStatus"] = refusal("AccessDeniedException", "no", 403)
    team.front.faults = [Fault("", refusal("InvalidClientTokenId", "no", 403), region=THERE)]
    done = team.run("deploy", "--yes")
    assert done.code == 3
    assert f"{THERE} rejected the credentials and seems to be disabled in account {HUB}" in done.err
    team.front.faults = []
    assert "Skipped checks: Regions enabled in the hub's account" in succeeds(team, "deploy", "--yes")


def test_status_says_which_region_it_may_not_look_at(team: Team) -> None:
    deployed(team)
    team.front.faults = [Fault("^HEAD", DENIED, region=THERE)]
    assert f"Unavailable: packages in {THERE} (AWS denied s3:ListBucket on {BUCKETS[THERE]})" in team.run("status").out


def test_where_nothing_is_deployed_status_misses_no_package(team: Team) -> None:
    team.write(BOTH)
    assert "`obsgen deploy` creates it" not in team.run("status").out


def asked(client: Any, operation: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Action and resource of what a call asks of a bucket, or of the stack of one."""
    service = client.meta.service_model.service_name
    actions = RENAMED.get(f"{service}:{operation}", (f"{service}:{operation}",))
    place = ""
    if service == "s3":
        key = arguments.get("Key", "x") if "Key" in arguments or operation == "DeleteObjects" else ""
        place = f"arn:aws:s3:::{arguments['Bucket']}{'/' if key else ''}{key}"
    elif service == "cloudformation" and "obsgen-assets" in arguments.get("StackName", ""):
        place = f"arn:aws:cloudformation:{client.meta.region_name}:{HUB}:stack/obsgen-assets/x"
    elif service == "account":
        place = f"arn:aws:account::{HUB}:account"
    yield from ((action, place) for action in actions if place)


def test_what_is_called_in_each_region_is_allowed_there(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resource types: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsaccountmanagement.html"""
    team.write(BOTH)
    documents = json.loads(succeeds(team, "policy")).values()
    own = [one for document in documents for one in document["Statement"] if "Condition" not in one]
    calls: set[tuple[str, str]] = set()
    real = botocore.client.BaseClient._make_api_call

    def call(self: Any, operation: str, arguments: Any) -> Any:
        calls.update(asked(self, operation, arguments))
        return real(self, operation, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    succeeds(team, "deploy", "--yes")
    team.run("status")
    # With the policy of before, which an administrator takes back after the Region has left.
    deployed(team, ONE)
    succeeds(team, "destroy", "--yes")
    refused = {
        (action, place)
        for action, place in calls
        if not any(action in one["Action"] and any(fnmatchcase(place, arn) for arn in one["Resource"]) for one in own)
    }
    assert refused == set()
    assert {place.split(":")[3] for _, place in calls if ":stack/" in place} == set(REGIONS)


def test_the_policy_names_the_stack_and_the_bucket_of_each_region_and_no_other(team: Team) -> None:
    team.write(BOTH)
    documents = json.loads(succeeds(team, "policy")).values()
    by_sid = {one["Sid"]: one["Resource"] for document in documents for one in document["Statement"]}
    assert by_sid["Bucket"] == [f"arn:aws:s3:::{BUCKETS[region]}" for region in REGIONS]
    assert by_sid["Objects"] == [f"arn:aws:s3:::{BUCKETS[region]}/*" for region in REGIONS]
    assert [arn for arn in by_sid["Stacks"] if "obsgen-assets" in arn] == [
        f"arn:aws:cloudformation:{region}:{HUB}:stack/obsgen-assets/*" for region in REGIONS
    ]
    assert by_sid["Regions"] == [f"arn:aws:account::{HUB}:account"]
