"""The agent in the members' template, and what the hub's takes from it: what starts it, and in which packages it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from generator.blueprints.kit.schedules import on_the_grid
from generator.build import HUB_TEMPLATE, MEMBER_TEMPLATE
from generator.model.error_log_names import CHECKS
from generator.packages import unpacked
from tests.event_estate import (
    ALPHA,
    HUB_ACCOUNT,
    REPORTS,
    STRANGER,
    UNITS,
    USUAL,
    event,
    hub,
    made,
    member,
    of_type,
    resources,
)
from tests.policies import Caller, matches

# --- what starts the agent --------------------------------------------------------------------------------------


def task(code: str, *containers: dict[str, Any], status: str = "STOPPED", why: str = "why") -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html"""
    detail = {"lastStatus": status, "stopCode": code, "containers": list(containers), "stoppedReason": why}
    return event("aws.ecs", "ECS Task State Change", detail)


FAILED = [
    task("EssentialContainerExited", {"name": "app", "exitCode": 1}),
    task("EssentialContainerExited", {"name": "log", "exitCode": 0}, {"name": "app", "exitCode": 137}),
    task("TaskFailedToStart"),
    task("TaskFailedToStart", {"name": "app", "reason": "CannotPullContainerError: pull image manifest"}),
    task("EssentialContainerExited", {"name": "app", "exitCode": 0, "reason": "OutOfMemoryError: killed"}),
    task("ServiceSchedulerInitiated", {"name": "app", "exitCode": 143}, why="Task failed ELB health checks in (x)"),
    task("ServiceSchedulerInitiated", {"name": "app"}, why="Task failed container health checks"),
]
FINE = [
    # A scale-in or a deployment stops a task by SIGTERM, whatever its containers make of that.
    task("ServiceSchedulerInitiated", {"name": "app", "exitCode": 143}),
    task("UserInitiated", {"name": "app", "exitCode": 137}),
    task("SpotInterruption", {"name": "app", "exitCode": 137}),
    task("EssentialContainerExited", {"name": "job", "exitCode": 0}),
    task("EssentialContainerExited", {"name": "app", "exitCode": 1}, status="RUNNING"),
]


def test_tasks_that_failed_are_looked_at_and_those_that_were_stopped_are_not() -> None:
    rule = member().properties("ErrorLogsTaskRule")
    assert [matches(rule["EventPattern"], one) for one in FAILED] == [True] * len(FAILED)
    assert [matches(rule["EventPattern"], one) for one in FINE] == [False] * len(FINE)
    assert rule["Targets"][0]["Arn"] == member().arn("ErrorLogsQueue")


def test_deployments_of_services_and_stacks_that_are_done_are_looked_at() -> None:
    service, stack = (member().properties(f"ErrorLogs{kind}Rule")["EventPattern"] for kind in ("Deployment", "Stack"))
    assert matches(service, event("aws.ecs", "ECS Deployment State Change", {"eventName": "SERVICE_DEPLOYMENT_FAILED"}))
    states = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    kind = "CloudFormation Stack Status Change"
    found = [
        state
        for state in states
        if matches(stack, event("aws.cloudformation", kind, {"status-details": {"status": state}}))
    ]
    assert found == ["CREATE_COMPLETE", "UPDATE_COMPLETE"]


def test_what_is_not_asked_for_is_not_made() -> None:
    quiet = resources(f"{USUAL}\nerror_logs: {{tasks: false, deployments: false}}", MEMBER_TEMPLATE)
    assert not {key for key in quiet if key.endswith("Rule") or "Policy" in key}
    assert "ErrorLogsSchedule" in quiet
    nothing = made("regions: [us-east-1, eu-west-1]")
    assert not [
        key
        for file in (HUB_TEMPLATE, MEMBER_TEMPLATE)
        for key in nothing.templates["prod"][file]["Resources"]
        if "rrorLog" in key
    ]
    assert "monitoring_events" not in yaml.safe_load(nothing.artifacts["prod/manifest.yaml"])["queues"]


@pytest.mark.parametrize(
    ("every", "expression"),
    [
        (60, "cron(0/1 * * * ? *)"),
        (300, "cron(0/5 * * * ? *)"),
        (1_800, "cron(0/30 * * * ? *)"),
        (3_600, "cron(0 0/1 * * ? *)"),
        (43_200, "cron(0 0/12 * * ? *)"),
    ],
)
def test_windows_meet_because_the_schedule_is_on_the_clocks_grid(every: int, expression: str) -> None:
    assert on_the_grid(every) == expression


