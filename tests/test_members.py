"""Who is watched where: units without some accounts, in the words of catalogue, diff and explain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.build import Built
from generator.cli.main import group
from generator.render.account_changes import account_differences
from tests.support import built, spec

UNIT = "ou-ab12-cdefgh34"
WITH_NAME = (
    'accounts: {delta: {id: "555555555555"}}\n'
    "environments: {prod: {accounts: [alpha, beta, gamma]}}\n"
    f'organizational_units: [{{id: {UNIT}, except: [delta, "999999999999"]}}]\n'
)
REGIONS = "regions: [us-east-1, eu-west-1, us-west-2]\naccounts: {gamma: {regions: [eu-west-1]}}\n"
GAMMA = "444444444444"


def text(made: Built, file: str) -> str:
    assert made.artifacts, made.findings
    return made.artifacts[f"prod/{file}"].decode()


def changes(before: str, after: str) -> list[str]:
    old, new = (json.loads(text(built(spec(change)), "estate.json")) for change in (before, after))
    return [words for _, _, words in account_differences(old, new)]


def explained(folder: Path, path: str, change: str) -> str:
    file = folder / "observability.yaml"
    file.write_text(spec(change), encoding="utf-8")
    return CliRunner().invoke(group, ["explain", path, "--file", str(file)]).output


def test_the_catalogue_says_who_is_left_out() -> None:
    made = built(spec(WITH_NAME))
    assert made.findings == []
    assert f"every account of {UNIT} but delta (555555555555), 999999999999" in text(made, "catalogue.md")


def test_explain_says_who_is_left_out(tmp_path: Path) -> None:
    shown = explained(tmp_path, "organizational_units", WITH_NAME)
    assert f"members: every account of {UNIT} but delta (555555555555), 999999999999" in shown


def test_the_diff_says_who_is_left_out_and_who_no_longer() -> None:
    whole = f"organizational_units: [{UNIT}]"
    but = f"organizational_units: [{{id: {UNIT}, except: ['999999999999']}}]"
    assert changes(whole, but) == [
        "999999999999 is excluded from the organizational units and no longer monitored",
    ]
    assert changes(but, whole) == [
        "999999999999 is monitored from now on, as it is no longer excluded from the organizational units",
    ]
    assert changes(but, but) == []


def test_an_entry_without_accounts_is_the_units_id() -> None:
    plain, mapping = (built(spec(f"organizational_units: [{unit}]")) for unit in (UNIT, f"{{id: {UNIT}}}"))
    assert plain.artifacts == mapping.artifacts
    assert "except" not in text(plain, "manifest.yaml")
    assert "excluded" not in text(plain, "estate.json")


def test_an_environment_that_names_a_unit_has_what_the_file_says_of_it() -> None:
    of_file = f'organizational_units: [{{id: {UNIT}, except: ["999999999999"]}}, ou-ab12-zzzzzzzz]\n'
    made = built(spec(f"{of_file}environments: {{prod: {{organizational_units: [{UNIT}]}}}}"))
    assert made.estates["prod"].organizational_units == (UNIT,)
    assert [one.id for one in made.estates["prod"].excluded_accounts] == ["999999999999"]


def stack_of(made: Built, number: str, region: str) -> dict[str, object]:
    """What CloudFormation would make of the member template there, by logical id."""
    template = made.templates["prod"]["member.template.yaml"]
    conditions = template.get("Conditions", {})
    known = {"AWS::AccountId": number, "AWS::Region": region}

    def holds(test: dict[str, list[object]]) -> bool:
        ((name, inner),) = test.items()
        if name == "Condition":
            return holds(conditions[str(inner)])
        if name == "Fn::Equals":
            left, right = (known.get(one["Ref"], one["Ref"]) if isinstance(one, dict) else one for one in inner)
            return bool(left == right)
        each = [holds(one) for one in inner]  # type: ignore[arg-type]  # the others are lists of conditions
        return {"Fn::And": all(each), "Fn::Or": any(each), "Fn::Not": not each[0]}[name]

    there = template["Resources"]
    return {key: one for key, one in there.items() if "Condition" not in one or holds(conditions[one["Condition"]])}


def test_the_role_is_made_once_in_each_account() -> None:
    made = built(spec(REGIONS))
    every = {("222222222222", region) for region in ("us-east-1", "eu-west-1", "us-west-2")} | {(GAMMA, "eu-west-1")}
    having = {place for place in every if "MonitoringRole" in stack_of(made, *place)}
    assert having == {("222222222222", "us-east-1"), (GAMMA, "eu-west-1")}


def test_silence_is_an_alarm_only_where_there_is_a_stack() -> None:
    hub = text(built(spec(REGIONS)), "hub.template.yaml")
    assert "Heartbeat444444444444EuWest1:" in hub
    assert "Heartbeat444444444444UsEast1" not in hub
    assert "Heartbeat222222222222UsEast1:" in hub


def test_the_hub_looks_at_accounts_that_its_region_has() -> None:
    hub_alarm = "in: hub, metric: {filter: errors}, statistic: Sum, threshold: '> 5'"
    made = built(
        spec(
            "regions: [us-east-1, eu-west-1]\n"
            "accounts: {gamma: {regions: [eu-west-1]}, delta: {id: '555555555555'}}\n"
            f"alarms: {{each: {{{hub_alarm}, over: each-account}}, all: {{{hub_alarm}, over: all-accounts}}}}\n"
            "contributor_insights: {users: {log_group: application, keys: [$.user]}}\n"
            "dashboards: {overview: auto}"
        )
    )
    estate = made.estates["prod"]
    assert [one.account for one in estate.alarms if one.key == "each"] == ["alpha", "beta", "delta"]
    hub = made.templates["prod"]["hub.template.yaml"]["Resources"]
    for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::CloudWatch::InsightRule"):
        seen = json.dumps([one for key, one in hub.items() if one["Type"] == kind and "Heartbeat" not in key])
        assert "555555555555" in seen
        assert GAMMA not in seen


def test_an_alarm_of_a_region_does_not_stand_in_accounts_of_others() -> None:
    made = built(spec(f"{REGIONS}alarms: {{errors: {{regions: [us-east-1]}}}}"))
    (alarm,) = (one for one in made.estates["prod"].alarms if one.key == "errors")
    assert not alarm.deployed_in("gamma")
    assert "- **Deployed to** alpha, beta; us-east-1\n" in text(made, "catalogue.md")
    assert "AlarmErrors" not in stack_of(made, GAMMA, "eu-west-1")
    assert "AlarmErrors" in stack_of(made, "222222222222", "us-east-1")


def test_a_composite_is_not_asked_for_where_no_stack_is() -> None:
    placed = (
        "alarms: {here: {metric: {filter: errors}, statistic: Sum, threshold: '> 5', regions: [us-east-1]},"
        " there: {metric: {filter: errors}, statistic: Sum, threshold: '> 6', accounts: [gamma]}}\n"
        "composites: {never: {rule: here and there}}"
    )
    assert [one.code for one in built(spec(f"regions: [us-east-1, eu-west-1]\n{placed}")).findings] == []
    made = built(spec(f"{REGIONS}{placed}"))
    assert [one.code for one in made.findings] == ["R07"]


def test_catalogue_explain_and_diff_say_the_regions_of_an_account(tmp_path: Path) -> None:
    made = built(spec(REGIONS))
    shown = text(made, "catalogue.md")
    assert "gamma (444444444444, eu-west-1 only)" in shown
    assert "- **Deployed to** alpha, beta; us-east-1, eu-west-1, us-west-2; gamma in eu-west-1 only" in shown
    told = explained(tmp_path, "accounts.gamma", REGIONS)
    assert "gamma: monitored in eu-west-1, its role is created in eu-west-1" in told
    assert "not linked to the hub, which sees us-east-1 only" in told
    everywhere = "regions: [us-east-1, eu-west-1, us-west-2]"
    assert changes(everywhere, REGIONS) == ["gamma is monitored in eu-west-1 (was every Region)"]
    assert changes(REGIONS, everywhere) == ["gamma is monitored in every Region (was eu-west-1)"]


def test_explain_says_of_an_account_without_regions_of_its_own_where_it_is_watched(tmp_path: Path) -> None:
    assert "  alpha: monitored in us-east-1, its role is created in us-east-1\n" in explained(
        tmp_path, "accounts.alpha", ""
    )


def test_every_region_by_name_is_the_same_as_none() -> None:
    everywhere = "regions: [us-east-1, eu-west-1]\n"
    named = f"{everywhere}accounts: {{gamma: {{regions: [eu-west-1, us-east-1]}}}}"
    assert built(spec(everywhere)).artifacts == built(spec(named)).artifacts


@pytest.mark.parametrize(("account", "said"), [("account: gamma, ", "no stack is in us-east-1"), ("", "1 passed")])
def test_tests_of_alarms_have_the_stacks_that_are_there(account: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(REGIONS), encoding="utf-8")
    given = f"{{{account}region: us-east-1, log_group: application, lines: [{{at: 1m, text: quiet}}]}}"
    expect = "{at: 5m, alarm: errors, account: alpha, region: us-east-1, state: OK}"
    story = f"version: 1\ntests:\n  - {{name: quiet, given: [{given}], expect: [{expect}]}}\n"
    (tmp_path / "tests.yaml").write_text(story, encoding="utf-8")
    words = ["test", str(tmp_path / "tests.yaml"), "-f", str(tmp_path / "observability.yaml")]
    assert said in CliRunner().invoke(group, words).output
