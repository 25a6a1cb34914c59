"""What the agent finds in an account: log groups by prefix, tag, function, service; what is not well; deployments."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from handlers.error_logs import discovery
from handlers.error_logs.log_groups import LogGroup, prefixes_to_list, select_log_groups
from handlers.error_logs.settings import Groups
from tests.insights_server import NOON, REGION, Agent, agent, client

END = NOON - 15_000
TAGGED = {"prefixes": [], "tags": {"team": ["payments"]}, "functions": False, "services": False}


class Lambda:
    """moto does not say where functions log to; AWS does in each listing."""

    def __init__(self, made: Any) -> None:
        self._made = made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)

    def list_functions(self, **asked: Any) -> Any:
        answer = self._made.list_functions(**asked)
        for one in answer["Functions"]:
            if one["FunctionName"] == "stopped":
                one["LoggingConfig"] = {"LogFormat": "JSON", "LogGroup": "/shared/functions"}
        return answer


class Aws:
    """moto, with clients of all services that the agent asks."""

    def __init__(self, url: str) -> None:
        self.clients: dict[str, Any] = {
            name: client(name, url) for name in ("lambda", "ecs", "resourcegroupstaggingapi", "logs", "iam")
        }
        self.clients["lambda"] = Lambda(self.clients["lambda"])

    def function(self, name: str, **more: Any) -> None:
        role = self.clients["iam"].create_role(RoleName=f"r-{name}", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("a.py", "")
        self.clients["lambda"].create_function(
            FunctionName=name, Runtime="python3.13", Role=role, Handler="a.b", Code={"ZipFile": code.getvalue()}, **more
        )

    def service(self, name: str, desired: int) -> None:
        ecs = self.clients["ecs"]
        ecs.create_cluster(clusterName="payment-platform")
        options = {"awslogs-group": f"/ecs/{name}", "awslogs-region": REGION, "awslogs-stream-prefix": "web"}
        container = {
            "name": "app",
            "image": "x",
            "memory": 128,
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        ecs.register_task_definition(family=name, containerDefinitions=[container])
        ecs.create_service(cluster="payment-platform", serviceName=name, taskDefinition=name, desiredCount=desired)


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    made = Aws("http://{}:{}".format(*server.get_host_and_port()))
    made.function("post")
    made.function("stopped")
    made.function("unwatched")
    for name in ("stopped", "unwatched"):
        made.clients["lambda"].put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    made.service("payment-processor", 2)
    made.service("retired", 0)
    try:
        yield made
    finally:
        server.stop()


def asked(one: Agent) -> list[str]:
    """Log groups that were queried."""
    return sorted(name for query in one.place.started for name in query["logGroupNames"])


def with_clients(one: Agent, aws: Aws) -> Agent:
    one.clients = {name: made for name, made in aws.clients.items() if name != "logs"}
    return one


def test_functions_and_services_name_log_groups(aws: Aws) -> None:
    with agent(groups={}) as one:
        with_clients(one, aws)
        for name in ("/aws/lambda/post", "/shared/functions", "/shared/functions-2", "/ecs/payment-processor", "/app"):
            one.place.write(name, "s", END - 1, "ERROR stock exhausted")
        one.place.create("/aws/lambda/nobodys")
        one.count()
        assert asked(one) == ["/aws/lambda/post", "/ecs/payment-processor", "/shared/functions"]
        # The service that most of its lines are of; here the first by name.
        assert one.bus.windows()[0]["errors"][0]["service"] == "post"


def test_what_is_not_well_is_sent_in_each_window_and_listed(aws: Aws) -> None:
    with agent(groups={}, health=True) as one:
        with_clients(one, aws)
        one.place.create("/shared/functions")
        one.place.create("/aws/lambda/post")
        one.count()
        events = one.bus.events()
        assert [(event["type"], event["subject"], event["state"]) for event in events] == [
            ("health", "payment-platform/payment-processor", "ALARM"),
            ("health", "stopped", "ALARM"),
        ]
        assert events[0]["facts"][2] == ["Desired tasks", "2"]
        assert {event["at"] for event in events} == {END}
        unhealthy = ["payment-platform/payment-processor", "stopped"]
        assert one.bus.windows()[0]["agent"]["unhealthy"] == unhealthy


def test_functions_that_changed_within_the_windows_are_deployments(aws: Aws) -> None:
    changed = aws.clients["lambda"].list_functions()["Functions"][0]["LastModified"]
    at = discovery._modified(changed)
    assert at
    with agent(groups={}, deployments=True) as one:
        with_clients(one, aws)
        one.clock.now = at / 1000 + 400
        scheduled = at - at % 300_000 + 600_000
        one.count(scheduled)
        assert {(event["type"], event["state"]) for event in one.bus.events()} == {("deployment", "")}
        assert "Function post was changed" in {event["title"] for event in one.bus.events()}
        one.bus.sent.clear()
        one.clock.now += 900
        one.count(scheduled + 900_000)
        assert one.bus.events() == []


def test_log_groups_are_chosen_by_their_tags(aws: Aws) -> None:
    for name, team in (("/a", "payments"), ("/b", "orders"), ("/c", "payments")):
        aws.clients["logs"].create_log_group(logGroupName=name, tags={"team": team})
    with agent(groups=TAGGED) as one:
        with_clients(one, aws)
        for name in "abcd":
            one.place.create(f"/{name}")
        one.count()
        assert asked(one) == ["/a", "/c"]


class Refusing:
    """A service that this Region, or the organization, does not let anybody use."""

    def __getattr__(self, name: str) -> Any:
        def refuse(**_asked: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, name)

        return refuse


def test_what_one_service_refuses_does_not_hide_what_others_have() -> None:
    with agent(groups={"prefixes": ["/app"]}, deployments=True, health=True) as one:
        one.clients = {"lambda": Refusing(), "ecs": Refusing()}
        one.place.write("/app", "s", END - 1, "ERROR stock exhausted")
        one.count()
        window = one.bus.windows()[0]
        assert window["agent"]["failed"] == ["lambda: AccessDeniedException", "ecs: AccessDeniedException"]
        assert window["agent"]["unavailable"] == ["health of functions", "health of services"]
        assert len(window["errors"]) == 1


def test_other_errors_fail_the_message() -> None:
    class Broken:
        def list_functions(self) -> Any:
            raise ClientError({"Error": {"Code": "ServiceException", "Message": "no"}}, "x")

    with agent(groups={}) as one:
        one.clients = {"lambda": Broken()}
        with pytest.raises(ClientError):
            one.count()
        assert one.bus.sent == []


def test_listings_do_not_overlap() -> None:
    groups = Groups(prefixes=("/ecs/", "/ecs/pay"), names=("/app", "/ecs/x"))
    assert prefixes_to_list(groups, {"/aws/lambda/x", "/aws/lambda/y", "/shared"}) == [
        "/app",
        "/aws/lambda/",
        "/ecs/",
        "/shared",
    ]
    assert prefixes_to_list(Groups(tags=(("team", ()),)), set()) == [""]
    assert prefixes_to_list(Groups(), set()) == []


def test_only_what_was_asked_for_is_chosen() -> None:
    there = [LogGroup(name) for name in ("/app", "/app-2", "/ecs/a", "/ecs/b-debug", "/aws/lambda/f", "/aws/lambda/g")]
    groups = Groups(prefixes=("/ecs/",), names=("/app",), exclude=("*-debug",))
    assert select_log_groups(there, groups, (), {"/aws/lambda/f"}).chunks == (("/app", "/aws/lambda/f", "/ecs/a"),)


def test_log_groups_are_listed_page_by_page() -> None:
    with agent() as one:
        for number in range(120):
            one.place.create(f"/app/{number:03}")
        one.count()
        assert len(asked(one)) == 120
        assert json.loads(one.metrics[0])["Queries"] == 12