def test_the_schedule_says_for_when_it_was_planned() -> None:
    place = member()
    schedule = place.properties("ErrorLogsSchedule")
    assert schedule["ScheduleExpression"] == "cron(0/5 * * * ? *)"
    assert json.loads(schedule["Target"]["Input"]) == {"window": {"at": "<aws.scheduler.scheduled-time>"}}
    assert schedule["Target"]["Arn"] == place.arn("ErrorLogsQueue")
    other = member(f"{USUAL}\nerror_logs: {{every: 10m}}").properties("ErrorLogsSchedule")
    assert other["ScheduleExpression"] == "cron(0/10 * * * ? *)"


QUEUES = [
    (MEMBER_TEMPLATE, "ErrorLogs", 240, 1, 2),
    (HUB_TEMPLATE, "MonitoringEvents", 60, 10, 5),
    (HUB_TEMPLATE, "DailyReport", 120, 1, 2),
]


@pytest.mark.parametrize(("file", "stem", "timeout", "batch", "most"), QUEUES)
def test_a_message_comes_back_only_after_the_function_has_ended(
    file: str, stem: str, timeout: int, batch: int, most: int
) -> None:
    place = member(REPORTS) if file == MEMBER_TEMPLATE else hub(REPORTS)
    function = place.properties(f"{stem}Function")
    assert (int(function["Timeout"]), int(function["MemorySize"])) == (timeout, 128)
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    queue = place.properties(f"{stem}Queue")
    assert int(queue["VisibilityTimeout"]) == 6 * timeout
    assert queue["RedrivePolicy"]["maxReceiveCount"] == int(function["Environment"]["Variables"]["MAX_RECEIVES"])
    mapping = place.properties(f"{stem}QueueToFunction")
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (batch, {"MaximumConcurrency": most})
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_only_its_rules_write_to_a_queue() -> None:
    place = member()
    sources = {
        place.arn("ErrorLogsTaskRule"): True,
        place.arn("ErrorLogsStackRule"): True,
        f"arn:aws:events:us-east-1:{ALPHA}:rule/somebody-elses": False,
        place.arn("ErrorLogsTaskRule").replace(ALPHA, STRANGER): False,
    }
    for arn, may in sources.items():
        for queue in ("ErrorLogsQueue", "ErrorLogsDeadLetters"):
            assert place.may(Caller(service="events.amazonaws.com", source=arn), "sqs:SendMessage", queue) == may, arn


def test_nothing_of_it_is_made_in_a_hub_that_a_unit_contains() -> None:
    there = {
        key: body.get("Condition")
        for key, body in resources(UNITS, MEMBER_TEMPLATE).items()
        if "Alarm" not in body["Type"]
    }
    assert set(there.values()) == {"IsNotHub"}
    assert not [
        key
        for key, body in resources(USUAL, MEMBER_TEMPLATE).items()
        if "Condition" in body and "Alarm" not in body["Type"]
    ]


def test_nothing_of_it_is_retained() -> None:
    for file in (HUB_TEMPLATE, MEMBER_TEMPLATE):
        for key, body in resources(REPORTS, file).items():
            assert body.get("DeletionPolicy", "Delete") == "Delete", key


# --- what reaches the hub ---------------------------------------------------------------------------------------


def test_what_agents_find_reaches_the_event_store() -> None:
    place = hub()
    rule = place.properties("MonitoringEventsRule")
    window = event("obsgen.error-logs", "Error Log Window", {"environment": "prod"})
    assert matches(rule["EventPattern"], window)
    assert matches(rule["EventPattern"], {**window, "detail-type": "Monitoring Event"})
    for other in ({**window, "account": HUB_ACCOUNT}, {**window, "account": STRANGER}, {**window, "source": "shop"}):
        assert not matches(rule["EventPattern"], other), other
    assert rule["Targets"][0]["Arn"] == place.arn("MonitoringEventsQueue")
    assert not matches(place.properties("EventArchive")["EventPattern"], window)


def test_alarms_of_this_environment_reach_the_event_store_and_the_incidents() -> None:
    place = hub()
    for name, ours in (("errors-alarm-prod", True), ("errors-alarm-dev", False)):
        alarm = event("aws.cloudwatch", "CloudWatch Alarm State Change", {"alarmName": name})
        for rule in ("MonitoringEventsAlarmRule", "IncidentRule"):
            assert matches(place.properties(rule)["EventPattern"], alarm) == ours, (rule, name)


