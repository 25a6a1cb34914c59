"""Patches of the YAML: where a change is written, that it does what it says, and that nothing else changes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from generator.hygiene.effects import side_effects
from generator.hygiene.patches import Patch
from generator.hygiene.types import AlarmRef, FindingLevel, HygieneFinding, RuleVerdict, SettingChange
from generator.model.alarms import Tuning
from generator.yaml_edits import Edit
from tests.captures import REGION, metric_alarm, minutes, state_update, write_capture
from tests.command import obsgen
from tests.support import BASE, built

ACCOUNTS = {"222222222222": "alpha", "333333333333": "beta", "444444444444": "gamma"}
ALARM = """\
alarms:
  errors:   # the file's only alarm
    metric: {filter: errors}
    statistic: Sum
    threshold: "> 5"     # agreed with the shop
    severity: high
    owner: shop
    runbook: https://wiki.example.com/errors
"""
SPEC = BASE.partition("alarms:\n")[0] + ALARM


def errors(name: str = "errors-alarm-prod", **keys: Any) -> dict[str, Any]:
    """The alarm as AWS describes it."""
    return metric_alarm(
        name,
        **{
            "Namespace": "Shop",
            "MetricName": "Errors",
            "Dimensions": [],
            "Statistic": "Sum",
            "Period": 60,
            "Threshold": 5.0,
            "Tags": {"owner": "shop"},
            **keys,
        },
    )


def flaps(name: str = "errors-alarm-prod") -> list[dict[str, Any]]:
    times = [(f"2026-11-05T{hour:02d}:00:00.000Z", f"2026-11-05T{hour:02d}:02:00.000Z") for hour in range(8)]
    return [
        state_update(name, time, *states)
        for pair in times
        for time, states in zip(pair, (("OK", "ALARM"), ("ALARM", "OK")), strict=True)
    ]


def capture(folder: Path, histories: Mapping[str, Sequence[Mapping[str, Any]]], **parts: Any) -> Path:
    """A capture in which every account has the alarm; histories: by the name of the account."""
    rows = {
        (number, REGION): {"alarms": [errors()], "history": histories.get(name, ()), **parts}
        for number, name in ACCOUNTS.items()
    }
    return write_capture(folder / "captured", rows, names=ACCOUNTS)


def hygiene(folder: Path, spec: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = folder / "observability.yaml"
    if not path.exists():
        path.write_bytes(spec.encode())
    return obsgen(folder, "hygiene", "captured", *arguments)


def changed_lines(folder: Path, spec: str) -> list[str]:
    """The lines that are new; those of the text before are all there but for at most one for each."""
    after = (folder / "observability.yaml").read_text().splitlines()
    before = spec.splitlines()
    gone = [line for line in before if line not in after]
    new = [line for line in after if line not in before]
    assert len(gone) <= len(new)
    return new


def tunings(text: str) -> dict[str, Tuning]:
    """The settings of the alarm `errors` by account."""
    done = built(text)
    assert not [finding for finding in done.findings if finding.severity.value == "error"]
    (alarm,) = [alarm for alarm in done.estates["prod"].alarms if alarm.key == "errors"]
    return {name: alarm.tuning_in(name) for name in ACCOUNTS.values()}


def test_what_all_accounts_need_is_a_value_of_the_entry(tmp_path: Path) -> None:
    capture(tmp_path, dict.fromkeys(ACCOUNTS.values(), flaps()))
    done = hygiene(tmp_path, SPEC, "--rule", "flapping")
    assert done.returncode == 1
    assert "+    datapoints: 3 of 3" in done.stdout
    assert done.stdout.count("\n+") == 2  # the header and one line
    assert (tmp_path / "observability.yaml").read_text() == SPEC
    applied = hygiene(tmp_path, SPEC, "--rule", "flapping", "--apply")
    assert applied.returncode == 1
    assert applied.stdout.endswith("\nChanged: observability.yaml\n")
    assert changed_lines(tmp_path, SPEC) == ["    datapoints: 3 of 3"]
    after = tunings((tmp_path / "observability.yaml").read_text())
    assert {(t.datapoints, t.evaluation_periods, t.threshold) for t in after.values()} == {(3, 3, 5.0)}


def test_the_diff_is_one_that_patch_applies(tmp_path: Path) -> None:
    capture(tmp_path, dict.fromkeys(ACCOUNTS.values(), flaps()))
    report = json.loads(hygiene(tmp_path, SPEC, "--rule", "flapping", "--format", "json").stdout)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=report["diff"], text=True, check=True)
    assert changed_lines(tmp_path, SPEC) == ["    datapoints: 3 of 3"]


def test_what_one_account_needs_is_an_override(tmp_path: Path) -> None:
    capture(tmp_path, {"beta": flaps()})
    before = tunings(SPEC)
    hygiene(tmp_path, SPEC, "--rule", "flapping", "--apply")
    assert changed_lines(tmp_path, SPEC) == ["    overrides: [{where: {account: beta}, datapoints: 3 of 3}]"]
    after = tunings((tmp_path / "observability.yaml").read_text())
    assert after["alpha"] == before["alpha"]
    assert after["gamma"] == before["gamma"]
    assert (after["beta"].datapoints, after["beta"].threshold) == (3, 5.0)


@pytest.mark.parametrize("places", [("alpha",), ("alpha", "beta", "gamma")])
def test_an_alarm_of_some_accounts_whose_resource_is_gone_is_disabled(tmp_path: Path, places: tuple[str, ...]) -> None:
    name = "web-cpu-alarm-prod"
    rows = {
        (number, REGION): {
            "alarms": [metric_alarm(name)] if account in places else [],
            "history": [],
            "metrics": [
                {
                    "OwningAccount": number,
                    "Namespace": "AWS/SQS",
                    "MetricName": "NumberOfMessagesSent",
                    "Dimensions": [],
                }
            ],
            "resources": [],
        }
        for number, account in ACCOUNTS.items()
    }
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    entry = f"""\
  web-cpu:
    accounts: [{", ".join(places)}]
    metric: {{namespace: AWS/EC2, name: CPUUtilization, dimensions: {{InstanceId: i-0123456789abcdef0}}}}
    statistic: Average
    period: 5m
    threshold: "> 80"
