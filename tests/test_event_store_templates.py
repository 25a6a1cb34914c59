"""Event store, reports and API in the hub's template: table, network and stage, and how the system is watched."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from generator.blueprints.monitoring_api import LOGGED
from generator.evaluate.types import MetricId, Published
from generator.manifest import HUB_TEMPLATE, MEMBER_TEMPLATE
from tests.event_estate import REPORTS, USUAL, grants, hub, made, member, of_type, resources
from tests.played import ALPHA, DAY, HUB_ACCOUNT, MINUTE, REGION, START, alarmed, deployed, played

VPC = "vpc: {subnets: [subnet-0123456789abcdef0], security_groups: [sg-0123456789abcdef0]}"


# --- the table --------------------------------------------------------------------------------------------------


def test_the_table_has_the_keys_and_indexes_that_the_store_reads() -> None:
    table = hub().properties("MonitoringEventsTable")
    assert table["TableName"] == "monitoring-events-prod"
    assert [one["AttributeName"] for one in table["KeySchema"]] == ["pk", "sk"]
    indexes = {
        one["IndexName"]: [key["AttributeName"] for key in one["KeySchema"]] for one in table["GlobalSecondaryIndexes"]
    }
    assert indexes == {name: [f"{name}_pk", f"{name}_sk"] for name in ("day", "due", "recent")}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert "SSESpecification" not in table
    assert "PointInTimeRecoverySpecification" not in table


def test_backup_and_a_key_of_its_own_are_made_where_they_are_asked_for() -> None:
    place = hub(f"{USUAL}\nevents: {{backup: true, encryption: customer-key}}")
    table = place.properties("MonitoringEventsTable")
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    sealed = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": "MonitoringEventsKey"}
    assert table["SSESpecification"] == sealed
    _, use = place.properties("MonitoringEventsKey")["KeyPolicy"]["Statement"]
    assert use["Condition"] == {
        "StringEquals": {"kms:CallerAccount": HUB_ACCOUNT, "kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}
    }


def test_the_key_knows_dynamodb_by_the_partitions_own_name() -> None:
    change = "hub: {region: cn-north-1}\nregions: [cn-north-1]\nevents: {encryption: customer-key}"
    key = made(change).templates["prod"][HUB_TEMPLATE]["Resources"]["MonitoringEventsKey"]
    _, use = key["Properties"]["KeyPolicy"]["Statement"]
    through = use["Condition"]["StringEquals"]["kms:ViaService"]
    assert through == {"Fn::Sub": "dynamodb.${AWS::Region}.${AWS::URLSuffix}"}


# --- the network ------------------------------------------------------------------------------------------------


def test_every_function_of_the_hub_runs_in_the_vpc_where_there_is_one_and_no_other_does() -> None:
    change = f"{REPORTS}\nevents: {{{VPC}}}"
    functions = of_type("AWS::Lambda::Function", change)
    assert len(functions) == 4
    wanted = {"SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    for key, body in functions.items():
        assert body["Properties"]["VpcConfig"] == wanted, key
        role = key.replace("Function", "Role")
        assert grants(hub(change), role)["ec2:CreateNetworkInterface"] == {f"arn:aws:ec2:us-east-1:{HUB_ACCOUNT}:*/*"}
        # Lambda needs the rights, and the function's own code is refused them.
        (refused,) = (
            one
            for policy in hub(change).properties(role)["Policies"]
            for one in policy["PolicyDocument"]["Statement"]
            if one["Effect"] == "Deny"
        )
        assert refused["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": [hub(change).arn(key)]}}
        assert {action for action in grants(hub(change), role) if action.startswith("ec2:")} == set(refused["Action"])
    for file in (HUB_TEMPLATE, MEMBER_TEMPLATE):
        for key, body in of_type("AWS::Lambda::Function", REPORTS, file).items():
            assert "VpcConfig" not in body["Properties"], key


# --- the API ----------------------------------------------------------------------------------------------------


def test_the_api_is_called_by_iam_and_hands_everything_below_v1_to_its_function() -> None:
    (method,) = of_type("AWS::ApiGateway::Method").values()
    assert method["Properties"]["AuthorizationType"] == "AWS_IAM"
    assert (method["Properties"]["HttpMethod"], method["Properties"]["Integration"]["Type"]) == ("ANY", "AWS_PROXY")
    paths = {body["Properties"]["PathPart"] for body in of_type("AWS::ApiGateway::Resource").values()}
    assert paths == {"v1", "{proxy+}"}
    function = hub().properties("MonitoringApiFunction")
    milliseconds = method["Properties"]["Integration"]["TimeoutInMillis"]
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    assert 1_000 * int(function["Timeout"]) < milliseconds <= 29_000


def test_the_stage_is_throttled_and_every_call_is_logged_for_thirty_days() -> None:
    change = f"{USUAL}\nevents: {{api: {{rate: 7, burst: 9}}}}"
    stage = hub(change).properties("MonitoringApiStage")
    assert stage["StageName"] == "prod"
    (settings,) = stage["MethodSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (7, 9)
    assert (settings["LoggingLevel"], settings["DataTraceEnabled"]) == ("OFF", False)
    assert json.loads(stage["AccessLogSetting"]["Format"]) == LOGGED
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    assert "$context.requestId" in LOGGED.values()
    assert stage["AccessLogSetting"]["DestinationArn"] == hub(change).arn("MonitoringApiAccessLogGroup")
    assert hub(change).properties("MonitoringApiAccessLogGroup")["RetentionInDays"] == 30
    assert hub().properties("MonitoringApi")["SecurityPolicy"].startswith("SecurityPolicy_TLS13_1_2")


def deployment(change: str) -> str:
    (title,) = of_type("AWS::ApiGateway::Deployment", change)
    stage = hub(change).template["Resources"]["MonitoringApiStage"]["Properties"]
    assert stage["DeploymentId"] == {"Ref": title}
    return title


def test_a_changed_api_is_a_new_deployment_and_the_same_api_is_the_old_one() -> None:
    """CloudFormation deploys nothing again by itself."""
    assert deployment(USUAL) == deployment(f"{USUAL}\nevents: {{api: {{rate: 7, burst: 9}}, keep: 30d}}")
    changed = f"{USUAL}\norganization: {{id: o-z9y8x7w6v5}}"
    assert deployment(USUAL) != deployment(changed)
    body = resources()[deployment(USUAL)]
    assert {"MonitoringApiMethod", "MonitoringApiDefault4Xx"} <= set(body["DependsOn"])


def test_the_accounts_role_is_set_only_where_it_is_asked_for() -> None:
    assert of_type("AWS::ApiGateway::Account")
    assert "MonitoringApiAccount" in resources()["MonitoringApiStage"]["DependsOn"]
    without = f"{USUAL}\nevents: {{api: {{account_role: false}}}}"
    assert not of_type("AWS::ApiGateway::Account", without)
    assert "DependsOn" not in resources(without)["MonitoringApiStage"]


def test_without_an_api_there_is_nothing_of_it() -> None:
    none = f"{USUAL}\nevents: {{api: false}}"
    assert not [key for key in resources(none) if key.startswith("MonitoringApi")]
    assert "prod/openapi.json" not in made(none).artifacts
    assert hub().template["Outputs"]["MonitoringApiUrl"]["Value"] == {
        "Fn::Sub": "https://${MonitoringApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${MonitoringApiStage}"
    }


# --- reports ----------------------------------------------------------------------------------------------------


def test_reports_come_when_the_file_says_so() -> None:
    zoned = "{at: '07:30', timezone: Europe/Berlin, to: [mail]}"
    change = f"{USUAL}\nreports: {{daily: {zoned}, weekly: {{to: [mail]}}}}"
    daily, weekly = (hub(change).properties(f"DailyReport{name}Schedule") for name in ("Daily", "Weekly"))
    assert (daily["ScheduleExpression"], daily["ScheduleExpressionTimezone"]) == ("cron(30 7 * * ? *)", "Europe/Berlin")
    assert weekly["ScheduleExpression"] == "cron(0 8 ? * MON *)"
    planned = "<aws.scheduler.scheduled-time>"
    assert json.loads(daily["Target"]["Input"]) == {"report": {"name": "daily", "at": planned}}
    assert daily["Target"]["Arn"] == hub(change).arn("DailyReportQueue")


def test_pages_of_reports_are_private_and_go_after_their_days() -> None:
    bucket = hub(f"{USUAL}\nreports: {{keep: 30d, daily: {{to: [mail]}}}}").properties("DailyReportBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (life,) = bucket["LifecycleConfiguration"]["Rules"]
    assert life["ExpirationInDays"] == 30
    (statement,) = hub(REPORTS).statements_on("DailyReportBucket")
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


# --- the system watches itself ----------------------------------------------------------------------------------

CALLS, FAILED = ("AWS/Lambda", "Invocations"), ("AWS/Lambda", "Errors")
OLDEST = ("AWS/SQS", "ApproximateAgeOfOldestMessage")
VISIBLE = ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
WRITES = ("AWS/DynamoDB", "WriteThrottleEvents")
OWN = "Obsgen/MonitoringEvents"
SEVERITIES = {
    "error-log-agent-dead-letters": "high",
    "error-log-agent-errors": "critical",
    "error-log-agent-oldest": "high",
    "monitoring-api-errors": "critical",
    "monitoring-events-dead-letters": "high",
    "monitoring-events-errors": "critical",
    "monitoring-events-latency": "medium",
    "monitoring-events-oldest": "high",
    "monitoring-events-throttled": "high",
    "report-failures": "low",
    "update-deployment-errors": "critical",
}


def test_each_alarm_has_the_severity_that_was_asked_for() -> None:
    estate = made(REPORTS).estates["prod"]
    ours = {alarm.key: alarm.tuning.severity for alarm in estate.alarms if alarm.key != "errors"}
    assert ours == SEVERITIES


def test_the_first_day_is_quiet_although_nothing_has_run_yet() -> None:
    """What is missing is no trouble: nothing was asked for, nothing was found, no report was due."""
    found = played(deployed(REPORTS), lasts=DAY)
    for key in SEVERITIES:
        account = ALPHA if key.startswith("error-log-agent") else HUB_ACCOUNT
        assert not alarmed(found, f"{key}-alarm-prod", account), key


def series(
    metric: tuple[str, str], values: Iterable[float | None], account: str, dimensions: dict[str, str]
) -> Published:
    given = tuple(None if value is None else (value,) for value in values)
    where = MetricId(account, REGION, *metric, tuple(sorted(dimensions.items())))
    return Published(where, START, 5 * MINUTE, given)


def function(name: str) -> dict[str, str]:
    return {"FunctionName": f"{name}-prod"}


def queue(name: str) -> dict[str, str]:
    return {"QueueName": f"{name}-prod"}


TABLE = {"TableName": "monitoring-events-prod"}
# The alarm, and what fires it and what does not.
FIRING: list[tuple[str, str, list[tuple[tuple[str, str], dict[str, str], list[float]]], bool]] = [
    (name, account, [(CALLS, function(kind), [100.0] * 3), (FAILED, function(kind), [failed] * 3)], failed > 5)
    for name, account, kind in (
        ("error-log-agent-errors", ALPHA, "query-error-logs"),
        ("monitoring-events-errors", HUB_ACCOUNT, "handle-monitoring-events"),
        ("update-deployment-errors", HUB_ACCOUNT, "update-deployment"),
        ("monitoring-api-errors", HUB_ACCOUNT, "monitoring-api"),
    )
    for failed in (5.0, 6.0)
]
FIRING += [
    (name, account, [(OLDEST, queue(kind), [age] * 3)], age > 900)
    for name, account, kind in (
        ("error-log-agent-oldest", ALPHA, "query-error-logs"),
        ("monitoring-events-oldest", HUB_ACCOUNT, "monitoring-events"),
    )
    for age in (900.0, 901.0)
]
FIRING += [
    (name, account, [(VISIBLE, queue(kind), [count] * 3)], count > 0)
    for name, account, kind in (
        ("error-log-agent-dead-letters", ALPHA, "query-error-logs-dead-letters"),
        ("monitoring-events-dead-letters", HUB_ACCOUNT, "monitoring-events-dead-letters"),
        ("monitoring-events-dead-letters", HUB_ACCOUNT, "update-deployment-dead-letters"),
        ("monitoring-events-dead-letters", HUB_ACCOUNT, "daily-report-dead-letters"),
    )
    for count in (0.0, 1.0)
]
FIRING += [
    ("monitoring-events-throttled", HUB_ACCOUNT, [(WRITES, TABLE, [1.0] * 3)], True),
    ("monitoring-events-throttled", HUB_ACCOUNT, [(WRITES, TABLE, [0.0] * 3)], False),
    (
        "monitoring-events-throttled",
        HUB_ACCOUNT,
        [(WRITES, {**TABLE, "GlobalSecondaryIndexName": "due"}, [1.0] * 3)],
        True,
    ),
    (
        "monitoring-events-latency",
        HUB_ACCOUNT,
        [((OWN, "ProcessingLatency"), {"Environment": "prod"}, [30_001.0] * 3)],
        True,
    ),
    (
        "monitoring-events-latency",
        HUB_ACCOUNT,
        [((OWN, "ProcessingLatency"), {"Environment": "prod"}, [30_000.0] * 3)],
        False,
    ),
    ("report-failures", HUB_ACCOUNT, [((OWN, "ReportFailures"), {"Environment": "prod"}, [1.0])], True),
    ("report-failures", HUB_ACCOUNT, [(FAILED, function("daily-report"), [1.0])], True),
    ("report-failures", HUB_ACCOUNT, [(FAILED, function("daily-report"), [0.0])], False),
]


@pytest.mark.parametrize(("key", "account", "given", "fires"), FIRING)
def test_an_alarm_fires_above_its_threshold_and_not_at_it(key: str, account: str, given: Any, fires: bool) -> None:
    published = [series(metric, values, account, dimensions) for metric, dimensions, values in given]
    found = played(deployed(REPORTS), *published, lasts=20 * MINUTE)
    assert alarmed(found, f"{key}-alarm-prod", account) == fires


def test_an_alarm_of_what_an_environment_has_not_is_not_made() -> None:
    only_events = {
        body["Properties"]["AlarmName"] for body in of_type("AWS::CloudWatch::Alarm", "events: true").values()
    }
    wanted = ("monitoring-api", "monitoring-events")
    assert only_events and all(name.startswith(wanted) for name in only_events)
    assert not of_type("AWS::CloudWatch::Alarm", "events: true", MEMBER_TEMPLATE)
    assert not made("regions: [us-east-1, eu-west-1]").estates["prod"].alarms[1:]


def test_the_dashboard_is_made_unless_it_is_not_wanted() -> None:
    body = json.loads(hub(REPORTS).properties("MonitoringEventsDashboard")["DashboardBody"])
    titles = [widget["properties"].get("title") for widget in body["widgets"]]
    assert titles[1:] == [
        "Events",
        "Time until an event is stored",
        "Errors",
        "Agents in us-east-1",
        "Failed calls",
        "Messages",
        "DynamoDB",
        "API",
    ]
    without = resources(f"{USUAL}\nevents: {{dashboard: false}}")
    assert "MonitoringEventsDashboard" not in without


def test_what_the_agent_works_with_is_named_in_its_functions_variables() -> None:
    place = member()
    variables = place.properties("ErrorLogsFunction")["Environment"]["Variables"]
    assert variables["BUS_ARN"] == hub().arn("Bus")
    assert (variables["ENVIRONMENT"], variables["MAX_RECEIVES"]) == ("prod", "5")
    assert set(variables) == {"BUS_ARN", "DEAD_LETTERS_URL", "ENVIRONMENT", "MAX_RECEIVES", "QUEUE_URL"}


def test_other_accounts_of_the_organization_only_read() -> None:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
    statements = hub().properties("MonitoringApi")["Policy"]["Statement"]
    resources = {one["Effect"]: one["Resource"] for one in statements}
    assert resources == {"Allow": ["execute-api:/*/GET/*"], "Deny": ["execute-api:/*"]}