@pytest.mark.parametrize("kind", sorted(CHECKS))
@pytest.mark.parametrize("change", [USUAL, UNITS], ids=["accounts", "units"])
def test_findings_are_the_hubs_own_and_go_to_the_incident_queue(change: str, kind: str) -> None:
    place = hub(change)
    rule = place.properties("MonitoringEventsFindingRule")
    found = event("obsgen.events", kind, {"subject": "x"}, HUB_ACCOUNT)
    assert matches(rule["EventPattern"], found)
    assert matches(place.properties("EventArchive")["EventPattern"], found)
    assert not matches(rule["EventPattern"], {**found, "account": ALPHA})
    assert not matches(rule["EventPattern"], {**found, "source": "obsgen.error-logs"})
    for other in ("IncidentRule", "MonitoringEventsRule"):
        assert not matches(place.properties(other)["EventPattern"], found)
    assert rule["Targets"][0]["Arn"] == place.arn("IncidentQueue")
    source = Caller(service="events.amazonaws.com", source=place.arn("MonitoringEventsFindingRule"))
    for queue in ("IncidentQueue", "EventDeadLetters"):
        assert place.may(source, "sqs:SendMessage", queue)


def test_the_path_of_findings_is_watched_by_the_second_way() -> None:
    names = {body["Properties"].get("AlarmName", "") for body in hub().template["Resources"].values()}
    for rule in ("monitoring-finding-rule", "monitoring-events-rule", "monitoring-alarms-rule"):
        assert {f"path-watch-{rule}-prod", f"path-watch-{rule}-lost-prod"} <= names


def test_status_events_of_our_stack_set_reach_the_list_of_agents() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stackset-stack-instance-status-change.html"""
    pattern = hub().properties("UpdateDeploymentRule")["EventPattern"]
    arn = "arn:aws:cloudformation:us-east-1:111111111111:stackset/{}:e5f54eea-d041-44ad-94f8-b8268aca1e59"
    for name, ours in (("observability-members-prod", True), ("observability-members-dev", False)):
        for kind in ("StackInstance Status Change", "Operation Status Change", "Status Change"):
            detail = {"stack-set-arn": arn.format(name)}
            changed = event("aws.cloudformation", f"CloudFormation StackSet {kind}", detail, HUB_ACCOUNT)
            assert matches(pattern, changed) == ours, (name, kind)
    function = hub().properties("UpdateDeploymentFunction")
    assert function["Environment"]["Variables"]["STACK_SET_NAME"] == "observability-members-prod"
    assert function["DeadLetterConfig"] == {"TargetArn": hub().arn("UpdateDeploymentDeadLetters")}


# --- packages and manifest --------------------------------------------------------------------------------------

PACKAGES = {
    "query-error-logs": ({"error_logs"}, "handlers/error_logs/settings.json", ["eu-west-1", "us-east-1"]),
    "handle-monitoring-events": ({"events"}, "handlers/events/settings.json", ["us-east-1"]),
    "update-deployment": ({"agents", "events"}, "handlers/events/settings.json", ["us-east-1"]),
    "daily-report": ({"events", "reports"}, "handlers/events/settings.json", ["us-east-1"]),
    "monitoring-api": ({"api", "events"}, "handlers/api/openapi.json", ["us-east-1"]),
}


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_a_package_has_what_its_function_needs_and_lies_where_it_runs(name: str) -> None:
    done = made(REPORTS)
    folders, settings, regions = PACKAGES[name]
    (asset,) = (one for one in yaml.safe_load(done.artifacts["prod/manifest.yaml"])["assets"] if one["name"] == name)
    assert asset["regions"] == regions
    files = unpacked(done.packages["prod"][asset["key"]])
    assert {path.split("/")[1] for path in files if path.count("/") > 1} == {"common", *folders}
    assert f"{asset['handler'].rpartition('.')[0].replace('.', '/')}.py" in files
    assert json.loads(files[settings])
    (function,) = (
        body["Properties"]
        for file in (HUB_TEMPLATE, MEMBER_TEMPLATE)
        for body in of_type("AWS::Lambda::Function", REPORTS, file).values()
        if body["Properties"]["FunctionName"] == f"{name}-prod"
    )
    assert function["Code"]["S3Key"] == asset["key"]


def test_changed_settings_are_changed_code() -> None:
    other = f"{USUAL}\nerror_logs: {{every: 10m}}"
    keys = {member(change).properties("ErrorLogsFunction")["Code"]["S3Key"] for change in (USUAL, other)}
    assert len(keys) == 2


def test_the_manifest_lists_every_dead_letter_queue_of_the_hub_and_where_its_messages_go_back() -> None:
    queues = yaml.safe_load(made(REPORTS).artifacts["prod/manifest.yaml"])["queues"]
    in_template = {body["Properties"]["QueueName"] for body in of_type("AWS::SQS::Queue", REPORTS).values()}
    listed = {purpose: one for purpose, one in queues.items() if one["name"] in in_template}
    assert {one["name"] for one in listed.values()} == in_template
    goals = {purpose: queues.get(one["back_to"], {}).get("name") for purpose, one in listed.items() if "back_to" in one}
    assert goals == {
        "monitoring_event_dead_letters": "monitoring-events-prod",
        "report_dead_letters": "daily-report-prod",
        "agent_status_dead_letters": None,
    }