"""
    spec = f"{SPEC}{entry}"
    done = hygiene(tmp_path, spec, "--rule", "resource-gone", "--apply")
    assert "nothing was changed" not in done.stderr, done.stderr
    assert (tmp_path / "observability.yaml").read_text() == f"{spec}    enabled: false\n", done.stdout + done.stderr


@pytest.mark.parametrize("placed", ["accounts: [alpha]", "accounts: [alpha, gamma]"])
def test_an_alarm_of_the_same_name_where_the_entry_is_not_placed_is_none_of_the_file(
    tmp_path: Path, placed: str
) -> None:
    capture(tmp_path, {"beta": flaps()})
    spec = SPEC.replace("    severity: high\n", f"    severity: high\n    {placed}\n")
    done = hygiene(tmp_path, spec, "--apply")
    assert "flapping" in done.stdout and "= patch" not in done.stdout, done.stdout + done.stderr
    assert (tmp_path / "observability.yaml").read_text() == spec


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    capture(tmp_path, {"beta": flaps(), "gamma": flaps()})
    hygiene(tmp_path, SPEC, "--apply")
    first = (tmp_path / "observability.yaml").read_text()
    assert "where: {account: [beta, gamma]}" in first
    done = hygiene(tmp_path, SPEC, "--apply")
    assert (tmp_path / "observability.yaml").read_text() == first
    assert "the file has it already: deploy it" in done.stdout


@pytest.mark.parametrize(
    ("override", "lines"),
    [
        (
            "{where: {account: beta}, datapoints: 2 of 2}",
            ["      - {where: {account: beta}, datapoints: 4 of 4} # beta"],
        ),
        (
            "{where: {tier: standard}, datapoints: 2 of 2}",
            ["      - {where: {account: beta}, datapoints: 4 of 4}"],
        ),
    ],
)
def test_an_override_is_edited_only_if_it_is_for_nothing_else(tmp_path: Path, override: str, lines: list[str]) -> None:
    spec = f"{SPEC}    overrides:\n      - {override} # beta\n"
    rows = {("333333333333", REGION): {"alarms": [errors(EvaluationPeriods=2)], "history": flaps()}}
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    hygiene(tmp_path, spec, "--rule", "flapping", "--apply")
    assert changed_lines(tmp_path, spec) == lines
    assert tunings((tmp_path / "observability.yaml").read_text())["beta"].datapoints == 4


def test_another_environment_of_the_file_keeps_its_values(tmp_path: Path) -> None:
    spec = SPEC.replace("[prod]", "[dev, prod]").replace("name: Errors", 'name: "Errors-{environment}"')
    spec = spec.replace("sharing: [logs, metrics]", "sharing: [logs, metrics], owned_by: prod")
    capture(tmp_path, dict.fromkeys(ACCOUNTS.values(), flaps()))
    hygiene(tmp_path, spec, "--rule", "flapping", "--apply")
    (line,) = changed_lines(tmp_path, spec)
    assert line == "    overrides: [{where: {environment: prod, account: [alpha, beta, gamma]}, datapoints: 3 of 3}]"


def test_what_differs_from_the_file_is_deployed_first(tmp_path: Path) -> None:
    spec = SPEC.replace("    severity: high\n", "    severity: high\n    datapoints: 2 of 4\n")
    capture(tmp_path, {"beta": flaps()})
    done = hygiene(tmp_path, spec, "--rule", "flapping", "--apply")
    assert "the file has `2 of 4`, the account `1 of 1`: deploy it first" in done.stdout
    assert changed_lines(tmp_path, spec) == []


def test_a_default_for_all_alarms_is_not_changed(tmp_path: Path) -> None:
    spec = SPEC.replace("log_groups:", "defaults:\n  alarms: {datapoints: 1 of 2}\nlog_groups:")
    rows = {
        (number, REGION): {"alarms": [errors(EvaluationPeriods=2, DatapointsToAlarm=1)], "history": flaps()}
        for number in ACCOUNTS
    }
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    hygiene(tmp_path, spec, "--rule", "flapping", "--apply")
    assert changed_lines(tmp_path, spec) == ["    datapoints: 3 of 4"]


def test_a_value_from_a_variable_is_a_sentence(tmp_path: Path) -> None:
    spec = SPEC.replace("    severity: high\n", "    severity: high\n    datapoints: '{var.points}'\n")
    spec += "vars: {points: 1 of 1}\n"
    capture(tmp_path, dict.fromkeys(ACCOUNTS.values(), flaps()))
    done = hygiene(tmp_path, spec, "--rule", "flapping", "--apply")
    assert "alarms.errors.datapoints is a variable: change its value in `vars`" in done.stdout
    assert changed_lines(tmp_path, spec) == []


def test_a_place_that_others_share_is_a_sentence(tmp_path: Path) -> None:
    spec = SPEC.replace("  errors:   # the file's only alarm\n", "  errors: &shared   # two alarms\n")
    spec += "  again: {<<: *shared, threshold: '> 9'}\n"
    capture(tmp_path, dict.fromkeys(ACCOUNTS.values(), flaps()))
    done = hygiene(tmp_path, spec, "--rule", "flapping", "--apply")
    assert "shared with others by an anchor" in done.stdout
    assert changed_lines(tmp_path, spec) == []


def test_overrides_that_a_merge_key_brings_in_are_not_replaced(tmp_path: Path) -> None:
    """A list of one's own hides that of `<<`: alpha would be back at the threshold of all."""
    base = ALARM.replace("errors:   #", "base: &base   #")
    base += "    overrides: [{where: {account: alpha}, threshold: '> 9'}]\n"
    text = SPEC.replace(ALARM, base + "  errors: {<<: *base}\n")
    capture(tmp_path, {"beta": flaps()})
    done = hygiene(tmp_path, text, "--rule", "flapping", "--apply")
    assert "no patch of alarms.errors" in done.stdout
    assert "`overrides` comes from `<<`" in done.stdout
    assert (tmp_path / "observability.yaml").read_text() == text


