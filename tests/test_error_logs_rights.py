"""Errors in logs, event store, reports and API: who may do what, by the policies of the built templates."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.aws.policy_sizes import INLINE_OF_A_ROLE, size_of
from generator.build import HUB_TEMPLATE, MEMBER_TEMPLATE
from generator.model.error_log_names import CHECKS
from generator.render.deployer_policy import statements as statements_of
from tests.event_estate import (
    ALPHA,
    CHECKERS,
    HUB_ACCOUNT,
    ORGANIZATION,
    REPORTS,
    STRANGER,
    UNIT,
    UNITS,
    USUAL,
    grants,
    hub,
    made,
    member,
    of_type,
)
from tests.handlers.events.test_app import RIGHTS, RIGHTS_OF_AGENTS
from tests.policies import Caller, allowed

AGENT = "arn:aws:iam::{account}:role/query-error-logs-role-{region}-prod"
WINDOW = {"events:source": ["obsgen.error-logs"], "events:detail-type": "Error Log Window"}
POLLING = {
    f"sqs:{action}" for action in ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
}


def own(account: str, service: str, rest: str) -> set[str]:
    return {f"arn:aws:{service}:us-east-1:{account}:{rest}"}


# --- the agent --------------------------------------------------------------------------------------------------


def test_the_agent_may_what_its_code_calls_and_on_what_is_its_own() -> None:
    place, may = member(), grants(member(), "ErrorLogsRole")
    assert {action for action, on in may.items() if on == {place.arn("ErrorLogsQueue")}} == POLLING
    assert may["sqs:SendMessage"] == {place.arn("ErrorLogsDeadLetters")}
    assert may["events:PutEvents"] == {hub().arn("Bus")}
    assert may["logs:StartQuery"] == own(ALPHA, "logs", "log-group:*")
    assert may["logs:GetLogEvents"] == own(ALPHA, "logs", "log-group:*:log-stream:*")
    assert may["kms:Decrypt"] == own(ALPHA, "kms", "key/*")
    assert may["ecs:DescribeServices"] == own(ALPHA, "ecs", "service/*")
    wide = {action for action, on in may.items() if "*" in on}
    # None of them takes a resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    assert wide == {
        "ecs:DescribeTaskDefinition",
        "ecs:ListClusters",
        "ecs:ListServices",
        "lambda:ListFunctions",
        "logs:DescribeLogGroups",
        "logs:GetQueryResults",
        "logs:StopQuery",
    }
    written = own(ALPHA, "logs", "log-group:/aws/lambda/query-error-logs-prod:*")
    assert may["logs:PutLogEvents"] == may["logs:CreateLogStream"] == written
    assert not [
        action for action in may if action.startswith("dynamodb:") or "Delete" in action.removeprefix("sqs:Delete")
    ]


def statements(role: str, action: str, change: str = USUAL, file: str = MEMBER_TEMPLATE) -> list[dict[str, Any]]:
    place = member(change) if file == MEMBER_TEMPLATE else hub(change)
    policies = place.properties(role)["Policies"]
    return [one for policy in policies for one in policy["PolicyDocument"]["Statement"] if action in one["Action"]]


def test_what_a_log_group_masks_stays_masked_whatever_else_the_role_is_given() -> None:
    (statement,) = statements("ErrorLogsRole", "logs:Unmask")
    assert (statement["Effect"], statement["Resource"]) == ("Deny", ["*"])
    assert "Condition" not in statement


def test_the_agent_decrypts_through_cloudwatch_logs_alone() -> None:
    (statement,) = statements("ErrorLogsRole", "kms:Decrypt")
    assert statement["Condition"] == {
        "StringEquals": {"kms:CallerAccount": ALPHA, "kms:ViaService": "logs.us-east-1.amazonaws.com"}
    }


def test_what_only_some_settings_need_is_allowed_only_with_these() -> None:
    off = "health: false, deployments: false, tasks: false"
    least = f"{USUAL}\nerror_logs: {{{off}, groups: {{prefixes: [/ecs/], functions: false, services: false}}}}"
    fewest = grants(member(least), "ErrorLogsRole")
    assert not [action for action in fewest if action.split(":")[0] in ("ecs", "lambda", "tag")]
    tags = least.replace("prefixes: [/ecs/]", "tags: {team: [payments]}")
    assert grants(member(tags), "ErrorLogsRole").keys() - fewest.keys() == {"tag:GetResources"}
    tasks = least.replace("tasks: false", "tasks: true")
    assert grants(member(tasks), "ErrorLogsRole").keys() - fewest.keys() == {"ecs:DescribeTaskDefinition"}


# --- the hub's bus ------------------------------------------------------------------------------------------------


def agent(account: str = ALPHA, region: str = "us-east-1", **keys: Any) -> Caller:
    path = f"{ORGANIZATION}/r-ab12/{UNIT}/"
    given = {"principal": AGENT.format(account=account, region=region), "organization": ORGANIZATION, "path": path}
    return Caller(**given | {"more": WINDOW} | keys)


@pytest.mark.parametrize("change", [USUAL, UNITS, CHECKERS], ids=["accounts", "units", "checkers"])
def test_agents_put_what_they_find_on_the_hubs_bus_and_nothing_else(change: str) -> None:
    place = hub(change)
    for region in ("us-east-1", "eu-west-1"):
        for kind in ("Error Log Window", "Monitoring Event"):
            more = {**WINDOW, "events:detail-type": kind}
            assert place.may(agent(region=region, more=more), "events:PutEvents", "Bus")
    forged = {
        "a finding of the hub": {"events:source": ["obsgen.events"], "events:detail-type": "Log Error Finding"},
        "a checker's finding": {"events:source": ["obsgen.compliance"], "events:detail-type": "Tag Compliance Finding"},
        "an alarm": {"events:source": ["aws.cloudwatch"], "events:detail-type": "CloudWatch Alarm State Change"},
        "another source beside": {**WINDOW, "events:source": ["obsgen.error-logs", "obsgen.events"]},
        "another type": {**WINDOW, "events:detail-type": "Log Error Finding"},
        "no source": {"events:detail-type": "Error Log Window"},
        "no type": {"events:source": ["obsgen.error-logs"]},
        "neither": {},
    }
    for what, keys in forged.items():
        assert not place.may(agent(more=keys), "events:PutEvents", "Bus"), what
    role = AGENT.format(account=ALPHA, region="us-east-1")
    others = {
        "a Region without members": agent(region="ap-south-1"),
        "another role": agent(principal=f"arn:aws:iam::{ALPHA}:role/Admin"),
        "the schedule's role": agent(principal=role.replace("logs-role", "logs-schedule-role")),
        "the checker's role": agent(principal=role.replace("query-error-logs", "tag-compliance-checker")),
        "another environment": agent(principal=role.replace("prod", "dev")),
        "another organization": agent(organization="o-z9y8x7w6v5", path="o-z9y8x7w6v5/r-zz99/"),
        "an account outside": agent(STRANGER, path=f"{ORGANIZATION}/r-ab12/ou-ab12-99999999/"),
    }
    for who, caller in others.items():
        assert not place.may(caller, "events:PutEvents", "Bus"), who


def test_a_checker_may_not_speak_as_an_agent() -> None:
    checker = agent(
        principal=AGENT.format(account=ALPHA, region="us-east-1").replace("query-error-logs", "tag-compliance-checker")
    )
    assert not hub(CHECKERS).may(checker, "events:PutEvents", "Bus")


def test_the_role_in_the_bus_policy_is_the_agents() -> None:
    for region in ("us-east-1", "eu-west-1"):
        assert member(region=region).arn("ErrorLogsRole") == AGENT.format(account=ALPHA, region=region)


def test_the_agents_own_role_allows_these_events_and_no_others() -> None:
    (statement,) = statements("ErrorLogsRole", "events:PutEvents")
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {
            "events:source": "obsgen.error-logs",
            "events:detail-type": ["Error Log Window", "Monitoring Event"],
        },
        "Null": {"events:source": "false", "events:detail-type": "false"},
    }


# Fourteen Regions, each in the name of every role.
AREAS = ("us-east", "us-west", "eu-west", "eu-central", "ap-south", "ap-southeast", "ap-northeast")


# Three more accounts stand in every spec here.
@pytest.mark.parametrize("count", [97, 98, 197, 900])
def test_the_bus_policy_has_room_for_the_accounts_three_times(count: int) -> None:
    names = "".join(f"\n  m{n}: {{id: '{300_000_000_000 + n}'}}" for n in range(count))
    regions = [f"{area}-{number}" for area in AREAS for number in (1, 2)]
    place = hub(f"{CHECKERS}\nregions: [{', '.join(regions)}]\naccounts:{names}")
    size = sum(len(json.dumps(one, separators=(",", ":"))) for one in place.statements_on("Bus"))
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    assert size < 10_240 - 200
    assert place.may(agent(f"{300_000_000_000 + count - 1}"), "events:PutEvents", "Bus")


def test_rules_of_the_bus_have_room_for_a_hundred_accounts() -> None:
    names = "".join(f"\n  m{n}: {{id: '{300_000_000_000 + n}'}}" for n in range(99))
    for key, body in hub(f"{CHECKERS}\naccounts:{names}").template["Resources"].items():
        if body["Type"] in ("AWS::Events::Rule", "AWS::Events::Archive") and "EventPattern" in body["Properties"]:
            assert len(json.dumps(body["Properties"]["EventPattern"])) <= 2_048, key


# --- the hub's functions ------------------------------------------------------------------------------------------

INDEXES = {
    "MonitoringEventsRole": {"due", "recent"},
    "UpdateDeploymentRole": set(),
    "DailyReportRole": {"day", "recent"},
    "MonitoringApiRole": {"day", "recent"},
}
FUNCTIONS = {
    "MonitoringEventsRole": {"BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"},
    "UpdateDeploymentRole": {"GetItem", "PutItem", "Query"},
    "DailyReportRole": {"BatchGetItem", "GetItem", "Query", "UpdateItem"},
    "MonitoringApiRole": {"BatchGetItem", "GetItem", "PutItem", "Query"},
}


@pytest.mark.parametrize("role", sorted(FUNCTIONS))
def test_a_function_of_the_hub_may_what_its_code_calls(role: str) -> None:
    place, may = hub(REPORTS), grants(hub(REPORTS), role)
    table = place.arn("MonitoringEventsTable")
    assert {action.removeprefix("dynamodb:") for action, on in may.items() if table in on} == FUNCTIONS[role]
    indexes = {on for on in may["dynamodb:Query"] if on.startswith(f"{table}/")}
    assert indexes == {f"{table}/index/{one}" for one in INDEXES[role]}
    wide = {action for action, on in may.items() if "*" in on}
    assert wide == ({"cloudwatch:GetMetricData"} if role == "DailyReportRole" else set())
    if role != "DailyReportRole":
        (statement,) = statements(role, "events:PutEvents", REPORTS, HUB_TEMPLATE)
        assert may["events:PutEvents"] == {place.arn("Bus")}
        assert statement["Condition"]["ForAllValues:StringEquals"] == {
            "events:source": "obsgen.events",
            "events:detail-type": list(CHECKS),
        }


@pytest.mark.parametrize(
    ("role", "recorded", "besides"),
    [
        ("MonitoringEventsRole", RIGHTS, POLLING),
        ("UpdateDeploymentRole", RIGHTS_OF_AGENTS, {"sqs:SendMessage"}),
    ],
)
def test_a_role_allows_what_was_recorded_of_its_functions_calls(
    role: str, recorded: set[tuple[str, str]], besides: set[str]
) -> None:
    """RIGHTS are compared with every call of the code where they stand; besides: what Lambda does in its name."""
    place = hub(REPORTS)
    allowed_there = {(action, on.rpartition(":")[2]) for action, every in grants(place, role).items() for on in every}
    called = {(action, on.removeprefix("table/")) for action, on in recorded}
    short = {(action, on.removeprefix("table/").removeprefix("event-bus/")) for action, on in allowed_there}
    assert called <= short
    log = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert {action for action, _ in short - called} == (besides | log) - {"sqs:ChangeMessageVisibility"}


def test_a_report_is_sent_by_what_its_channels_need() -> None:
    place, may = hub(REPORTS), grants(hub(REPORTS), "DailyReportRole")
    bucket = place.arn("DailyReportBucket")
    assert may["s3:PutObject"] == {f"{bucket}/*"}
    assert may["sns:Publish"] == {place.arn("Topic")}
    assert "ses:SendEmail" not in may
    assert "secretsmanager:GetSecretValue" not in may
    html = f"{USUAL}\nreports: {{daily: {{to: [mail]}}, sender: reports@example.com}}"
    may = grants(hub(html), "DailyReportRole")
    ses = f"arn:aws:ses:us-east-1:{HUB_ACCOUNT}:"
    # SES also asks for the right on the configuration set that an identity may have.
    assert may["ses:SendEmail"] == {
        f"{ses}identity/example.com",
        f"{ses}identity/reports@example.com",
        f"{ses}configuration-set/*",
    }
    assert "sns:Publish" not in may
    slack = f"{USUAL}\nchannels: {{chat: {{type: slack, secret: shop/slack}}}}\nroutes: {{low: [mail, chat]}}"
    may = grants(hub(f"{slack}\nreports: {{daily: {{to: [chat]}}}}"), "DailyReportRole")
    assert may["secretsmanager:GetSecretValue"] == own(HUB_ACCOUNT, "secretsmanager", "secret:shop/slack-??????")
    assert "sns:Publish" not in may


def test_the_api_reads_incidents_and_pages_and_signs_cursors() -> None:
    place, may = hub(REPORTS), grants(hub(REPORTS), "MonitoringApiRole")
    incidents, bucket = place.arn("IncidentTable"), place.arn("DailyReportBucket")
    assert incidents in may["dynamodb:BatchGetItem"]
    assert {action for action, on in may.items() if incidents in on} == {"dynamodb:BatchGetItem", "dynamodb:Query"}
    assert f"{incidents}/index/due" in may["dynamodb:Query"]
    assert may["secretsmanager:GetSecretValue"] == {place.arn("MonitoringApiCursors")}
    assert (may["s3:GetObject"], may["s3:ListBucket"]) == ({f"{bucket}/*"}, {bucket})
    assert "s3:GetObject" not in grants(hub(), "MonitoringApiRole")


def test_only_schedules_of_their_group_take_a_schedules_role() -> None:
    for place, stem, name in (
        (member(), "ErrorLogs", "query-error-logs"),
        (hub(REPORTS), "MonitoringEvents", "monitoring-events"),
    ):
        group = f"arn:aws:scheduler:us-east-1:{place.account}:schedule-group/{name}-prod"
        role = f"{stem}ScheduleRole"
        assert place.may_assume(Caller(service="scheduler.amazonaws.com", source=group), role)
        for other in (group.replace(name, "other"), group.replace(place.account, STRANGER)):
            assert not place.may_assume(Caller(service="scheduler.amazonaws.com", source=other), role)
        assert not place.may_assume(Caller(service="lambda.amazonaws.com", source=group), role)
    sends = {"MonitoringEventsQueue", "MonitoringEventsDeadLetters", "DailyReportQueue", "DailyReportDeadLetters"}
    wanted = {"sqs:SendMessage": {hub(REPORTS).arn(one) for one in sends}}
    assert grants(hub(REPORTS), "MonitoringEventsScheduleRole") == wanted


def test_roles_are_as_long_as_iam_takes_them() -> None:
    for file in (HUB_TEMPLATE, MEMBER_TEMPLATE):
        for key, body in of_type("AWS::IAM::Role", CHECKERS, file).items():
            size = sum(size_of(policy["PolicyDocument"]) for policy in body["Properties"].get("Policies", ()))
            assert size < INLINE_OF_A_ROLE / 2, key


# --- whoever deploys ----------------------------------------------------------------------------------------------


def deployers(change: str) -> dict[str, dict[str, Any]]:
    template = made(change).templates["prod"][HUB_TEMPLATE]
    return {one["Sid"]: one for one in statements_of([template], HUB_ACCOUNT, "us-east-1", "aws")}


def test_whoever_deploys_reads_no_secrets_but_ours() -> None:
    found = deployers(USUAL)
    arn = f"arn:aws:secretsmanager:us-east-1:{HUB_ACCOUNT}:secret:monitoring-api-cursors-prod-??????"
    assert (found["Secrets"]["Action"], found["Secrets"]["Resource"]) == (["secretsmanager:GetSecretValue"], [arn])
    everywhere = {action for sid, one in found.items() if sid != "Secrets" for action in one["Action"]}
    assert "secretsmanager:GetSecretValue" not in everywhere
    assert {"apigateway:POST", "secretsmanager:CreateSecret", "secretsmanager:GetRandomPassword"} <= everywhere
    assert not [action for action in everywhere if action.startswith("ec2:")]
    network = (
        f"{USUAL}\nevents: {{vpc: {{subnets: [subnet-0123456789abcdef0], security_groups: [sg-0123456789abcdef0]}}}}"
    )
    assert "ec2:DescribeSubnets" in deployers(network)["ThroughEc2"]["Action"]


# --- the API ------------------------------------------------------------------------------------------------------


def caller(account: str, organization: str = ORGANIZATION) -> Caller:
    return Caller(principal=f"arn:aws:iam::{account}:role/Somebody", organization=organization)


def verdict(who: Caller, by_iam: bool, method: str = "GET") -> bool:
    """Tables A and B of
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
    """
    policy = hub().statements_on("MonitoringApi")
    on = f"execute-api:/prod/{method}/v1/errors"
    by_policy = allowed(policy, who, "execute-api:Invoke", on)
    denied = [one for one in policy if one["Effect"] == "Deny"]
    if allowed([{**one, "Effect": "Allow"} for one in denied], who, "execute-api:Invoke", on):
        return False
    return by_iam or by_policy if who.account == HUB_ACCOUNT else by_iam and by_policy


@pytest.mark.parametrize("by_iam", [True, False])
def test_who_may_call_the_api(by_iam: bool) -> None:
    # Nobody without IAM, in the hub's own account neither: there the policy of the API allows nothing.
    assert verdict(caller(HUB_ACCOUNT), by_iam) == by_iam
    assert verdict(caller(HUB_ACCOUNT), by_iam, "POST") == by_iam
    assert verdict(caller(ALPHA), by_iam) == by_iam
    # Whoever resolves an error closes its incident: that is for the hub's own account.
    assert not verdict(caller(ALPHA), by_iam, "POST")
    assert not verdict(caller(STRANGER, "o-z9y8x7w6v5"), by_iam)
    assert not verdict(caller(STRANGER, ""), by_iam)


def test_readers_of_the_hub_ask_the_api_and_decide_nothing() -> None:
    """A decision is a POST."""
    reader = made().templates["prod"][HUB_TEMPLATE]["Resources"]["MonitoringReaderRole"]["Properties"]
    (document,) = (one["PolicyDocument"] for one in reader["Policies"] if one["PolicyName"] == "ask-api")
    arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${MonitoringApi}/prod/GET/*"
    assert document["Statement"][0]["Resource"] == [{"Fn::Sub": arn}]
    silent = made(f"{USUAL}\nevents: {{api: false}}").templates["prod"][HUB_TEMPLATE]["Resources"][
        "MonitoringReaderRole"
    ]
    assert "ask-api" not in json.dumps(silent)


def test_api_gateway_calls_the_function_for_this_api_only() -> None:
    permission = made().templates["prod"][HUB_TEMPLATE]["Resources"]["MonitoringApiPermission"]["Properties"]
    assert permission["Principal"] == "apigateway.amazonaws.com"
    arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${MonitoringApi}/prod/*/v1/*"
    assert permission["SourceArn"] == {"Fn::Sub": arn}


def test_a_sender_may_be_verified_by_a_domain_above_its_own() -> None:
    change = REPORTS.replace("reports: {", "reports: {sender: reports@mail.eu.example.com, ")
    names = {arn.partition("/")[2] for arn in grants(hub(change), "DailyReportRole")["ses:SendEmail"]}
    assert {"mail.eu.example.com", "eu.example.com", "example.com"} < names
    assert "com" not in names
