"""What belongs to a thing that stands only somewhere: it stands there too, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from generator.build import Built
from generator.model.placement import NOWHERE, Placement, union_of
from tests.support import built, spec

ENVIRONMENTS = """\
environments: {prod: {accounts: [alpha, beta]}, staging: {accounts: [gamma]}}
metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}
access: {owned_by: prod}
"""
QUEUE = "metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: jobs}}"
AGE = f'{QUEUE}, statistic: Maximum, threshold: "> 600"'
CORNERS = Placement(("a", "b"), False, ("r", "s"))
ALPHA, BETA = "IsInAccount222222222222", "IsInAccount333333333333"


def fine(change: str) -> Built:
    made = built(spec(ENVIRONMENTS + change))
    # R10 says that gamma is not linked by the owner, which is no matter here.
    assert {one.code for one in made.findings} <= {"R10"}, made.findings
    return made


def resources(made: Built, environment: str = "prod", side: str = "member") -> dict[str, Any]:
    return dict(made.templates[environment][f"{side}.template.yaml"]["Resources"])


def test_what_shows_alarms_is_not_made_where_an_environment_has_none_of_them() -> None:
    made = fine(f"""\
alarms:
  age: {{accounts: [alpha], {AGE}}}
  each: {{in: hub, accounts: [beta], {AGE}}}
  all: {{in: hub, over: all-accounts, accounts: [alpha, beta], {AGE}}}
services: {{importer: {{type: lambda, function: importer, accounts: [alpha]}}}}
composites: {{both: {{rule: age and errors}}}}
dashboards:
  ledger:
    widgets:
      - {{type: alarms, title: Ledger, alarms: [age, each, all, both]}}
      - {{type: row, title: Ledger, metrics: [age, each, all]}}
      - {{type: service, service: importer}}
  shop: {{widgets: [{{type: alarms, title: Shop, alarms: [errors, age]}}]}}
""")
    shown = {name: {one.key for one in estate.dashboards} for name, estate in made.estates.items()}
    assert shown == {"prod": {"ledger", "shop"}, "staging": {"shop"}}


def test_a_widget_of_alarms_that_are_switched_off_is_still_refused() -> None:
    off = f"""\
alarms: {{age: {{enabled: false, {AGE}}}}}
dashboards: {{ledger: {{widgets: [{{type: alarms, title: Ledger, alarms: [age]}}]}}}}
"""
    assert {one.code for one in built(spec(off)).findings} == {"T22"}


@pytest.mark.parametrize(
    ("where", "other", "condition"),
    [
        ("accounts: [alpha], ", "accounts: [alpha], ", ALPHA),
        ("accounts: [alpha], ", "accounts: [beta], ", None),
        ("", "accounts: [beta], ", None),
    ],
)
def test_the_archive_stands_where_a_log_group_is_archived(where: str, other: str, condition: str | None) -> None:
    made = fine(f"""\
log_groups:
  application: {{{where}archive: {{retain: 365d}}}}
  ledger: {{name: "/ledger/{{environment}}", {other}archive: {{retain: 365d}}}}
""")
    shared = {name: one.get("Condition") for name, one in resources(made).items() if name.startswith("LogArchive")}
    assert len(shared) > 5
    assert set(shared.values()) == {condition}
    outputs = made.templates["prod"]["member.template.yaml"]["Outputs"]
    assert outputs["LogArchiveBucketName"].get("Condition") == condition
    alarms = {name: one.get("Condition") for name, one in resources(made).items() if "AlarmLogArchive" in name}
    assert set(alarms.values()) == {condition}
    has = "LogArchiveBucket" in resources(made, "staging")
    assert has is ("AlarmLogArchiveErrors" in resources(made, "staging")) is (not where)


def test_archives_of_some_accounts_each_pass_cfn_lint() -> None:
    change = """\
log_groups:
  application: {accounts: [alpha], archive: {retain: 365d}}
  ledger: {name: "/ledger/{environment}", accounts: [beta], archive: {retain: 30d}}