def test_an_alarm_of_a_pack_gets_an_entry_of_its_own(tmp_path: Path) -> None:
    spec = SPEC + "services:\n  pay: {type: lambda, function: pay, timeout: 30s, owner: shop}\n"
    (alarm,) = [a for a in built(spec).estates["prod"].alarms if a.path == ("services", "pay", "alarms", "errors")]
    needed, of = alarm.tuning.datapoints, alarm.tuning.evaluation_periods
    captured = errors(alarm.name, EvaluationPeriods=of, DatapointsToAlarm=needed)
    rows = {(number, REGION): {"alarms": [captured], "history": flaps(alarm.name)} for number in ACCOUNTS}
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    hygiene(tmp_path, spec, "--rule", "flapping", "--apply")
    more = f"alarms: {{errors: {{datapoints: {needed + 2} of {of + 2}}}}}"
    assert changed_lines(tmp_path, spec) == [
        f"  pay: {{type: lambda, function: pay, timeout: 30s, owner: shop, {more}}}"
    ]


def test_a_proposed_threshold_holds_for_the_captured_values(tmp_path: Path) -> None:
    values = [float(5 + number % 45) for number in range(7 * 1440)]
    data = minutes(("Shop", "Errors", {}), values, account="222222222222")
    alarms = [errors(StateValue="ALARM")]
    write_capture(
        tmp_path / "captured",
        {("222222222222", REGION): {"alarms": alarms, "history": [], "metric-data": data}},
        names=ACCOUNTS,
    )
    hygiene(tmp_path, SPEC, "--rule", "always-firing", "--apply")
    assert changed_lines(tmp_path, SPEC) == ['    overrides: [{where: {account: alpha}, threshold: "> 49"}]']


