"""`obsgen test` of events and contributors with a mistake in the test or in the rules: none passes because of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import obsgen
from tests.scenarios.test_event_tests import BEGIN, FUNCTION, IMPORT, SPEC, errors, outcome
from tests.support import spec

USERS = """
  users:
    pattern:
      source: [aws.iam]
      detail-type: [AWS API Call via CloudTrail]
      detail: {eventName: [CreateUser, DeleteUser]}
    severity: high
    subject: $.detail.requestParameters.userName
    examples:
      match:
        - source: aws.iam
          detail-type: AWS API Call via CloudTrail
          detail: {eventName: CreateUser, requestParameters: {userName: ada}}
"""
CALL = (
    "{source: aws.iam, detail-type: AWS API Call via CloudTrail, "
    'detail: {eventName: %s, requestParameters: {userName: "ada-{environment}"}}}'
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("typos")
    text = SPEC + USERS + "regions: [us-east-1, eu-west-1]\n"
    (path / "observability.yaml").write_text(spec(text), encoding="utf-8")
    return path


FAILOVER = f"{{account: alpha, at: 0m, event: {BEGIN}}}"
NONE = "{at: 1m, incident: {%s, is: none}}"


@pytest.mark.parametrize(
    ("given", "expect", "says"),
    [
        # Each of these expectations was met: nothing that the rules do could make it fail.
        (FAILOVER.replace("detail:", "details:"), NONE % "event: databases-failover", "events have no field `details`"),
        (FAILOVER, NONE % "event: databases-failover, subject: ordres", "no event about `ordres`"),
        (FAILOVER, NONE % "event: databases-failover, account: beta", "the test gives no event in beta"),
        (
            FAILOVER.replace("at:", "region: us-east-1, at:"),
            NONE % "event: databases-failover, region: eu-west-1",
            "the test gives no event in eu-west-1",
        ),
        (errors("pay", "3x3"), NONE % "event: import", "the test gives no event for `import`"),
        (
            "{account: alpha, alarm: depth, contributor: {queue: pay}, series: 1x9}",
            NONE % "alarm: depth, account: alpha, contributor: {queue: pay}",
            "`depth` has one incident for all contributors",
        ),
        (
            errors("pay", "3x3").replace("alpha", "beta"),
            "{at: 1m, alarm: functions, account: alpha, state: OK}",
            "no alarm queries AWS/Lambda Errors in this account and Region",
        ),
        # EventBridge delivers none of these: the test promised an incident that never comes.
        (
            f"{{account: alpha, at: 0m, event: {IMPORT % 'a.csv'}}}".replace("{file: a.csv}", "a.csv"),
            "{incidents: 0}",
            "`detail` of an event is a mapping",
        ),
        (
            f"{{account: alpha, region: eu-west-1, at: 0m, event: {CALL % 'CreateUser'}}}",
            "{incidents: 1}",
            "events of aws.iam are in us-east-1 only",
        ),
        (
            f"{{account: alpha, at: 0m, event: {CALL % 'GetUser'}}}",
            "{incidents: 0}",
            "EventBridge sends no rule the call GetUser",
        ),
    ],
)
def test_what_is_refused(folder: Path, given: str, expect: str, says: str) -> None:
    code, text = outcome(folder, [given], [expect])
    assert (code, says in text) == (2, True), text


def test_an_event_of_a_global_service_is_in_its_region_only(folder: Path) -> None:
    given = [f"{{account: alpha, at: 0m, event: {CALL % 'CreateUser'}}}"]
    done = outcome(
        folder,
        given,
        [
            '{at: 0m, incident: {event: users, subject: "ada-{environment}", account: alpha, is: opened}}',
            "{incidents: 1}",
        ],
    )
    assert done == (0, "1 passed\n"), done[1]


def test_a_region_alone_is_that_of_the_accounts_with_events(folder: Path) -> None:
    done = outcome(
        folder, [FAILOVER], ["{at: 1m, incident: {event: databases-failover, region: eu-west-1, is: opened}}"]
    )
    assert done == (0, "1 passed\n"), done[1]


def test_an_alarm_without_incident_has_none_of_its_contributors_either(folder: Path) -> None:
    code, text = outcome(folder, [errors("pay", "3x3")], [NONE % "alarm: functions, account: alpha"])
    assert (code, "an incident opened" in text) == (1, True), text


def test_labels_of_a_contributor_have_placeholders(folder: Path) -> None:
    given = [errors('"pay-{environment}-{account}"', "3x3")]
    done = outcome(
        folder, given, [f"{{at: 1m, incident: {{{FUNCTION}: 'pay-{{environment}}-{{account}}'}}, is: opened}}}}"]
    )
    assert done == (0, "1 passed\n"), done[1]


def test_a_subject_is_the_value_although_the_name_differs(folder: Path) -> None:
    name = "a b#é.csv"
    given = [f"{{account: hub, at: 0m, event: {IMPORT % name}}}".replace(name, f"'{name}'")]
    for subject in (name, "a b*", "*é.csv"):
        done = outcome(folder, given, [f"{{at: 1m, incident: {{event: import, subject: '{subject}', is: opened}}}}"])
        assert done == (0, "1 passed\n"), done[1]


def test_every_account_with_the_event_and_the_rule_has_the_incident(tmp_path: Path) -> None:
    """One account that a rule no longer reaches fails, although another has its incident."""
    (tmp_path / "observability.yaml").write_text(spec("event_rules: {databases: {pack: rds}}"), encoding="utf-8")
    expect = ["{at: 1m, incident: {event: databases-failover, is: opened}}"]
    assert outcome(tmp_path, [f"{{at: 0m, event: {BEGIN}}}"], expect)[0] == 0
    given = [
        FAILOVER,
        FAILOVER.replace("alpha", "beta").replace("RDS-EVENT-0013", "RDS-EVENT-9999").replace("[failover]", "[other]"),
    ]
    code, text = outcome(tmp_path, given, expect)
    assert (code, "databases-failover in beta" in text) == (1, True), text


def test_the_command_has_no_traceback_for_a_date_in_an_event(folder: Path) -> None:
    given = [f"{{account: hub, at: 0m, event: {IMPORT % 'a.csv'}}}".replace("file:", "day: 2026-01-02, file:")]
    done = outcome(folder, given, ["{incidents: 1}"])
    assert done == (0, "1 passed\n"), done[1]
    assert obsgen(folder, "test").returncode == 0


def test_generated_tests_give_events_where_they_are(folder: Path) -> None:
    generated = obsgen(folder, "test", "--generate").stdout
    assert "incident: {event: users, account: alpha, region: us-east-1, is: opened" in generated
