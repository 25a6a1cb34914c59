"""Overrides by Region: read from the template as CloudFormation would decide its conditions, account by account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from generator.build import Built
from generator.cli.main import group
from generator.evaluate.template.template import MetricAlarm, read
from generator.evaluate.types import Deployed
from generator.render.routing import routing_json
from generator.render.section_words import changes_of
from tests.support import built, spec

ALPHA, BETA, GAMMA, LATER = "222222222222", "333333333333", "444444444444", "999999999999"
HERE, THERE = "us-east-1", "eu-west-1"
QUEUE = "metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: jobs}}"
QUIET = """
waivers:
  - {rule: alarms-treat-missing-data-as-breaching, for: alarms.age, reason: nothing is sent at night}
"""


def estate(overrides: str, rest: str = "") -> str:
    age = f'{QUEUE}, statistic: Maximum, threshold: "> 600", overrides: [{overrides}]'
    units = "organizational_units: [ou-abcd-12345678]"
    return spec(f"{units}\nregions: [{HERE}, {THERE}]\nalarms: {{age: {{{rest}{age}}}}}\n{QUIET}")


def alarm(made: Built, account: str, region: str) -> MetricAlarm | None:
    """The alarm of an account and Region, with the parameters that its stack set gives it there."""
    (stack_set,) = yaml.safe_load(made.artifacts["prod/manifest.yaml"])["stack_sets"]
    groups = [one for one in stack_set["groups"] if account in one["accounts"].values()]
    parameters = tuple(groups[0]["parameters"].items()) if groups else ()
    template = made.templates["prod"]["member.template.yaml"]
    contents = read(Deployed(template, account, region, "", parameters))
    return next((one for one in contents.metric_alarms if one.alarm.name == "age-alarm-prod"), None)


def parameters_of(made: Built) -> list[str]:
    """What accounts differ in; the links' own is left out."""
    given = made.templates["prod"]["member.template.yaml"]["Parameters"]
    return sorted(name for name in given if name != "SinkArn")


def test_an_alarm_has_another_window_in_a_region() -> None:
    made = built(
        estate(
            f"{{where: {{region: {THERE}}}, period: 5m, datapoints: 2 of 3, missing_data: ignore}},"
            f"{{where: {{account: beta}}, period: 2m}},"
            f"{{where: {{account: gamma, region: {THERE}}}, period: 10m}}"
        )
    )
    assert made.findings == []
    seen = {}
    for account in (ALPHA, BETA, GAMMA, LATER):
        for region in (HERE, THERE):
            one = alarm(made, account, region)
            assert one
            (entry,) = one.entries
            assert entry.stat
            seen[account, region] = (entry.stat.period, one.datapoints, one.periods, one.missing)
    here, there = (1, 1, "breaching"), (2, 3, "ignore")
    assert seen == {
        (ALPHA, HERE): (60, *here),
        (ALPHA, THERE): (300, *there),
        (BETA, HERE): (120, *here),
        (BETA, THERE): (120, *there),
        (GAMMA, HERE): (60, *here),
        (GAMMA, THERE): (600, *there),
        (LATER, HERE): (60, *here),
        (LATER, THERE): (300, *there),
    }
    catalogue = made.artifacts["prod/catalogue.md"].decode()
    assert f"- **In gamma, {THERE}** Maximum > 600 in 2 of 3 periods of 10 minutes; missing data: ignore" in catalogue
    # What is the same in every Region needs no parameter there.
    assert parameters_of(made) == ["AlarmAgeEuWest1Period", "AlarmAgePeriod"]
    # A ticket must not say a condition that is another one where it fires.
    routing = json.loads(routing_json(made.estates["prod"]))
    assert "condition" in routing["alarms"]["errors-alarm-prod"]
    assert "condition" not in routing["alarms"]["age-alarm-prod"]


@pytest.mark.parametrize(
    ("overrides", "rest", "here", "there"),
    [
        (f"{{where: {{region: {THERE}}}, enabled: false}}", "", "abc+", ""),
        (f"{{where: {{region: {THERE}}}, enabled: true}}", "enabled: false, ", "", "abc+"),
        (f"{{where: {{region: {THERE}}}, enabled: false}}", "accounts: [alpha, beta], ", "ab", ""),
        (f"{{where: {{region: {THERE}, environment: prod}}, enabled: false}}", "", "abc+", ""),
        (f"{{where: {{region: {THERE}}}, enabled: false}}", f"regions: [{THERE}], ", "", ""),
        (
            f"{{where: {{region: {THERE}}}, enabled: false}}, {{where: {{account: gamma}}, enabled: false}}",
            "",
            "ab+",
            "",
        ),
    ],
)
def test_an_alarm_is_switched_off_and_on_in_a_region(overrides: str, rest: str, here: str, there: str) -> None:
    made = built(estate(overrides, rest))
    assert [one for one in made.findings if one.severity.value == "error"] == []
    for region, who in ((HERE, here), (THERE, there)):
        names = ((ALPHA, "a"), (BETA, "b"), (GAMMA, "c"), (LATER, "+"))
        assert "".join(letter for account, letter in names if alarm(made, account, region)) == who, region
    # Where it stands is a condition, and no parameter.
    assert parameters_of(made) == []


