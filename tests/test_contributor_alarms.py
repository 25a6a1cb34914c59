"""Alarms with an incident for each contributor: what the build makes of them, and what it says of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from generator.blueprints.event_path import CONTRIBUTOR, DETAIL_TYPE
from generator.cli.drill.subject import subject_in
from generator.drill.alarm_event import event
from generator.findings import Severity
from generator.render.incident_changes import memberships
from generator.render.routing import routing_json
from handlers.incident.events import Change, read
from handlers.incident.message.compose import report
from handlers.incident.message.report import Step
from handlers.incident.routing import Routing
from tests.command import obsgen
from tests.handlers.group_world import MINUTE, SECOND, T0, Estate
from tests.support import built, spec

QUERY = 'SELECT SUM(Errors) FROM "AWS/Lambda" GROUP BY FunctionName ORDER BY SUM() DESC'
EACH = "contributors: {incidents: each}"


def alarm(more: str = EACH, others: str = "") -> str:
    """A spec with an alarm for each function."""
    return spec(f"alarms: {{functions: {{query: '{QUERY}', threshold: '> 0', {more}}}}}\n{others}")


def made(text: str) -> Any:
    found = built(text)
    assert found.artifacts, found.findings
    return found


def types(text: str) -> dict[str, list[str]]:
    """The types of events that each rule and the archive take, by logical ID."""
    found = {}
    for template in made(text).templates["prod"].values():
        for title, resource in template.get("Resources", {}).items():
            pattern = resource["Properties"].get("EventPattern") if "Events" in resource["Type"] else None
            if pattern and "aws.cloudwatch" in pattern["source"]:
                found[title] = pattern["detail-type"]
    return found


def test_the_events_of_contributors_go_where_those_of_alarms_do() -> None:
    others = "audit: {alarm_changes: true}\nevents: {keep: 30d}\n"
    plain, each = types(alarm("group: none", others)), types(alarm(EACH, others))
    expected = {"EventArchive", "IncidentRule", "ForwardingRule", "HubForwardingRule", "AuditRule"}
    assert expected < {*each} == {*plain}
    assert {title for title, kinds in each.items() if CONTRIBUTOR not in kinds} == set()
    assert {title for title, kinds in plain.items() if CONTRIBUTOR in kinds} == set()


def test_members_send_them_only_if_one_of_their_alarms_has_incidents_of_each() -> None:
    found = types(alarm(f"{EACH}, in: hub"))
    assert found["ForwardingRule"] == [DETAIL_TYPE]
    assert found["HubForwardingRule"] == found["IncidentRule"] == [DETAIL_TYPE, CONTRIBUTOR]


def test_one_incident_for_all_is_what_it_was() -> None:
    before, one = (
        made(alarm(text)).artifacts for text in ("group: none", "group: none, contributors: {incidents: one}")
    )
    assert before == one


def test_the_incident_function_knows_how_many() -> None:
    text = made(alarm("contributors: {incidents: each, most: 7}")).estates["prod"]
    entry = json.loads(routing_json(text))["alarms"]["functions-alarm-prod"]
    assert (entry["contributors"], entry["alone"], "no_data" in entry) == (7, True, False)
    quiet = "contributors: {incidents: each}, missing_data: not-breaching"
    waiver = (
        "waivers: [{rule: alarms-treat-missing-data-as-breaching, for: alarms.functions, reason: no calls are no data}]"
    )
    idle = json.loads(routing_json(made(alarm(quiet, waiver)).estates["prod"]))["alarms"]["functions-alarm-prod"]
    assert idle["no_data"] is False


def test_a_query_with_groups_has_a_warning_until_its_entry_says_which() -> None:
    for more, codes in (("group: none", {"T31"}), (EACH, set()), ("contributors: {incidents: one}", set())):
        found = made(alarm(more)).findings
        assert {finding.code for finding in found if finding.severity is Severity.WARNING} == codes


def test_explain_says_it(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(alarm("contributors: {incidents: each, most: 7}"))
    told = obsgen(tmp_path, "explain", "incident", "functions")
    words = "one for each contributor, at most 7 at a time, and one for all further contributors"
    assert words in " ".join(told.stdout.split()), told


def test_diff_says_it() -> None:
    one: dict[str, Any] = {"name": "functions-alarm-prod"}
    each = {**one, "contributors": 7, "alone": True}
    before = {"incidents": {"group": {}}}
    text = "each contributor has an incident of its own, at most 7 at a time"
    assert list(memberships(one, each, before)) == [text]
    assert list(memberships(each, one, before)) == ["has one incident for all of its contributors"]
    assert list(memberships(each, each, before)) == []


def test_a_drill_is_of_an_example_contributor(tmp_path: Path) -> None:
    found = made(alarm())
    estate = found.estates["prod"]
    (functions,) = (one for one in estate.alarms if one.key == "functions")
    subject = subject_in(found, estate, functions, "alpha", "us-east-1")
    now = datetime(2026, 11, 20, tzinfo=UTC)
    change = read(json.dumps(event(subject, "ALARM", now, "OK", now)))
    assert isinstance(change, Change)
    assert (change.key.alarm, change.is_contributor) == (subject.name, True)
    assert subject.name == "functions-alarm-prod of FunctionName=example"
    (tmp_path / "observability.yaml").write_text(alarm())
    refused = obsgen(tmp_path, "drill", "functions-alarm-prod", "--account", "alpha", "--yes")
    assert refused.returncode == 2
    assert "CloudWatch sets the state of the alarm only" in refused.stderr


def test_a_limit_hides_contributors() -> None:
    limited = spec(f"alarms: {{functions: {{query: '{QUERY} LIMIT 10', threshold: '> 0', {EACH}}}}}")
    (finding,) = (one for one in made(limited).findings if one.code == "T72")
    assert finding.severity is Severity.WARNING
    assert "not among the 10 series of LIMIT" in finding.message


PROMQL = """
alarms:
  errors: null
  slow:
    promql: {query: "sum by (service) (rate(http_errors[5m])) > 5 or absent(http_errors)", pending: 5m}
    severity: high
    contributors: {incidents: each, most: 2}
