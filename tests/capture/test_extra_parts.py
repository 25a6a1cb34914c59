"""Parts of a capture that are read when they are asked for: lists of services, Resource Explorer, quotas and others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.retries.standard import ThrottledRetryableChecker

from generator.aws.capture_permissions import EXTRA_ACTIONS
from generator.aws.service_apis import ECS_SERVICES, SERVICE_APIS
from generator.capture.parts import EXTRA
from generator.capture.types import CapturedAccount
from generator.rollout.capture.calls import SERVICES, THROTTLED, CallFailed, RegionCalls
from generator.rollout.capture.extra_parts import EXTRA_PARTS, QUOTA_SERVICES
from generator.rollout.capture.folder import CaptureFolder
from generator.rollout.capture.pace import Paces
from generator.rollout.capture.request import CaptureRequest
from tests.capture.cloud import NOW_MS, OWN, Cloud, Fault, client, cloud
from tests.capture.test_capture import REGION, rows, run
from tests.command import obsgen

Answers = dict[str, list[dict[str, Any]] | str]


def answer_token(action: str) -> str:
    """The key of an answer that leads to the next page."""
    return next((api.following[1] for api in SERVICE_APIS if api.action == action), "NextToken") or "NextToken"


class NoWait(Paces):
    """Paces that wait for nothing."""

    def _pause(self, _seconds: float) -> bool:
        return False


class FakeClients:
    """AWS by canned answers: the pages of each action, or the code of its error. seen: parameters of each call."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.seen: list[tuple[str, dict[str, Any]]] = []

    def client(self, _account: str, service: str, _region: str) -> Any:
        return SimpleNamespace(
            **{
                xform_name(action.partition(":")[2]): self.operation(action)
                for action in self.answers
                if SERVICES.get(action.partition(":")[0], action.partition(":")[0]) == service
            }
        )

    def operation(self, action: str) -> Any:
        def call(**params: Any) -> dict[str, Any]:
            self.seen.append((action, params))
            pages = self.answers[action]
            if isinstance(pages, str):
                raise ClientError({"Error": {"Code": pages, "Message": "no"}}, action)
            token = next((params[key] for key in params if "oken" in key or key in ("Marker", "position")), None)
            token = params.get("ExclusiveStartTableName", token)
            number = int(token or 0)
            more = {answer_token(action): str(number + 1)} if number + 1 < len(pages) else {}
            if action == ECS_SERVICES and more:
                more = {"nextToken": str(number + 1)}
            return {**pages[number], **more}

        return call


def read(part: str, answers: Answers, folder: Path) -> tuple[list[dict[str, Any]], CaptureFolder, FakeClients]:
    """The rows of a part."""
    access = FakeClients(answers)
    calls = RegionCalls("222222222222", REGION, access, NoWait(Event()))
    request = CaptureRequest(None, None, (CapturedAccount("222222222222", "a", (REGION,)),), NOW_MS)
    captured = CaptureFolder(folder)
    captured.create()
    return list(EXTRA_PARTS[part](calls, request, captured)), captured, access


def nothing() -> Answers:
    """Services that have nothing."""
    return {api.action: [{}] for api in SERVICE_APIS} | {ECS_SERVICES: [{}]}


def test_every_call_is_one_of_the_service_with_its_keys_and_pages() -> None:
    """botocore has the operations, and the pages of many of them."""
    session = botocore.session.get_session()
    for api in SERVICE_APIS:
        prefix, _, name = api.action.partition(":")
        service = SERVICES.get(prefix, prefix)
        operation = session.get_service_model(service).operation_model(name)
        assert operation.output_shape and operation.input_shape
        members = {*operation.output_shape.members}
        assert api.result in members, api.action
        token, following = api.following
        known = {*operation.input_shape.members}
        assert {key for key, _ in api.params} <= known, api.action
        if token:
            assert token in known and following in members, api.action
        else:
            assert not {"NextToken", "nextToken", "Marker"} & members, api.action
        paginators = session.get_paginator_model(service)
        try:
            pages = paginators.get_paginator(name)
        except ValueError:
            continue
        assert (token, following) == (pages["input_token"], pages["output_token"])
        assert api.result in (pages["result_key"], *pages["result_key"]), api.action