def test_no_threshold_is_proposed_for_an_alarm_that_fires_for_missing_data(tmp_path: Path) -> None:
    data = minutes(("Shop", "Errors", {}), [0.0] * 7 * 1440, account="222222222222")
    rows = {("222222222222", REGION): {"alarms": [errors(StateValue="ALARM")], "history": [], "metric-data": data}}
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    done = hygiene(tmp_path, SPEC, "--rule", "always-firing", "--apply")
    assert "help: its values do not breach its threshold" in done.stdout
    assert (tmp_path / "observability.yaml").read_text() == SPEC


@pytest.mark.parametrize(
    ("namespace", "lines"),
    [
        ("AWS/RDS", ["    overrides: [{where: {account: gamma}, enabled: false}]"]),
        # A dead-letter queue that nobody accesses has no data, and its alarm may be the only one that sees it fill:
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-access-metrics.html
        ("AWS/SQS", []),
    ],
)
def test_a_resource_that_is_gone_is_disabled_unless_it_may_be_idle(
    tmp_path: Path, namespace: str, lines: list[str]
) -> None:
    spec = SPEC.replace("{filter: errors}", f"{{namespace: {namespace}, name: Sent, dimensions: {{Name: q}}}}")
    queue = {"Namespace": namespace, "MetricName": "Sent"}
    dimensions = [{"Name": "Name", "Value": "q"}]
    rows = {
        (number, REGION): {
            "alarms": [errors(**queue, Dimensions=dimensions)],
            "history": [],
            "resources": [],
            "metrics": []
            if name == "gamma"
            else [{**queue, "MetricName": "Size", "Dimensions": dimensions, "OwningAccount": number}],
        }
        for number, name in ACCOUNTS.items()
    }
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    assert hygiene(tmp_path, spec, "--rule", "resource-gone", "--apply").returncode == 1
    assert changed_lines(tmp_path, spec) == lines


