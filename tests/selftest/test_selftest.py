"""`obsgen selftest`, the whole command: what it creates, calls, writes and removes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from generator.rollout.selftest.calls import CHANGES, GuardedCalls
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.permissions import PREFIX, actions_of, policy_document
from generator.rollout.selftest.registry import registry
from generator.rollout.selftest.types import EXPECTED, UNTRIED, CallRefused, ExperimentSteps, ForeignName
from tests.command import obsgen
from tests.selftest.model import broken_rules
from tests.selftest.stand_in import refusal
from tests.selftest.world import ACCOUNT, QUICK, RUN, World, selftest_world, verdicts, written
from tests.support import ROOT

SCHEMA = ROOT / "docs" / "selftest.schema.json"
OTHER = "222222222222"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Any]]:
    """A run of every experiment."""
    with selftest_world(tmp_path_factory.mktemp("whole")) as world:
        done = world.run("--yes", "--run", RUN)
        assert done.returncode == 1, done.stdout + done.stderr
        yield world, done


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with selftest_world(tmp_path) as account:
        yield account


def test_every_experiment_ends_and_nothing_remains(whole: tuple[World, Any]) -> None:
    world, done = whole
    assert len(registry()) >= 15
    assert list(verdicts(world)) == [experiment.name for experiment in registry()]
    assert f"Nothing that begins with {PREFIX}{RUN}- remains." in done.stdout
    assert world.existing() == []
    assert not list(world.folder.glob("*.jsonl"))
    # The clock of a test that waits is virtual, and no experiment waits longer than it says.
    assert world.slept_s <= 60 * max(experiment.minutes for experiment in registry())


def test_every_request_is_valid_by_the_model_of_its_service(whole: tuple[World, Any]) -> None:
    """Enumerations, patterns and lengths, which botocore does not check before it sends a request."""
    world, _ = whole
    broken = [
        f"{service}:{operation}: {rule}"
        for service, operation, params in world.calls
        for rule in broken_rules(service, operation, params)
    ]
    assert broken == []


def test_everything_that_changes_has_the_prefix_and_what_is_created_has_the_tag(whole: tuple[World, Any]) -> None:
    world, _ = whole
    changes = {"".join(word.capitalize() for word in name.split("_")): key for name, key in CHANGES.items()}
    created = 0
    for _, operation, params in world.calls:
        if operation in changes:
            assert f"{PREFIX}{RUN}-" in str(params[changes[operation]])
        for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            assert name not in params
        if "Tags" in params or "tags" in params:
            assert "obsgen-selftest" in str(params.get("Tags") or params.get("tags"))
            created += 1
    assert created > 20


def test_the_policy_allows_what_is_called(whole: tuple[World, Any]) -> None:
    world, _ = whole
    called = {f"{service}:{operation}" for service, operation, _ in world.calls} - {"sts:GetCallerIdentity"}
    allowed = set(actions_of(registry()))
    assert {name.replace("monitoring:", "cloudwatch:") for name in called} <= allowed
    # Passing a role, tagging and scheduled queries are permissions of other calls.
    besides = ("iam:PassRole", ":Tag", "ListTagsForResource", "ScheduledQuer")
    assert {name for name in allowed - called if not any(word in name for word in besides)} == set()


def test_the_policy_is_limited_to_the_prefix_where_iam_can_limit() -> None:
    for statement in policy_document(registry())["Statement"]:
        is_limited = all("obsgen-selftest-*" in arn for arn in statement["Resource"]) or "Condition" in statement
        unlimited = ("Describe", "Get", "List", "Test", "ScheduledQuery", "AnomalyDetector", "PutCompositeAlarm")
        assert is_limited or all(any(word in name for word in unlimited) for name in statement["Action"])
    assert len(json.dumps(policy_document(registry()), separators=(",", ":"))) <= 6144  # a managed policy


def test_the_policy_allows_what_aws_asks_for_besides() -> None:
    """Composites need all resources, tags in events those of alarms: API_PutCompositeAlarm, AlarmTagsPropagation."""
    statements = policy_document(registry())["Statement"]
    (composites,) = [row for row in statements if "cloudwatch:PutCompositeAlarm" in row["Action"]]
    assert composites["Resource"] == ["*"]
    (tags,) = [row for row in statements if "cloudwatch:ListTagsForResource" in row["Action"]]
    assert tags["Resource"] == ["arn:aws:cloudwatch:*:*:alarm:obsgen-selftest-*"]


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-north-1"])
def test_who_has_the_policy_cannot_create_a_role_that_may_do_more(region: str) -> None:
    """A role whose trust names its own creator needs no permission to be assumed, so that only a boundary limits it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
    """
    partition = {"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"}.get(region, "aws")
    most = {"iam:PermissionsBoundary": f"arn:{partition}:iam::aws:policy/CloudWatchLogsReadOnlyAccess"}
    statements = policy_document(registry(), region, ACCOUNT)["Statement"]
    assert len({row["Sid"] for row in statements}) == len(statements)
    for action in ("iam:CreateRole", "iam:PutRolePolicy"):
        (statement,) = [row for row in statements if action in row["Action"]]
        assert statement["Condition"] == {"StringEquals": most}
        assert statement["Resource"] == [f"arn:{partition}:iam::{ACCOUNT}:role/obsgen-selftest/obsgen-selftest-*"]
    assert not [row for row in statements if "iam:*" in row["Action"] or "iam:DeleteRolePermissionsBoundary" in row]


def test_roles_have_the_boundary(whole: tuple[World, Any]) -> None:
    world, _ = whole
    roles = [params for _, operation, params in world.calls if operation == "CreateRole"]
    assert roles
    for role in roles:
        assert role["PermissionsBoundary"] == "arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"


def test_the_file_follows_its_schema_and_names_no_account(whole: tuple[World, Any]) -> None:
    world, _ = whole
    text = (world.folder / "selftest.json").read_text(encoding="utf-8")
    jsonschema.validate(json.loads(text), json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert ACCOUNT not in text
    assert "111111111111" in text
    assert not [word for word in ("RequestId", "ResponseMetadata", "arn:aws:sts", "arn:aws:iam") if word in text]


def test_the_file_of_a_run_is_read_as_markdown(whole: tuple[World, Any]) -> None:
    world, _ = whole
    done = obsgen(world.folder, "selftest", "--read", "selftest.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Selftest of obsgen ")
    assert "| `fill-of-no-metric` | differs |" in done.stdout
    assert len(done.stdout.encode()) <= 60_001


def test_the_plan_comes_before_the_first_change(world: World) -> None:
    """Without a terminal and --yes nothing is called."""
    done = world.run("--run", RUN)
    assert done.returncode == 2
    assert "confirmation requires a terminal" in done.stderr
    assert world.calls == []
    done = world.quick(names=("dashboard-alarm-widgets", "history-start"))
    plan = done.stdout.partition("Notifies")[0]
    for text in ("Creates", "IAM", "cloudwatch: ", "less than 0.09", "at most 4 min", "alarms, dashboards"):
        assert text in plan + done.stdout, text


def test_another_account_is_refused(world: World) -> None:
    done = world.run("--yes", account=OTHER)
    assert done.returncode == 3
    assert f"credentials belong to account {ACCOUNT}, but --account is {OTHER}" in done.stderr
    assert {operation for _, operation, _ in world.calls} == {"GetCallerIdentity"}


@pytest.mark.parametrize("place", ["observability.yaml", "accounts.lock.yaml", "out/prod/manifest.yaml"])
def test_an_account_in_use_is_refused_unless_it_is_a_sandbox(world: World, place: str) -> None:
    path = world.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'version: 1\naccounts: {{ledger: {{id: "{ACCOUNT}"}}}}\n', encoding="utf-8")
    done = world.quick()
    assert done.returncode == 2
    assert f"account {ACCOUNT} is in {place}" in done.stderr
    assert world.calls == []
    assert world.quick("--sandbox", OTHER).returncode == 2
    done = world.quick("--sandbox", ACCOUNT, names=("alarm-percentile-rank",))
    assert done.returncode == 0, done.stderr


def test_a_rule_that_would_notify_people_ends_the_command(world: World) -> None:
    events = world.client("events")
    events.put_rule(Name="schedule", ScheduleExpression="rate(1 hour)")
    events.put_rule(Name="others", EventPattern='{"source": ["aws.ec2"]}')
    assert world.quick(names=("alarm-percentile-rank",)).returncode == 0
    (world.folder / "selftest.json").unlink()
    events.put_rule(Name="pager", EventPattern='{"source": [{"prefix": "aws."}]}')
    done = world.quick()
    assert done.returncode == 2
    assert "rule pager receives events of alarms" in done.stderr
    events.disable_rule(Name="pager")
    assert world.quick(names=("alarm-percentile-rank",)).returncode == 0


def test_an_existing_prefix_is_another_run(world: World) -> None:
    world.client("sqs").create_queue(QueueName=f"{PREFIX}{RUN}-x")
    done = world.quick()
    assert done.returncode == 2
    assert f"queue {PREFIX}{RUN}-x exists" in done.stderr
    done = world.run("--clean-up", RUN, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"queue {PREFIX}{RUN}-x" in done.stdout
    assert world.existing() == []


def test_answers_of_another_run_are_not_replaced(world: World) -> None:
    (world.folder / "selftest.json").write_text("{}", encoding="utf-8")
    done = world.quick()
    assert done.returncode == 2
    assert "selftest.json exists" in done.stderr
    assert {operation for _, operation, _ in world.calls} == {"GetCallerIdentity"}


def test_a_denied_call_ends_its_experiment_only(world: World) -> None:
    def deny(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "PutTargets":
            principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/alice@example.com"
            raise refusal("AccessDeniedException", f"User: {principal} is not authorized to perform: events:PutTargets")

    world.before = deny
    done = world.quick()
    assert done.returncode == 1
    rows = {row["name"]: row for row in written(world)["experiments"]}
    assert rows["sse-sqs-queues"]["verdict"] == UNTRIED
    (error,) = rows["sse-sqs-queues"]["errors"]
    assert "(principal) is not authorized" in error
    assert "alice" not in error + done.stdout
    assert {rows[name]["verdict"] for name in QUICK if name != "sse-sqs-queues"} == {EXPECTED}
    assert world.existing() == []


def test_what_aws_refuses_is_an_answer_and_a_throttled_call_is_none(world: World) -> None:
    def refuse(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "PutDashboard":
            raise refusal("InvalidParameterInput", "insightRule is unknown")
        if operation == "PutMetricAlarm":
            raise refusal("Throttling", "Rate exceeded")

    world.before = refuse
    assert world.quick().returncode == 1
    assert verdicts(world) == {
        "alarm-percentile-rank": UNTRIED,
        "dashboard-contributors": "differs",
        "history-start": UNTRIED,
        "sse-sqs-queues": UNTRIED,
    }
    row = next(row for row in written(world)["experiments"] if row["name"] == "dashboard-contributors")
    assert row["observations"]["contributors"]["message"] == "insightRule is unknown"


def test_a_throttled_deletion_is_tried_again(world: World) -> None:
    refusals = iter(range(6))

    def throttle(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation.startswith("Delete") and next(refusals, None) is not None:
            raise refusal("ThrottlingException", "Rate exceeded")

    world.before = throttle
    done = world.quick(names=("insight-rule-foreign-group", "dashboard-alarm-widgets"))
    assert "remains." in done.stdout
    assert world.existing() == []


def test_a_kind_that_cannot_be_deleted_is_named(world: World) -> None:
    def deny(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "DeleteDashboards":
            raise refusal("AccessDenied", "no")

    world.before = deny
    done = world.quick(names=("dashboard-contributors",))
    assert done.returncode == 1
    name = f"dashboard {PREFIX}{RUN}-eu-west-1-dashboard-contributors-contributors"
    assert f"not deleted: {name}: cloudwatch:delete_dashboards: AccessDenied" in done.stdout
    assert f"remains: {name}" in done.stdout
    world.before = lambda *_: None
    assert world.run("--clean-up", RUN, "--yes").returncode == 0
    assert world.existing() == []
    assert not list(world.folder.glob("*.jsonl"))


def test_a_kind_that_cannot_be_listed_is_not_gone(world: World) -> None:
    """Exit code 0 says that nothing remains. CloudWatch may have created a detector that no state file has."""

    def deny(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "ListDashboards":
            raise refusal("AccessDenied", "no")

    world.before = deny
    done = world.quick(names=("dashboard-contributors",))
    assert verdicts(world) == {"dashboard-contributors": EXPECTED}
    assert done.returncode == 1
    assert "not verified: dashboard: cloudwatch:list_dashboards: AccessDenied" in done.stdout
    world.before = lambda *_: None
    assert world.run("--clean-up", RUN, "--yes").returncode == 0


def test_resources_of_others_are_never_touched(world: World) -> None:
    """An alarm and a queue of the account, one of them with the prefix of another run."""
    world.client("sqs").create_queue(QueueName=f"{PREFIX}other-x")
    boto3_alarm = {"AlarmName": "payments", "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60}
    world.client("cloudwatch").put_metric_alarm(
        **boto3_alarm, EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanThreshold"
    )
    world.quick(names=("alarm-percentile-rank",))
    assert world.run("--clean-up", RUN, "--yes").returncode == 0
    assert world.existing() == [f"{PREFIX}other-x"]
    assert world.existing("payments") == ["payments"]


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("cloudwatch", "delete_alarms", {"AlarmNames": [f"{PREFIX}{RUN}-x", "payments"]}),
        ("cloudwatch", "put_metric_alarm", {"AlarmName": f"{PREFIX}r10-x"}),
        ("cloudwatch", "delete_anomaly_detector", {"SingleMetricAnomalyDetector": {"Namespace": "AWS/EC2"}}),
        ("cloudwatch", "put_metric_data", {"Namespace": "payments", "MetricData": []}),
        ("sqs", "delete_queue", {"QueueUrl": f"https://sqs/{PREFIX}{RUN}-x/payments"}),
        ("logs", "delete_log_group", {"logGroupName": f"/aws/{PREFIX}{RUN}-x"}),
        ("sts", "assume_role", {"RoleArn": f"{PREFIX}{RUN}-x"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_call_that_is_not_ours_is_never_made(
    world: World, service: str, operation: str, params: dict[str, Any]
) -> None:
    with pytest.raises(ForeignName):
        GuardedCalls(world.aws, "eu-west-1", f"{PREFIX}{RUN}-")(service, operation, **params)
    assert world.calls == []


def test_a_call_that_boto3_does_not_have_is_refused(world: World) -> None:
    """setup.cfg allows versions that are older than some calls."""
    with pytest.raises(CallRefused, match="sts:list_dashboards: UnknownOperation: the installed boto3"):
        GuardedCalls(world.aws, "eu-west-1", f"{PREFIX}{RUN}-")("sts", "list_dashboards")


def test_an_experiment_with_an_error_ends_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(context: SelftestContext) -> ExperimentSteps:
        context.create("create_queue", "wrong")
        yield 60.0
        context.call("cloudwatch", "delete_alarms", AlarmNames=["payments"])

    def endless(context: SelftestContext) -> ExperimentSteps:
        while True:
            context.note("state", "waits")
            yield 20.0

    def unreadable(context: SelftestContext) -> ExperimentSteps:
        yield 1.0
        context.note("x", {}["missing"])

    changed = {"alarm-percentile-rank": wrong, "dashboard-contributors": endless, "history-start": unreadable}
    experiments = [replace(item, run=changed.get(item.name, item.run)) for item in registry()]
    monkeypatch.setattr("generator.rollout.selftest.registry.registry", lambda: tuple(experiments))
    world.quick(names=(*changed, "insight-rule-foreign-group"))
    rows = {row["name"]: row for row in written(world)["experiments"]}
    assert rows["insight-rule-foreign-group"]["verdict"] == EXPECTED
    assert "delete_alarms of payments, which does not begin with" in rows["alarm-percentile-rank"]["errors"][0]
    assert rows["dashboard-contributors"]["errors"] == ["no answer within 1 min"]
    assert rows["dashboard-contributors"]["observations"] == {"state": "waits"}
    assert rows["history-start"]["errors"] == ["KeyError: 'missing'"]
    assert world.existing() == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--account", "12"), "expected the 12 digits of an account ID, got `12`"),
        (("--region", "eu-west-9"), "there is no Region `eu-west-9`"),
        (("--run", "A B"), "`A B` cannot be the ID of a run"),
        (("--only", "fill-of-no-metrics"), "there is no experiment `fill-of-no-metrics`"),
    ],
)
def test_options_that_name_nothing(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    done = obsgen(tmp_path, "selftest", "--account", ACCOUNT, "--region", "eu-west-1", "--yes", *words)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_the_list_needs_no_account(tmp_path: Path) -> None:
    done = obsgen(tmp_path, "selftest", "--list")
    assert done.returncode == 0
    assert all(experiment.question in done.stdout for experiment in registry())