def test_a_composite_knows_where_its_alarm_is_switched_off() -> None:
    change = f"{{where: {{region: {THERE}}}, enabled: false}}"
    text = yaml.safe_load(estate(change))
    text["composites"] = {"late": {"rule": "age and not errors"}}
    made = built(yaml.safe_dump(text))
    (late,) = made.estates["prod"].composites
    assert late.regions == (HERE,)


def test_accounts_that_have_it_in_other_regions_are_no_rectangle() -> None:
    made = built(estate(f"{{where: {{region: {THERE}, account: beta}}, enabled: false}}"))
    (finding,) = made.findings
    assert (finding.code, finding.path) == ("R07", ("alarms", "age", "overrides", 0, "enabled"))
    assert "beta would not have it in eu-west-1" in finding.message


def test_what_cloudwatch_refuses_is_refused_of_a_region_too() -> None:
    made = built(estate(f"{{where: {{region: {THERE}}}, period: 6m, datapoints: 200 of 300}}"))
    (finding,) = [one for one in made.findings if one.code != "W03"]
    assert (finding.code, finding.path) == ("T09", ("alarms", "age", "overrides", 0, "datapoints"))


def test_explain_and_diff_say_the_region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    former = estate(f'{{where: {{region: {THERE}}}, threshold: "> 60"}}')
    changed = estate(
        f"{{where: {{region: {THERE}}}, period: 5m, missing_data: ignore}},"
        f"{{where: {{region: {THERE}, account: beta}}, period: 10m}}"
    )
    (tmp_path / "observability.yaml").write_text(changed, encoding="utf-8")
    said = CliRunner().invoke(group, ["explain", "alarms.age"]).stdout
    assert "    in eu-west-1\n" in said
    assert "    in beta, eu-west-1\n" in said
    estates = [json.loads(built(text).artifacts["prod/estate.json"]) for text in (former, changed)]
    sentences = [change.sentence for change in changes_of(*estates)]
    assert sentences == [
        "in eu-west-1 its threshold is now as elsewhere (was > 60)",
        "in eu-west-1 its window is now 1 period of 5 minutes, in beta 1 period of 10 minutes (was as elsewhere)",
        "in eu-west-1 its missing_data is now ignore (was as elsewhere)",
    ]


def test_what_an_account_has_in_a_region_is_said_where_either_would_say_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = estate(
        f'{{where: {{tier: standard}}, threshold: "> 30"}}, {{where: {{region: {THERE}}}, threshold: "> 60"}},'
        f"{{where: {{account: gamma}}, enabled: false}}"
    )
    (tmp_path / "observability.yaml").write_text(text, encoding="utf-8")
    said = CliRunner().invoke(group, ["explain", "alarms.age"]).stdout
    assert "    in beta, eu-west-1\n      threshold  > 60  override by region" in said
    rows = [row for row in built(text).artifacts["prod/catalogue.md"].decode().split("\n") if row.startswith("- **In ")]
    assert [row.split(" in ")[0] for row in rows] == [
        "- **In beta** Maximum > 30",
        "- **In gamma** disabled",
        "- **In eu-west-1** Maximum > 60",
        "- **In beta, eu-west-1** Maximum > 60",
    ]


def test_explain_names_values_by_unit_and_who_has_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    both = f'{{where: {{unit: ou-abcd-12345678, region: {THERE}}}, threshold: "> 60"}}'
    text = yaml.safe_load(estate(f"{{where: {{unit: ou-abcd-12345678}}, period: 5m}}, {both}"))
    for name, unit in (("alpha", "ou-abcd-12345678"), ("beta", "ou-abcd-12345678"), ("gamma", "ou-abcd-98765432")):
        text["accounts"][name]["unit"] = unit
    (tmp_path / "observability.yaml").write_text(yaml.safe_dump(text), encoding="utf-8")
    said = CliRunner().invoke(group, ["explain", "alarms.age"]).stdout
    assert "    in gamma\n      period  1m  built-in\n" in said
    assert "    in eu-west-1\n      threshold  > 60  override by unit" in said
    assert "    in gamma, eu-west-1\n      threshold  > 600  entry" in said