@pytest.mark.parametrize(
    ("severities", "owners", "disabled"),
    [
        (("low", "critical"), ("shop", "shop"), ["errors"]),
        (("critical", "low"), ("shop", "shop"), ["later"]),
        (("high", "high"), ("shop", "shop"), ["later"]),
        (("high", "high"), ("shop", "platform"), []),
    ],
)
def test_of_identical_alarms_the_most_severe_stays(
    tmp_path: Path, severities: tuple[str, str], owners: tuple[str, str], disabled: list[str]
) -> None:
    """Neither the one that calls somebody at night nor another team's is turned off for the first by name."""
    one = ALARM.replace("severity: high", f"severity: {severities[0]}").replace("owner: shop", f"owner: {owners[0]}")
    two = ALARM.partition("\n")[2].replace("errors:   #", "later:   #").replace("high", severities[1])
    spec = SPEC.replace(ALARM, one + two.replace("owner: shop", f"owner: {owners[1]}"))
    rows = {(number, REGION): {"alarms": [errors(), errors("later-alarm-prod")], "history": []} for number in ACCOUNTS}
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    hygiene(tmp_path, spec, "--rule", "identical", "--apply")
    (estate,) = built((tmp_path / "observability.yaml").read_text()).estates.values()
    assert [alarm.key for alarm in estate.alarms if not alarm.tuning_in("alpha").enabled] == disabled


def test_an_alarm_of_the_console_does_not_replace_one_of_the_file(tmp_path: Path) -> None:
    other = errors("a-console", AlarmActions=["arn:aws:sns:us-east-1:222222222222:somewhere"])
    rows = {(number, REGION): {"alarms": [errors(), other], "history": []} for number in ACCOUNTS}
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    done = hygiene(tmp_path, SPEC, "--rule", "identical", "--apply")
    assert "a-console (alpha us-east-1, shop): the same metric" in done.stdout
    assert (tmp_path / "observability.yaml").read_text() == SPEC


def test_owner_runbook_and_route_come_from_the_file(tmp_path: Path) -> None:
    spec = SPEC + (
        "  slow: {metric: {filter: errors}, statistic: Sum, threshold: '> 9', severity: none, service: shop}\n"
    )
    spec = spec.replace("    owner: shop\n", "    owner: shop\n    service: shop\n")
    rows = {
        (number, REGION): {"alarms": [errors(), errors("slow-alarm-prod", Threshold=9.0, Tags={})], "history": []}
        for number in ACCOUNTS
    }
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    done = hygiene(tmp_path, spec, "--apply")
    assert done.returncode == 1, done.stderr
    (line,) = changed_lines(tmp_path, spec)
    assert line == (
        "  slow: {metric: {filter: errors}, statistic: Sum, threshold: '> 9', severity: low, service: shop,"
        ' owner: shop, runbook: "https://wiki.example.com/errors"}'
    )


def test_a_critical_alarm_without_a_route_stays_as_severe_as_it_can_be(tmp_path: Path) -> None:
    spec = SPEC.replace("critical: [mail], ", "").replace("severity: high", "severity: critical")
    spec += "waivers: [{rule: deliverable-notifications, for: routes.critical, reason: a pager follows}]\n"
    capture(tmp_path, {})
    hygiene(tmp_path, spec, "--rule", "no-route", "--apply")
    assert changed_lines(tmp_path, spec) == ["    severity: high"]


def test_a_patch_that_weakens_a_critical_alarm_says_so(tmp_path: Path) -> None:
    capture(tmp_path, {"beta": flaps()})
    spec = SPEC.replace("severity: high", "severity: critical")
    done = hygiene(tmp_path, spec, "--rule", "flapping")
    assert "datapoints: 3 of 3, as an override; it weakens a critical alarm: review it\n" in done.stdout
    report = json.loads(hygiene(tmp_path, spec, "--rule", "flapping", "--format", "json").stdout)
    (row,) = report["findings"]
    assert (row["severity"], row["patch"]["weakens"]) == ("critical", True)


