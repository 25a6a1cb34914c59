"""An alarm of the hub about one member: people read the member's id, find its lines, and get them as evidence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.render.routing import routing_json
from handlers.common.deadline import Deadline
from handlers.incident import notifier
from handlers.incident.events import Key
from handlers.incident.message import evidence
from handlers.incident.message.compose import report
from handlers.incident.message.report import Step
from handlers.incident.routing import Routing
from handlers.incident.state.records import Incident, Kind
from tests.handlers.test_evidence import Pages
from tests.support import built, spec

HUB, BETA = "111111111111", "333333333333"
AT = 1_795_168_800_000
CHANGE = """
channels: {tickets: {type: jira, url: "https://jira.example.com", project: OPS, secret: shop/jira}}
routes: {critical: [tickets]}
alarms:
  errors: {in: hub, over: each-account, severity: critical}
"""
KEY = Key(HUB, "us-east-1", "errors-beta-alarm-prod")


@pytest.fixture(name="made")
def fixture_made() -> Any:
    made = built(spec(CHANGE))
    assert made.estates, made.findings
    return made


def known(made: Any) -> Routing:
    return Routing(json.loads(routing_json(made.estates["prod"])))


def incident() -> Incident:
    return Incident("0" * 16, KEY, Kind.ALONE, "critical", AT, "ALARM", AT, AT)


def test_the_report_has_the_members_id_and_its_log(made: Any) -> None:
    said = report(incident(), Step.OPEN, known(made))
    assert (said.account_name, said.account) == ("beta", BETA)
    (link,) = (address for name, address in said.links if name == "Log query")
    assert f"us-east-1*3A{BETA}*3Alog-group" in link


def test_the_lines_are_the_members(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    routing, logs = known(made), Pages([(AT, "[ERROR] card declined")])
    assert evidence.query_of(incident(), routing) is not None
    monkeypatch.setattr(notifier, "_routing", lambda: routing)
    monkeypatch.setattr(notifier, "client", lambda _service: logs)
    assert notifier._lines(KEY, AT, Deadline.after(60)) == ("[ERROR] card declined",)
    assert f":{BETA}:log-group:/aws/application/prod" in logs.asked[0]["logGroupIdentifier"]


def test_the_function_may_read_them(made: Any) -> None:
    hub = json.dumps(made.templates["prod"]["hub.template.yaml"])
    assert "QuotesLogs" in hub
    assert "arn:aws:logs:us-east-1:*:log-group:/aws/application/prod:*" in hub


def test_an_alarm_over_all_accounts_is_about_nobody_in_particular() -> None:
    routing = known(built(spec(CHANGE.replace("each-account", "all-accounts"))))
    key = Key(HUB, "us-east-1", "errors-alarm-prod")
    assert routing.location(key) == key
    assert routing.log_query(key) is None