"""


def series_event(state: str, at: int, attributes: dict[str, str], id_: str = "6d442278dba546f6") -> str:
    """A contributor's event with the fields of AWS's sample; `alarmContributor` is what tells the series apart.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html (Multi Time Series
    Alarm, Alarm Contributor Example)
    """
    when = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    detail = {
        "alarmName": "slow-alarm-prod",
        "alarmContributor": {"id": id_, "attributes": attributes},
        "state": {"value": state, "reason": "1 time series evaluated to ALARM", "timestamp": when},
        "configuration": {"evaluationCriteria": {"promQLCriteria": {"query": "…"}}, "description": "slow"},
    }
    return json.dumps(
        {
            "version": "0",
            "id": "6d226bbc-07f0-9a31-3359-1736968f8ded",
            "detail-type": CONTRIBUTOR,
            "source": "aws.cloudwatch",
            "account": "222222222222",
            "time": when[:19] + "Z",
            "region": "us-east-1",
            "resources": ["arn:aws:cloudwatch:us-east-1:222222222222:alarm:slow-alarm-prod"],
            "detail": detail,
        }
    )


def test_each_series_of_promql_has_an_incident_from_the_file_to_the_end() -> None:
    """The rules take the events, the function knows the alarm, and each series opens and ends by itself."""
    text = spec(PROMQL)
    assert CONTRIBUTOR in types(text)["ForwardingRule"]
    table = json.loads(routing_json(made(text).estates["prod"]))
    estate = Estate(Routing({**table, "accounts_closed": False}))
    for number, service in enumerate(("cart", "pay", "ship", "mail")):
        estate.handle(series_event("ALARM", T0 + number, {"service": service}, f"{number}"))
    # absent() finds a series without a label.
    estate.handle(series_event("ALARM", T0 + 9, {}, "9"))
    estate.handle(own_event("ALARM", T0, "OK"))
    names = [root.key.alarm for root in estate.roots if root.is_open]
    assert names[:2] == ["slow-alarm-prod of service=cart", "slow-alarm-prod of service=pay"]
    assert [root.members for root in estate.roots] == [0, 0, 3]
    message = report(estate.roots[0], Step.OPEN, estate.routing)
    assert message.title == "ALARM high: slow-alarm-prod of service=cart in alpha (us-east-1)"
    estate.now += MINUTE
    estate.handle(series_event("OK", estate.now, {"service": "cart"}, "0"))
    assert [root.is_open for root in estate.roots] == [False, True, True]
    estate.handle(own_event("OK", estate.now + SECOND, "ALARM"))
    estate.pass_minutes(3)
    assert [root.is_open for root in estate.roots] == [False, False, False]


def own_event(state: str, at: int, before: str) -> str:
    """The alarm's own state change."""
    body = json.loads(series_event(state, at, {}))
    body["detail-type"] = DETAIL_TYPE
    del body["detail"]["alarmContributor"]
    body["detail"]["previousState"] = {"value": before, "timestamp": "2026-11-01T00:00:00.000+0000"}
    return json.dumps(body)