TWIN = "  twin: {metric: {filter: errors}, statistic: Sum, threshold: '> 5', owner: shop, severity: high}\n"


def twins(folder: Path) -> None:
    rows = {(number, REGION): {"alarms": [errors(), errors("twin-alarm-prod")], "history": []} for number in ACCOUNTS}
    write_capture(folder / "captured", rows, names=ACCOUNTS)


def test_an_alarm_that_a_composite_names_is_not_removed(tmp_path: Path) -> None:
    spec = f"{SPEC}{TWIN}composites: {{both: {{rule: twin, severity: high}}}}\n"
    twins(tmp_path)
    done = hygiene(tmp_path, spec, "--rule", "identical", "--apply")
    assert "the composite `both` names it: change its rule first" in done.stdout
    assert changed_lines(tmp_path, spec) == []


def test_a_patch_that_breaks_the_file_is_not_written(tmp_path: Path) -> None:
    spec = f"{SPEC}{TWIN}dashboards: {{shop: {{widgets: [{{type: alarms, alarms: [twin]}}]}}}}\n"
    twins(tmp_path)
    done = hygiene(tmp_path, spec, "--rule", "identical", "--apply")
    assert done.returncode == 2
    assert "nothing was changed: the patched file has these errors" in done.stderr
    assert (tmp_path / "observability.yaml").read_text() == spec


def test_a_patch_that_changes_something_else_is_not_written(tmp_path: Path) -> None:
    """The owner that the service has is notified by a rule, and has a runbook of its own."""
    spec = SPEC.replace("severity: high\n    owner: shop\n", "severity: high\n    owner: shop\n    service: shop\n")
    spec += "  slow: {metric: {filter: errors}, statistic: Sum, threshold: '> 9', service: shop}\n"
    spec = spec.replace("[prod]", "[dev, prod]").replace("name: Errors", 'name: "Errors-{environment}"')
    spec = spec.replace("sharing: [logs, metrics]", "sharing: [logs, metrics], owned_by: prod")
    spec = spec.replace("channels:\n", "channels:\n  chat: {type: email, addresses: [shop@example.com]}\n")
    spec = spec.replace("low: [mail]}", "low: [mail], rules: [{when: {owner: shop}, to: [chat]}]}")
    slow = errors("slow-alarm-prod", Threshold=9.0, Tags={})
    rows = {(number, REGION): {"alarms": [errors(), slow], "history": []} for number in ACCOUNTS}
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    done = hygiene(tmp_path, spec, "--rule", "no-owner", "--apply")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "nothing was changed: the patches would change more than the settings that they are for",
        *(
            f"  slow-alarm-{environment} in {account} us-east-1: channels chat instead of mail"
            for environment in ("dev", "prod")
            for account in ("alpha", "beta", "gamma")
        ),
        "  = help: choose other patches by --rule, or change the file by hand",
    ]
    assert (tmp_path / "observability.yaml").read_text() == spec
    # Without the rule, nothing else changes.
    other = spec.replace(", rules: [{when: {owner: shop}, to: [chat]}]", "").replace("high: [mail]", "high: [chat]")
    (tmp_path / "observability.yaml").unlink()
    hygiene(tmp_path, other, "--rule", "no-owner", "--apply")
    assert [line[-14:] for line in changed_lines(tmp_path, other)] == [", owner: shop}"]


