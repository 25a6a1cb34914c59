"""Waivers: a house rule set aside for one thing, and what is said of a waiver that has had its day."""

from __future__ import annotations

import datetime

import yaml

from generator.checks.check import registry
from generator.findings import Finding, Severity
from tests.support import OWN_METRICS, TODAY, built, codes, spec

RULE = "alarms-treat-missing-data-as-breaching"
BROKEN = "alarms: {errors: {missing_data: ignore}}\n"
REASON = "reason: silence is good news at night"


def waived(extra: str = "", subject: str = "alarms.errors", rule: str = RULE, broken: str = BROKEN) -> str:
    more = f", {extra}" if extra else ""
    return spec(f"{broken}waivers:\n- {{rule: {rule}, for: {subject}, {REASON}{more}}}\n")


def only(text: str) -> Finding:
    (found,) = built(text).findings
    return found


def test_a_waiver_takes_the_finding_away() -> None:
    assert codes(spec(BROKEN)) == {"H01"}
    assert codes(waived()) == set()


def test_a_finding_that_can_be_waived_names_the_waiver_that_would_do_it() -> None:
    found = only(spec(BROKEN))
    assert (
        found.hint == f"set missing_data: breaching; or add waivers: [{{rule: {RULE}, for: alarms.errors, reason: …}}]"
    )
    written = yaml.safe_load(found.hint.partition("; or add ")[2].replace("…", "silence is good news at night"))
    assert codes(spec(f"{BROKEN}{yaml.safe_dump(written)}")) == set()


def test_every_house_rules_example_can_be_waived_as_its_finding_says() -> None:
    for check in (one for one in registry() if one.family == "house" and one.bad):
        findings = [f for f in built(spec(check.bad)).findings if f.code == check.code]
        assert findings, check.code
        for finding in findings:
            assert f"; or add waivers: [{{rule: {check.name}, for: " in finding.hint, finding


def test_what_can_not_be_waived_names_no_waiver() -> None:
    (found,) = [f for f in built(spec('alarms: {errors: {threshold: "< 0"}}')).findings if f.code == "T23"]
    assert "waivers" not in found.hint


def test_an_ended_waiver_is_not_proposed_once_more() -> None:
    found = {f.code: f for f in built(waived("until: 2026-01-31")).findings}
    assert "waivers" not in found["H01"].hint


def test_a_code_in_place_of_a_rules_name_is_told_the_name() -> None:
    found = {f.code: f for f in built(waived(rule="h01")).findings}
    assert found["W01"].hint == f"use rule: {RULE}"


def test_a_truth_in_a_waiver_is_told_that_it_can_not_be_waived() -> None:
    for rule in ("T09", "window"):
        found = {f.code: f for f in built(waived(rule=rule)).findings}
        assert found["W01"].message == "`window` (T09) states what AWS does and cannot be waived"


def test_a_waiver_for_a_section_covers_all_of_it() -> None:
    assert codes(waived(subject="alarms")) == set()


def test_a_waiver_for_one_alarm_leaves_the_others() -> None:
    other = '{metric: {filter: errors}, statistic: Sum, threshold: "> 1", missing_data: ignore}'
    found = only(waived(broken=f"alarms: {{errors: {{missing_data: ignore}}, errors-too: {other}}}\n"))
    assert (found.code, found.path[:2]) == ("H01", ("alarms", "errors-too"))


def test_a_waiver_holds_on_its_last_day() -> None:
    assert codes(waived(f"until: {TODAY}")) == set()


def test_a_waiver_past_its_day_waives_nothing_and_is_told() -> None:
    yesterday = TODAY - datetime.timedelta(days=1)
    found = {f.code: f for f in built(waived(f"until: {yesterday}")).findings}
    assert set(found) == {"H01", "W02"}
    assert found["W02"].path == ("waivers", 0, "until")


def test_a_waiver_of_nothing_is_told() -> None:
    found = only(waived(broken=""))
    assert (found.code, found.severity, found.path) == ("W03", Severity.WARNING, ("waivers", 0, "for"))


def test_a_waiver_is_not_called_unused_where_its_environment_was_not_built() -> None:
    from generator.build import Inputs, build
    from generator.workspace import handler_files

    text = spec(
        f"{OWN_METRICS}environments: {{dev: null, prod: null}}\naccess: {{owned_by: prod}}\n"
        "alarms: {errors: {overrides: [{where: {environment: prod}, missing_data: ignore}]}}\n"
        f"waivers:\n- {{rule: {RULE}, for: alarms.errors, {REASON}}}\n"
    )
    inputs = Inputs(text.encode(), "observability.yaml", handler_files(), TODAY, ("dev",), lint=False)
    assert build(inputs).findings == []
    assert codes(text) == set()


def test_a_rule_that_does_not_exist_is_told_with_the_one_that_was_meant() -> None:
    found = next(f for f in built(waived(rule="alarm-treat-missing-data-as-breaching")).findings if f.code == "W01")
    assert found.path == ("waivers", 0, "rule")
    assert f"`{RULE}`" in found.hint


def test_a_quota_cannot_be_waived() -> None:
    text = waived(rule="tags", subject="tags", broken='tags: {"aws:team": shop}\n')
    assert codes(text) == {"W01", "Q12"}
