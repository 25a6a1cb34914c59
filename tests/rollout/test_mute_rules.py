"""`obsgen mute --cloudwatch`: moto has no mute rules, so they are kept here.

Every request is held to AWS's own model of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from generator.rollout.operate.mute_rules import ALARMS_A_RULE, MuteRules
from tests.rollout.team import HUB, Team

NOW = datetime(2026, 11, 20, 10, 0, 30, tzinfo=UTC)
HUB_ALARM = """
alarms:
  everywhere: {in: hub, metric: {filter: errors}, statistic: Sum, threshold: "> 9", over: all-accounts}
"""


class Rules:
    """CloudWatch's mute rules, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        match operation:
            case "PutAlarmMuteRule":
                self.kept[asked["Name"]] = {**asked, "Status": "SCHEDULED"}
                return {}
            case "GetAlarmMuteRule":
                return self.kept[asked["AlarmMuteRuleName"]]
            case "DeleteAlarmMuteRule":
                del self.kept[asked["AlarmMuteRuleName"]]
                return {}
        arns = [f"arn:aws:cloudwatch:us-east-1:{HUB}:alarm-mute-rule:{name}" for name in self.kept]
        return {"AlarmMuteRuleSummaries": [{"AlarmMuteRuleArn": arn} for arn in arns]}


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rules]:
    """What every client of this process is answered about mute rules."""
    made = Rules()
    real = botocore.client.BaseClient._make_api_call

    def call(self: Any, operation: str, asked: Any) -> Any:
        if "MuteRule" not in operation:
            return real(self, operation, asked)
        model = self.meta.service_model.operation_model(operation)
        report = ParamValidator().validate(asked, model.input_shape)
        assert not report.has_errors(), report.generate_report()
        return made.answer(operation, asked)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    yield made


def watch(team: Team, *names: str) -> None:
    """Alarms that CloudWatch knows."""
    for name in names:
        team.client("cloudwatch").put_metric_alarm(
            AlarmName=name, ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Threshold=1.0
        )


def test_a_mute_is_made_shown_and_ended(team: Team, rules: Rules) -> None:
    team.write(HUB_ALARM)
    watch(team, "everywhere-alarm-prod")
    made = team.run("mute", "--cloudwatch", "every*", "--for", "2h", "--reason", "moving the queue")
    assert made.code == 0, made.err
    assert made.out.startswith("1 alarm muted from the next minute until ")
    (rule,) = rules.kept.values()
    assert rule["MuteTargets"] == {"AlarmNames": ["everywhere-alarm-prod"]}
    assert rule["Rule"]["Schedule"]["Duration"] == "PT120M"
    start = datetime.strptime(rule["Rule"]["Schedule"]["Expression"], "at(%Y-%m-%dT%H:%M)").replace(tzinfo=UTC)
    assert rule["ExpireDate"] - start == timedelta(hours=2)
    listed = team.run("mute", "--cloudwatch", "--list")
    assert (listed.code, "moving the queue" in listed.out) == (0, True)
    ended = team.run("unmute", "everywhere", "--cloudwatch")
    assert (ended.code, rules.kept) == (0, {})
    assert team.run("mute", "--cloudwatch", "--list").code == 1
    assert team.run("unmute", "everywhere", "--cloudwatch").code == 1


def test_nothing_is_made_in_a_dry_run(team: Team, rules: Rules) -> None:
    team.write(HUB_ALARM)
    said = team.run("mute", "--cloudwatch", "everywhere", "--for", "30m", "--reason", "x", "--dry-run")
    assert (said.code, said.out.startswith("would mute until ")) == (0, True)
    assert rules.kept == {}


def test_alarms_of_a_member_are_muted_where_they_stand(team: Team, rules: Rules) -> None:
    hub = team.run("mute", "--cloudwatch", "errors", "--for", "1h", "--reason", "x")
    assert (hub.code, "use --account NAME, with credentials of that account, where the alarms are" in hub.err) == (
        2,
        True,
    )
    member = team.run("mute", "--cloudwatch", "errors", "--for", "1h", "--reason", "x", "--account", "alpha")
    assert member.code == 3
    assert f"credentials belong to account {HUB}, but the alarms are in account {team.accounts['alpha']}" in member.err
    assert rules.kept == {}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("everywhere", "--reason", "x"), "a mute requires alarms, an end (--for or --until) and --reason"),
        (("everywhere", "--for", "16d", "--reason", "x"), "a mute lasts from one minute to 15 days"),
        (("everywhere", "--for", "2", "--reason", "x"), "expected a duration such as 1m, 5m or 30d, got `2`"),
        (("evrywhere", "--for", "2h", "--reason", "x"), "did you mean `everywhere`?"),
        (("errors", "--for", "2h", "--reason", "x", "--account", "alhpa"), "did you mean `alpha`?"),
    ],
)
def test_what_is_not_said_well_is_refused(team: Team, words: tuple[str, ...], says: str) -> None:
    team.write(HUB_ALARM)
    said = team.run("mute", "--cloudwatch", *words)
    assert said.code == 2
    assert says in said.err


def test_an_alarm_that_cloudwatch_does_not_know_is_not_muted(team: Team, rules: Rules) -> None:
    team.write(HUB_ALARM)
    said = team.run("mute", "--cloudwatch", "everywhere", "--for", "2h", "--reason", "x")
    assert (said.code, rules.kept) == (1, {})
    assert "none of these alarms exist in" in said.err


def test_many_alarms_are_several_rules(rules: Rules) -> None:
    class Nobody:
        def client(self, service: str, region: str) -> Any:
            import boto3

            return boto3.client(service, region_name=region, aws_access_key_id="n", aws_secret_access_key="n")

    mutes = MuteRules(Nobody(), HUB, "us-east-1")  # type: ignore[arg-type]
    made = mutes.put([f"a{n}" for n in range(ALARMS_A_RULE + 1)], timedelta(minutes=90), "why", NOW)
    assert [len(mute.alarms) for mute in made] == [ALARMS_A_RULE, 1]
    assert {rule["Rule"]["Schedule"]["Expression"] for rule in rules.kept.values()} == {"at(2026-11-20T10:01)"}
    assert mutes.all() == sorted(made, key=lambda mute: mute.name)


def test_a_refusal_is_a_sentence(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team.write(HUB_ALARM)
    watch(team, "everywhere-alarm-prod")
    real = botocore.client.BaseClient._make_api_call

    def call(self: Any, operation: str, asked: Any) -> Any:
        if operation == "PutAlarmMuteRule":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)
        return real(self, operation, asked)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    said = team.run("mute", "--cloudwatch", "everywhere", "--for", "2h", "--reason", "x")
    assert (said.code, "AWS denied cloudwatch:PutAlarmMuteRule" in said.err) == (3, True)
