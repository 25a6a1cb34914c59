"""Log lines as evidence: the last ones that the filter counted, redacted, after the ticket, and never in its way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from generator.drill.vendors.jira import EMAIL, TOKEN
from generator.drill.vendors.slack import BOT_TOKEN
from handlers.common import aws
from handlers.common.deadline import Deadline
from handlers.incident.events import Key
from handlers.incident.message import evidence
from handlers.incident.routing import LogQuery
from tests.handlers.test_incident import event
from tests.handlers.world import HUB, World, moto, stop_clock, world
from tests.vendors import Vendors

KEY = Key("222222222222", "us-east-1", "errors-alarm-prod")
QUERY = LogQuery("/aws/application/prod", '"[ERROR]"', "fields @message", readable=True)
AT = 1_795_168_800_000
CHANNELS = """
channels:
  tickets: {type: jira, url: "https://jira.example.com", project: OPS, secret: shop/jira}
  chat: {type: slack, channel: "#ops", secret: shop/slack}
routes: {critical: [mail, tickets, chat]}
alarms: {errors: {severity: critical}}
"""


class Pages:
    """A CloudWatch Logs that answers page by page; a page may be empty and not the last."""

    def __init__(self, *pages: list[tuple[int, str]]) -> None:
        self.pages = list(pages)
        self.asked: list[dict[str, Any]] = []

    def filter_log_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        page = self.pages.pop(0)
        more = {"nextToken": "more"} if self.pages else {}
        return {"events": [{"timestamp": at, "message": text} for at, text in page], **more}


def test_the_last_lines_of_all_pages_oldest_first() -> None:
    logs = Pages([(9, "nine"), (1, "one")], [], [(n, f"line {n}") for n in range(20, 26)])
    found = evidence.lines(logs, KEY, QUERY, AT, Deadline.after(60))
    assert found == ("line 21", "line 22", "line 23", "line 24", "line 25")
    first = logs.asked[0]
    assert first["logGroupIdentifier"] == "arn:aws:logs:us-east-1:222222222222:log-group:/aws/application/prod"
    assert first["filterPattern"] == '"[ERROR]"'
    assert first["startTime"] < AT < first["endTime"]


def test_no_page_is_begun_without_the_time_for_it() -> None:
    logs = Pages([(1, "one")])
    assert evidence.lines(logs, KEY, QUERY, AT, Deadline.after(evidence.SECONDS_A_PAGE / 2)) == ()
    assert logs.asked == []


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, Vendors]]:
    secrets = {"shop/jira": {"email": EMAIL, "token": TOKEN}, "shop/slack": {"token": BOT_TOKEN}}
    with moto() as endpoint, Vendors() as vendors:
        made = world(endpoint, CHANNELS, secrets, monkeypatch.setenv)
        stop_clock(made, monkeypatch)
        # moto keeps no log lines that are weeks old, so the clock stops now.
        made.now = time.time_ns() // 1_000_000
        channels = made.routing.data["channels"]
        channels["tickets"] |= {"url": vendors.url, "api": "cloud"}
        channels["chat"]["url"] = f"{vendors.url}/api"
        for name in ("tickets", "chat"):
            # The stand-in listens on this machine.
            channels[name]["delivery"]["private"] = True
        yield made, vendors


def put_lines(place: World, *lines: str) -> None:
    logs, now = place.client("logs"), round(time.time() * 1000)
    logs.create_log_group(logGroupName=QUERY.log_group)
    logs.create_log_stream(logGroupName=QUERY.log_group, logStreamName="s")
    events = [{"timestamp": now, "message": line} for line in lines]
    logs.put_log_events(logGroupName=QUERY.log_group, logStreamName="s", logEvents=events)


def understand_arns() -> None:
    """moto knows log groups by name only; AWS takes the ARN, which is how the hub names a member's."""

    def by_name(params: dict[str, Any], **_more: Any) -> None:
        params["logGroupName"] = params.pop("logGroupIdentifier").partition(":log-group:")[2]

    aws.client("logs").meta.events.register("provide-client-params.*.FilterLogEvents", by_name)


def alarm_now() -> Any:
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    return event(account=HUB, with_={"timestamp": f"{now}.000+0000"})


def test_the_lines_follow_the_ticket_and_the_message(place: tuple[World, Vendors]) -> None:
    around, vendors = place
    understand_arns()
    put_lines(around, "[ERROR] jane@example.com: card declined", "[ERROR] issuer unreachable")
    assert around.deliver(alarm_now())
    # The function that decides opens the ticket; the lines are the notifier's, which alone may read them.
    (issue,) = vendors.issues.values()
    assert issue["comments"] == []
    assert "logs" not in {service for service, _, _ in around.calls}
    assert around.notify() == []
    (comment,) = issue["comments"]
    assert "[ERROR] [redacted: email]: card declined" in str(comment)
    assert "jane@" not in str(vendors.state())
    (message,) = vendors.messages
    assert "issuer unreachable" not in str(message)
    assert vendors.violations == []


def test_everywhere_is_in_threads_too(place: tuple[World, Vendors]) -> None:
    around, vendors = place
    around.routing.data["evidence"] = "everywhere"
    understand_arns()
    put_lines(around, "[ERROR] issuer unreachable")
    assert around.deliver(alarm_now())
    assert around.notify() == []
    first, reply = vendors.messages
    assert reply["thread_ts"] == first["ts"]
    assert "issuer unreachable" in str(reply)


def test_a_log_group_that_cannot_be_read_costs_nothing_but_the_lines(place: tuple[World, Vendors]) -> None:
    around, vendors = place
    assert around.deliver(alarm_now())
    assert around.notify() == []
    (issue,) = vendors.issues.values()
    assert issue["comments"] == []
    assert len(vendors.messages) == 1
    assert around.owed() == []


def test_lines_of_another_region_are_linked_and_not_read(place: tuple[World, Vendors]) -> None:
    around, vendors = place
    assert around.deliver({**alarm_now(), "region": "eu-west-1"})
    assert around.notify() == []
    assert "logs" not in {service for service, _, _ in around.notifier_calls}
    assert "logs-insights" in str(vendors.state())