"""
    made = built(spec(change), lint=True)
    assert made.findings == []
    conditions = {one["Condition"] for name, one in resources(made).items() if name.startswith("LogArchive")}
    assert len(conditions) == 1 and not conditions & {ALPHA, BETA}


def test_a_model_stands_where_the_alarm_on_it_does() -> None:
    anomaly = f"{QUEUE}, statistic: Maximum, anomaly: {{}}, period: 5m"
    made = fine(f"alarms: {{age: {{accounts: [alpha], {anomaly}}}}}\n")
    found = {name: one.get("Condition") for name, one in resources(made).items() if one["Type"].endswith("Detector")}
    assert list(found.values()) == [ALPHA]
    both = fine(f"alarms: {{age: {{accounts: [alpha], {anomaly}}}, old: {{{anomaly}}}}}\n")
    found = {name: one.get("Condition") for name, one in resources(both).items() if one["Type"].endswith("Detector")}
    assert list(found.values()) == [None]


def test_an_override_makes_an_alarm_in_an_account_of_an_environment_that_has_it_nowhere_else() -> None:
    override = "overrides: [{where: {account: gamma}, enabled: true}]"
    made = fine(f"alarms: {{age: {{accounts: [alpha], {override}, {AGE}}}}}\n")
    assert resources(made)["AlarmAge"]["Condition"] == ALPHA
    assert "AlarmAge" in resources(made, "staging")
    # Not beyond what it looks at.
    made = fine(f"""\
log_groups: {{ledger: {{name: "/ledger/{{environment}}", accounts: [alpha]}}}}
metric_filters:
  ledger: {{log_group: ledger, pattern: '"ERROR"', metric: {{namespace: Shop, name: "L-{{environment}}", default: 0}}}}
alarms: {{age: {{metric: {{filter: ledger}}, statistic: Sum, threshold: "> 5", {override}}}}}
""")
    assert "AlarmAge" not in resources(made, "staging")


@pytest.mark.parametrize(
    ("placements", "where"),
    [
        ([], NOWHERE),
        ([NOWHERE], NOWHERE),
        ([None, Placement(("a",), later=False)], None),
        ([NOWHERE, Placement(("a",), later=False)], Placement(("a",), later=False)),
        ([Placement(("b",), False, ("r",)), Placement(("a",), False, ("s",))], CORNERS),
        ([Placement(("b",), False, ("r",)), Placement(("a",), later=True)], Placement(("a", "b"), later=True)),
        ([Placement(("b",), False, ("r",)), Placement(None, True, ("r",))], Placement(None, True, ("r",))),
        ([Placement(("b",), later=False), Placement(None, True, ("r",))], None),
    ],
)
def test_a_hull_has_all_accounts_and_all_regions(placements: list[Placement | None], where: Placement | None) -> None:
    assert union_of(placements) == where


OWN_REGIONS = """\
regions: [us-east-1, eu-west-1]
accounts: {gamma: {regions: [eu-west-1]}}
log_groups: {instances: {name: "/instances/{environment}", %s}}
agent: {targets: {"tag:Monitored": "true"}, logs: {instances: /var/log/app.log}, %s}
"""


@pytest.mark.parametrize(
    ("group", "agent", "is_refused"),
    [
        ("regions: [eu-west-1]", "accounts: [gamma]", False),
        ("regions: [us-east-1]", "accounts: {except: [gamma]}, regions: [us-east-1]", False),
        ("accounts: [gamma], regions: [eu-west-1]", "accounts: [gamma]", False),
        ("regions: [eu-west-1]", "accounts: [beta, gamma]", True),
        ("regions: [us-east-1]", "regions: [us-east-1, eu-west-1]", True),
        ("accounts: [alpha]", "regions: [us-east-1]", True),
    ],
)
def test_an_agent_writes_where_its_log_group_is_whatever_regions_an_account_has(
    group: str, agent: str, is_refused: bool
) -> None:
    """gamma is in eu-west-1 alone: what says so by `regions` and what says so by `accounts` is the same place."""
    made = built(spec(OWN_REGIONS % (group, agent)))
    messages = [one.message for one in made.findings if one.code == "R07"]
    assert messages == (["log group `instances` does not stand everywhere where the agent does"] if is_refused else [])
