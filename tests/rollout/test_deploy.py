"""`obsgen deploy` against a stand-in for an organization: bucket, hub, members, and again."""

from __future__ import annotations

import json

import pytest

from tests.rollout.front import Fault, s3_refusal
from tests.rollout.team import HUB, Team

TWO = "waivers: [{rule: at-least-three-accounts, for: accounts, reason: two are enough here}]"


def test_from_nothing_to_everything_and_then_to_nothing_to_do(team: Team) -> None:
    planned = team.typed("deploy", "--plan")
    assert planned.code == 1, planned.err
    assert "Bucket for packages and templates in us-east-1: new" in planned.out
    assert "create in alpha, beta, gamma; us-east-1: new in the spec" in planned.out
    assert team.client("cloudformation").describe_stacks()["Stacks"] == []
    done = team.typed("deploy", "--yes")
    assert (done.code, done.last) == (0, "prod is deployed"), done.err
    assert team.instances() == {"alpha", "beta", "gamma"}
    again = team.typed("deploy", "--plan")
    assert (again.code, again.last) == (0, "  nothing to do"), again.out + again.err
    assert team.run("deploy", "--yes").code == 0


def test_members_get_the_sink_that_the_hub_made(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    found = team.client("cloudformation").describe_stack_set(StackSetName="observability-members-prod")["StackSet"]
    values = {one["ParameterKey"]: one["ParameterValue"] for one in found["Parameters"]}
    (sink,) = [one["OutputValue"] for one in team.stack()["Outputs"] if one["OutputKey"] == "SinkArn"]
    assert values["SinkArn"] == sink != ""


def test_a_changed_threshold_is_planned_in_alarm_language_and_rolled_out(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    team.write('alarms: {errors: {threshold: "> 9", overrides: [{where: {account: beta}, threshold: "> 1"}]}}')
    planned = team.run("deploy", "--plan")
    assert planned.code == 1
    assert "~ errors-alarm-prod now fires when Sum is > 9 instead of > 5" in planned.out
    assert "update the stack set and every instance: template changed" in planned.out
    assert "update in beta; us-east-1: its own values changed" in planned.out
    assert team.run("deploy", "--yes").code == 0
    assert team.run("deploy", "--plan").code == 0


def test_whoever_goes_first_is_changed_alone_before_all(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    team.write('rollout: {first: [beta]}\nalarms: {errors: {threshold: "> 9"}}')
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.err
    operations = [line for line in done.out.splitlines() if "update the stack set" in line]
    assert [line.strip() for line in operations] == [
        "update the stack set, and it in beta; us-east-1: template changed; they go first",
        "update the stack set and every instance: template changed",
    ]


def test_an_account_joins_and_another_leaves(team: Team) -> None:
    gone = team.accounts.pop("gamma")
    team.write(TWO)
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == {"alpha", "beta"}
    del team.accounts["beta"]
    team.accounts["gamma"] = gone
    team.write(TWO)
    planned = team.run("deploy", "--plan")
    assert "create in gamma" in planned.out
    assert "DELETE in beta; us-east-1: no longer in the spec" in planned.out
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == {"alpha", "gamma"}


def test_protection_against_termination_comes_and_goes(team: Team) -> None:
    team.write("rollout: {termination_protection: true}")
    assert team.run("deploy", "--yes").code == 0
    assert team.stack()["EnableTerminationProtection"] is True
    refused = team.run("destroy", "--yes")
    assert (refused.code, "protected against termination" in refused.err) == (2, True)
    team.write()
    planned = team.run("deploy", "--plan")
    assert "~ termination protection: OFF" in planned.out
    assert team.run("deploy", "--yes").code == 0
    assert team.stack()["EnableTerminationProtection"] is False


def test_self_managed_stack_sets_want_their_role_and_work_with_it(team: Team) -> None:
    organization = team.client("organizations").describe_organization()["Organization"]["Id"]
    team.write(f"organization: {{id: {organization}, stack_sets: self-managed}}")
    refused = team.run("deploy", "--yes")
    assert refused.code == 3
    assert "self-managed stack sets want the role AWSCloudFormationStackSetAdministrationRole" in refused.err
    assert team.state()["stacks"] == []
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    team.client("iam").create_role(
        RoleName="AWSCloudFormationStackSetAdministrationRole", AssumeRolePolicyDocument=trust
    )
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == {"alpha", "beta", "gamma"}
    assert team.run("deploy", "--plan").code == 0
    assert team.run("destroy", "--yes").code == 0


def test_whoever_is_in_a_unit_is_a_member(team: Team) -> None:
    organizations = team.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="payments")["OrganizationalUnit"]["Id"]
    for account in team.accounts.values():
        organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
    team.write(f"organizational_units: [{unit}]")
    planned = team.run("deploy", "--plan")
    assert f"create in {unit}; us-east-1: new in the spec" in planned.out
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.err
    assert team.instances() == {"alpha", "beta", "gamma"}
    assert team.run("deploy", "--plan").code == 0
    gone = team.run("destroy", "--plan")
    assert f"DELETE in {unit}; us-east-1: everything goes" in gone.out


def test_everything_goes_and_nothing_is_left(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    planned = team.run("destroy", "--plan")
    assert planned.code == 1
    assert "Members, observability-members-prod: the stack set and its 3 stacks" in planned.out
    done = team.typed("destroy", "--yes")
    assert (done.code, done.last) == (0, "prod is gone, and nothing is left"), done.out + done.err
    assert team.state() == {"stacks": [], "sets": [], "instances": [], "keys": [], "bodies": []}
    assert team.client("s3").list_buckets()["Buckets"] == []
    again = team.run("destroy", "--plan")
    assert (again.code, again.last) == (0, "  nothing is there")


CANARY = "canaries: {shop: {url: https://shop.example.com/health}}"


def test_what_canaries_left_behind_goes_with_their_bucket(team: Team) -> None:
    team.write(CANARY)
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.out + done.err
    name = f"canary-artifacts-{HUB}-prod"
    for number in range(3):
        team.client("s3").put_object(Bucket=name, Key=f"shop-canary-prod/{number}.log", Body=b"a run")
    assert "- 1 AWS::S3::Bucket: CanariesBucket, with everything in it" in team.run("destroy", "--plan").out
    done = team.run("destroy", "--yes")
    assert (done.code, done.last) == (0, "prod is gone, and nothing is left"), done.out + done.err
    assert f"{name}: deleting 3 objects" in done.err
    assert team.client("s3").list_buckets()["Buckets"] == []


def test_a_key_that_waits_for_its_deletion_is_not_left(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    # KMS keeps a key and its tags while it waits. Made by hand: moto makes none from a template of ours.
    kms = team.client("kms")
    tags = [{"TagKey": "project", "TagValue": "shop"}, {"TagKey": "environment", "TagValue": "prod"}]
    key = kms.create_key(Tags=tags)["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    done = team.run("destroy", "--yes")
    assert (done.code, done.last) == (0, "prod is gone, and nothing is left"), done.out + done.err


def test_a_run_between_emptying_and_deleting_is_emptied_too(team: Team) -> None:
    team.write(CANARY)
    assert team.run("deploy", "--yes").code == 0
    bucket, s3 = f"canary-artifacts-{HUB}-prod", team.client("s3")
    s3.put_object(Bucket=bucket, Key="shop-canary-prod/early.log", Body=b"a run")

    def once_more(text: str) -> str:
        s3.put_object(Bucket=bucket, Key="shop-canary-prod/late.log", Body=b"a run")
        return text

    team.front.faults = [Fault(f"POST /{bucket}.*delete", change=once_more, times=1)]
    done = team.run("destroy", "--yes")
    assert (done.code, done.last) == (0, "prod is gone, and nothing is left"), done.out + done.err
    assert done.err.count(f"{bucket}: deleting 1 objects") == 2


def test_a_bucket_goes_with_the_section_that_wanted_it(team: Team) -> None:
    team.write(CANARY)
    assert team.run("deploy", "--yes").code == 0
    name, s3 = f"canary-artifacts-{HUB}-prod", team.client("s3")
    s3.put_object(Bucket=name, Key="shop-canary-prod/1.log", Body=b"a run")
    team.write()
    planned = team.run("deploy", "--plan")
    assert "- CanariesBucket (AWS::S3::Bucket)" in planned.out
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.out + done.err
    assert f"{name}: deleting 1 objects and the bucket" in done.err
    assert name not in {one["Name"] for one in s3.list_buckets()["Buckets"]}


def test_a_bucket_that_nobody_lets_us_delete_stays_and_is_told(team: Team) -> None:
    team.write(CANARY)
    assert team.run("deploy", "--yes").code == 0
    name, s3 = f"canary-artifacts-{HUB}-prod", team.client("s3")
    s3.put_object(Bucket=name, Key="shop-canary-prod/1.log", Body=b"a run")
    team.write()
    team.front.faults = [Fault(f"HEAD /{name}", s3_refusal("AccessDenied", 403))]
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.out + done.err
    assert f"{name} is no longer used and stays; delete it by hand" in done.err


def test_the_sample_goes_to_whom_it_is_for(team: Team) -> None:
    team.write("sample_workload: {in: [beta]}")
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.out + done.err
    cloudformation, values = team.client("cloudformation"), {}
    for name, account in team.accounts.items():
        where = {"StackInstanceAccount": account, "StackInstanceRegion": "us-east-1"}
        one = cloudformation.describe_stack_instance(StackSetName="observability-members-prod", **where)
        given = {p["ParameterKey"]: p["ParameterValue"] for p in one["StackInstance"]["ParameterOverrides"]}
        values[name] = given.get("SampleWorkload")
    assert values == {"alpha": None, "beta": "true", "gamma": None}
    assert team.run("deploy", "--plan").code == 0


def test_destroy_wants_the_name_of_the_environment_typed(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    before = team.state()
    wrong = team.run("destroy", answers="y\n")
    assert (wrong.code, wrong.err.endswith("nothing was deleted\n")) == (1, True)
    assert team.state() == before
    assert team.run("destroy", answers="prod\n").code == 0
    assert team.state()["stacks"] == []


def test_one_environment_goes_and_the_other_keeps_the_bucket(team: Team) -> None:
    team.write("environments: [dev, prod]\naccess: {owned_by: prod}")
    for name in ("prod", "dev"):
        done = team.run("deploy", "-e", name, "--yes")
        assert done.code == 0, done.err
    planned = team.run("destroy", "-e", "dev", "--plan")
    assert "the bucket stays for prod" in planned.out
    done = team.run("destroy", "-e", "dev", "--yes")
    assert done.code == 0, done.out + done.err
    assert team.run("deploy", "-e", "prod", "--plan").code == 0
    assert team.run("destroy", "-e", "prod", "--yes").code == 0
    assert team.state()["keys"] == []


def test_asked_and_declined_nothing_is_left_behind(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    team.write('alarms: {errors: {threshold: "> 9"}}')
    declined = team.run("deploy", answers="n\n")
    assert declined.code == 1
    assert team.client("cloudformation").list_change_sets(StackName="observability-hub-prod")["Summaries"] == []
    assert team.run("deploy", answers="y\n").code == 0


def test_a_bucket_of_an_older_version_is_planned_and_changed(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("generator.rollout.aws.bucket.OLD_VERSIONS_DAYS", 30)
        assert team.run("deploy", "--yes").code == 0
    planned = team.run("deploy", "--plan")
    assert (planned.code, "Bucket for packages and templates in us-east-1: changed" in planned.out) == (1, True)
    assert team.run("deploy", "--yes").code == 0
    assert team.run("deploy", "--plan").code == 0


def test_what_was_changed_by_hand_is_not_deployed(team: Team) -> None:
    template = team.folder / "out/prod/hub.template.yaml"
    template.write_text(template.read_text().replace("MemorySize: 128", "MemorySize: 256"))
    done = team.run("deploy", "--yes")
    assert done.code == 1
    assert done.err.endswith("not what build would write\n  = help: obsgen build, and have it reviewed\n")
    assert team.client("s3").list_buckets()["Buckets"] == []


def test_a_plan_as_data(team: Team) -> None:
    done = team.run("deploy", "--plan", "--json")
    data = json.loads(done.out)
    assert done.code == 1
    assert (data["account"], data["nothing_to_do"]) == (HUB, False)
    (one,) = data["buckets"]
    assert (one["region"], one["state"], len(one["uploads"])) == ("us-east-1", "new", 2)
    assert [operation["kind"] for operation in data["members"]] == ["create-set", "create"]


@pytest.mark.parametrize("command", ["deploy", "destroy"])
def test_nobody_is_asked_where_nobody_is(team: Team, command: str) -> None:
    done = team.run(command)
    assert done.code == 2
    assert "confirmation requires a terminal" in done.err


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"},
            "there are no AWS credentials here",
        ),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}, "AWS was not reached"),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
    ],
    ids=["no credentials", "no network", "no profile"],
)
def test_what_aws_or_the_way_there_refuses_is_a_sentence(team: Team, environment: dict[str, str], message: str) -> None:
    done = team.typed("deploy", "--plan", **environment)
    assert done.code == 3, done.err
    assert message in done.err
    assert "Traceback" not in done.err


def test_credentials_of_another_account_are_refused(team: Team) -> None:
    team.write('hub: {account: "111111111111"}')
    done = team.run("deploy", "--yes")
    assert done.code == 3
    assert f"these credentials are of account {HUB}; the hub is 111111111111" in done.err