def test_lists_of_services_become_rows_over_all_pages(tmp_path: Path) -> None:
    prefix = f"arn:aws:elasticloadbalancing:{REGION}:222222222222:loadbalancer"
    answers = nothing() | {
        "sqs:ListQueues": [{"QueueUrls": [f"https://sqs/222222222222/q{number}"]} for number in range(3)],
        "dynamodb:ListTables": [{"TableNames": ["a"]}, {"TableNames": ["b"]}],
        "elbv2:DescribeLoadBalancers": [
            {"LoadBalancers": [
                {"LoadBalancerArn": f"{prefix}/app/shop/1", "Type": "application", "DNSName": "shop.elb"},
                {"LoadBalancerArn": f"{prefix}/net/tcp/2", "Type": "network"},
                {"LoadBalancerArn": f"{prefix}/gwy/x/3", "Type": "gateway"},
            ]}
        ],
        "apigateway:GetRestApis": [{"items": [{"id": "r1", "name": "pay"}]}],
        "apigatewayv2:GetApis": [
            {"Items": [{"ApiId": "h1", "ProtocolType": "HTTP", "ApiEndpoint": "https://h1.x"}, {"ApiId": "w1"}]}
        ],
        "ecs:ListClusters": [{"clusterArns": ["arn:aws:ecs:r:1:cluster/shop"]}],
        ECS_SERVICES: [{"serviceArns": [f"arn:aws:ecs:r:1:service/{name}"]} for name in ("shop/web", "old")],
        "rds:DescribeDBClusters": [{"DBClusters": [{"DBClusterIdentifier": "c", "Engine": "aurora-mysql"}]}],
        "rds:DescribeDBInstances": [{"DBInstances": [
            {"DBInstanceIdentifier": "c-1", "Engine": "aurora-mysql", "DBClusterIdentifier": "c"},
            {"DBInstanceIdentifier": "main", "Engine": "postgres"},
            {"DBInstanceIdentifier": "doc-1", "Engine": "docdb", "DBClusterIdentifier": "doc"},
        ]}],
        "autoscaling:DescribeAutoScalingGroups": [
            {"AutoScalingGroups": [{"AutoScalingGroupName": "web", "Instances": [{"InstanceId": "i-1"}]}]}
        ],
        "mq:ListBrokers": [{"BrokerSummaries": [
            {"BrokerName": "old", "EngineType": "ActiveMQ", "DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ"},
            {"BrokerName": "new", "EngineType": "RabbitMQ"},
        ]}],
        "states:ListStateMachines": "AccessDeniedException",
        "glue:ListJobs": "AccessDeniedException",
    }  # fmt: skip
    found, folder, _ = read("services", answers, tmp_path)
    names = {(row["Type"], *row["Values"].values()): row for row in found}
    assert sorted(names) == [
        ("activemq", "old-1"),
        ("activemq", "old-2"),
        ("alb", "app/shop/1"),
        ("apigateway:websocket", "w1"),
        ("aurora", "c"),
        ("auto-scaling", "web"),
        ("dynamodb", "a"),
        ("dynamodb", "b"),
        ("ec2", "i-1"),
        ("ecs", "shop", "old"),
        ("ecs", "shop", "web"),
        ("ecs-cluster", "shop"),
        ("elasticloadbalancing:gateway", "gwy/x/3"),
        ("http-api", "h1"),
        ("nlb", "net/tcp/2"),
        ("rabbitmq", "new"),
        ("rds", "c-1"),
        ("rds", "main"),
        ("rds:docdb", "doc-1"),
        ("rest-api", "pay"),
        ("sqs", "q0"),
        ("sqs", "q1"),
        ("sqs", "q2"),
    ]
    assert names["rds", "c-1"]["Group"] == {"Type": "aurora", "Values": {"cluster": "c"}}
    assert names["rest-api", "pay"]["Host"] == f"r1.execute-api.{REGION}.amazonaws.com"
    assert {problem.call for problem in folder.problems} == {"states:ListStateMachines", "glue:ListJobs"}


def test_the_part_is_missing_only_where_no_service_answers(tmp_path: Path) -> None:
    denied: Answers = dict.fromkeys(nothing(), "AccessDenied")
    with pytest.raises(CallFailed):
        read("services", denied, tmp_path)


def test_clusters_are_listed_without_their_services(tmp_path: Path) -> None:
    """A role without ecs:ListServices, and a cluster that was deleted since it was listed."""
    clusters = {"ecs:ListClusters": [{"clusterArns": ["arn:aws:ecs:r:1:cluster/shop"]}]}
    for number, (code, problems) in enumerate((("AccessDeniedException", 1), ("ClusterNotFoundException", 0))):
        answers: Answers = nothing() | clusters | {ECS_SERVICES: code}
        found, folder, _ = read("services", answers, tmp_path / str(number))
        assert [row["Type"] for row in found] == ["ecs-cluster"]
        assert len(folder.problems) == problems


def test_a_log_group_that_was_deleted_meanwhile_has_no_subscription_filters(tmp_path: Path) -> None:
    answers: Answers = {
        "logs:DescribeLogGroups": [{"logGroups": [{"logGroupName": "/app"}]}],
        "logs:DescribeSubscriptionFilters": "ResourceNotFoundException",
    }
    assert read("subscription-filters", answers, tmp_path)[0] == []


