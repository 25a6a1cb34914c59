"""Alarms that were switched off account by account, with parameters, and now say where they stand."""

from __future__ import annotations

import pytest
from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends

from tests.rollout.team import Team

AGE = (
    "metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: jobs}}, "
    'statistic: Maximum, threshold: "> 600"'
)
OFF = "overrides: [{where: {account: beta}, enabled: false}, {where: {account: gamma}, enabled: false}]"


def test_an_alarm_that_says_where_it_stands_is_not_made_anew(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team.write(f"alarms: {{age: {{{OFF}, {AGE}}}}}\nservices: {{pay: {{type: lambda, function: pay, {OFF}}}}}")
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.err
    alarms = {name: _alarms(team, name) for name in team.accounts}
    for alarm in ("age-alarm-prod", "pay-errors-alarm-prod"):
        assert [name for name, found in alarms.items() if alarm in found] == ["alpha"]
    deleted: list[str] = []
    monkeypatch.setattr(CloudWatchBackend, "delete_alarms", lambda _, names: deleted.extend(names))
    where = "accounts: [alpha]"
    team.write(f"alarms: {{age: {{{where}, {AGE}}}}}\nservices: {{pay: {{type: lambda, function: pay, {where}}}}}")
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.err
    assert {name: _alarms(team, name) for name in team.accounts} == alarms
    assert deleted == []
    assert team.run("deploy", "--plan").code == 0


def _alarms(team: Team, name: str) -> list[str]:
    return sorted(cloudwatch_backends[team.accounts[name]]["us-east-1"].alarms)