OTHER = "  other: {metric: {filter: errors}, statistic: Sum, threshold: '> 9'}\n"


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ("    overrides: [{where: {account: beta}, datapoints: 3 of 3}]\n", []),
        (
            "    overrides: [{where: {account: beta}, datapoints: 3 of 3, threshold: '> 6'}]\n",
            ["errors-alarm-prod in beta us-east-1: threshold 6.0 instead of 5.0"],
        ),
        (
            "    overrides: [{where: {account: [alpha, beta]}, datapoints: 3 of 3}]\n",
            [
                "errors-alarm-prod in alpha us-east-1: datapoints 3 instead of 1",
                "errors-alarm-prod in alpha us-east-1: evaluation_periods 3 instead of 1",
            ],
        ),
        ("    service: shop\n", ["errors-alarm-prod: service"]),
        (OTHER, ["other-alarm-prod would be added"]),
        ("audit: {alarm_changes: true}\n", ["audit in prod"]),
    ],
)
def test_what_else_would_change_has_a_line_for_each_place(change: str, lines: list[str]) -> None:
    ref = AlarmRef("333333333333", "beta", REGION, "errors-alarm-prod")
    setting = SettingChange("datapoints", "3 of 3")
    finding = HygieneFinding("flapping", FindingLevel.PROBLEM, ref, "shop", RuleVerdict("", {}, "", setting))
    path = ("alarms", "errors")
    patch = Patch((finding,), setting, path, ("beta",), (Edit(path, None),))
    assert list(side_effects(built(SPEC).estates, built(SPEC + change).estates, [patch], "prod")) == lines


def test_missing_data_counts_as_good_where_high_values_are_bad(tmp_path: Path) -> None:
    spec = SPEC.replace("    severity: high\n", "    severity: high\n    missing_data: missing   # for now\n")
    spec += (
        "waivers:\n  # while we look\n"
        "  - {rule: alarms-treat-missing-data-as-breaching, for: alarms.errors, reason: not known what silence means}\n"
    )
    states = [
        state_update("errors-alarm-prod", "2026-11-02T00:00:00.000Z", "OK", "INSUFFICIENT_DATA"),
        state_update("errors-alarm-prod", "2026-11-28T00:00:00.000Z", "INSUFFICIENT_DATA", "OK"),
    ]
    rows = {
        (number, REGION): {
            "alarms": [errors(TreatMissingData="missing")],
            "history": states,
            "metric-data": minutes(("Shop", "Errors", {}), [1.0] * 90, account=number),
        }
        for number in ACCOUNTS
    }
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    done = hygiene(tmp_path, spec, "--rule", "insufficient-data", "--apply")
    assert done.returncode == 1, done.stderr
    assert changed_lines(tmp_path, spec) == ["    missing_data: not-breaching   # for now"]


def test_an_included_file_is_changed_where_its_entry_is(tmp_path: Path) -> None:
    main = SPEC.replace(ALARM, "include: [teams/*.yaml]\n")
    (tmp_path / "teams").mkdir()
    (tmp_path / "teams" / "shop.yaml").write_text(ALARM)
    capture(tmp_path, {"beta": flaps()})
    done = hygiene(tmp_path, main, "--rule", "flapping")
    assert "+++ b/teams/shop.yaml" in done.stdout
    hygiene(tmp_path, main, "--rule", "flapping", "--apply")
    assert (tmp_path / "observability.yaml").read_text() == main
    after = (tmp_path / "teams" / "shop.yaml").read_text()
    assert after == f"{ALARM}    overrides: [{{where: {{account: beta}}, datapoints: 3 of 3}}]\n"


def test_line_ends_and_the_byte_order_mark_stay(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf" + SPEC.replace("\n", "\r\n").encode()
    (tmp_path / "observability.yaml").write_bytes(text)
    (tmp_path / "observability.yaml").chmod(0o600)
    capture(tmp_path, {"beta": flaps()})
    hygiene(tmp_path, SPEC, "--rule", "flapping", "--apply")
    after = (tmp_path / "observability.yaml").read_bytes()
    assert after == text + b"    overrides: [{where: {account: beta}, datapoints: 3 of 3}]\r\n"
    assert (tmp_path / "observability.yaml").stat().st_mode & 0o777 == 0o600


def test_no_patch_for_alarms_of_others(tmp_path: Path) -> None:
    rows = {("222222222222", REGION): {"alarms": [errors("by-hand")], "history": flaps("by-hand")}}
    write_capture(tmp_path / "captured", rows, names=ACCOUNTS)
    done = hygiene(tmp_path, SPEC, "--rule", "flapping", "--apply")
    assert "let it wait for more datapoints" in done.stdout
    assert changed_lines(tmp_path, SPEC) == []