def test_all_codes_of_throttling_make_a_capture_slower() -> None:
    """Of Kinesis it is LimitExceededException, of SQS RequestThrottled."""
    codes = {*ThrottledRetryableChecker._THROTTLED_ERROR_CODES} - {"TransactionInProgressException"}
    assert codes <= {*THROTTLED}


def test_resource_explorer_lists_an_account_and_region_once(tmp_path: Path) -> None:
    """The view of an aggregator has all Regions; each Region keeps its own resources."""

    def resource(region: str, account: str = "222222222222") -> dict[str, Any]:
        return {"Arn": f"arn:aws:sqs:{region}:{account}:q", "Region": region, "OwningAccountId": account}

    pages = [
        {"Resources": [resource(REGION)]},
        {"Resources": [resource("eu-west-1"), resource(REGION, "333333333333")]},
    ]
    found, _, access = read("resource-explorer", {"resource-explorer-2:ListResources": pages}, tmp_path)
    assert [row["Arn"] for row in found] == [f"arn:aws:sqs:{REGION}:222222222222:q"]
    assert len(access.seen) == 2


def test_subscription_filters_are_read_by_log_group(tmp_path: Path) -> None:
    answers: Answers = {
        "logs:DescribeLogGroups": [{"logGroups": [{"logGroupName": "/app"}, {"logGroupName": "/db"}]}],
        "logs:DescribeSubscriptionFilters": [{"subscriptionFilters": [{"logGroupName": "/app", "filterName": "all"}]}],
    }
    found, _, access = read("subscription-filters", answers, tmp_path)
    assert [row["filterName"] for row in found] == ["all", "all"]
    assert [params["logGroupName"] for _, params in access.seen[1:]] == ["/app", "/db"]


def test_mute_rules_and_quotas_are_read_one_by_one(tmp_path: Path) -> None:
    summary = {"AlarmMuteRuleArn": f"arn:aws:cloudwatch:{REGION}:1:alarm-mute-rule:nights"}
    answers: Answers = {
        "cloudwatch:ListAlarmMuteRules": [{"AlarmMuteRuleSummaries": [summary]}],
        "cloudwatch:GetAlarmMuteRule": [{"Name": "nights", "ResponseMetadata": {}}],
        "servicequotas:ListServiceQuotas": [{"Quotas": [{"ServiceCode": "x", "QuotaCode": "L-1", "Value": 5.0}]}],
    }
    found, _, _ = read("mute-rules", answers, tmp_path)
    assert found == [{"Name": "nights"}]
    _, _, access = read("quotas", answers, tmp_path)
    assert [params["ServiceCode"] for _, params in access.seen] == [*QUOTA_SERVICES]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """An account without anything, at a fixed time, where retries do not wait."""
    monkeypatch.setattr("generator.rollout.aws.clients.Aws.now_ms", lambda _self: NOW_MS)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    with cloud() as world:
        yield world


def test_an_extra_part_is_read_where_it_is_asked_for(tmp_path: Path, aws: Cloud) -> None:
    client("logs").create_log_group(logGroupName="/app")
    only = ("--only", "log-groups", "--data-days", "0", "--with", "subscription-filters")
    aws.faults.append(Fault("DescribeSubscriptionFilters", "AccessDeniedException", times=1))
    done = run(tmp_path, *only)
    assert done.returncode == 1
    assert "  subscription-filters logs:DescribeSubscriptionFilters: AccessDeniedException in 1 account" in done.stdout
    assert not (tmp_path / "captured" / OWN / REGION / "subscription-filters.jsonl").exists()
    assert run(tmp_path, *only).returncode == 0
    assert rows(tmp_path, "subscription-filters") == []
    assert run(tmp_path, "--with", "service").returncode == 2


def test_the_policy_has_what_is_asked_for(tmp_path: Path) -> None:
    plain = json.loads(obsgen(tmp_path, "policy", "--capture").stdout)["Statement"][0]["Action"]
    done = obsgen(tmp_path, "policy", "--capture", "--with", "services", "--with", "quotas")
    wide, narrow = json.loads(done.stdout)["Statement"]
    assert {*wide["Action"], *narrow["Action"]} - {*plain} == {*EXTRA_ACTIONS["services"], *EXTRA_ACTIONS["quotas"]}
    # Every GET of API Gateway is one action: of its keys and of its integrations, too.
    assert narrow["Action"] == ["apigateway:GET"]
    assert narrow["Resource"] == ["arn:*:apigateway:*::/apis", "arn:*:apigateway:*::/restapis"]
    assert wide["Action"] == sorted(wide["Action"])
    assert {*EXTRA} == {*EXTRA_PARTS} == {*EXTRA_ACTIONS}
    assert "did you mean `services`" in obsgen(tmp_path, "policy", "--capture", "--with", "service").stderr
