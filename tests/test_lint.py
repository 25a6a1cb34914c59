"""What runs, runs: cfn-lint beside waivers, what is said where a check was not run, and cfn-lint's own crashes.

Every guard is asked what silences it, and shown to fire on the shipped file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from generator.aws.regions import partition_of
from generator.blueprints import hub
from generator.build import _unique
from generator.checks import cfn_lint
from generator.findings import Finding, Severity
from generator.manifest import HUB_TEMPLATE
from tests.command import Done, obsgen, typed
from tests.support import OWN_METRICS, ROOT, built, spec

# A value longer than CloudWatch takes (1024 characters), which no check of ours looks at.
ONLY_THE_LINTER = (
    f"lag: {{metric: {{namespace: AWS/SomethingNew, name: Y, dimensions: {{D: {'d' * 1025}}}}}, statistic: Sum,"
    " threshold: '> 1'}"
)
WAIVED = f"""\
alarms: {{errors: {{missing_data: ignore}}, {ONLY_THE_LINTER}}}
waivers: [{{rule: alarms-treat-missing-data-as-breaching, for: alarms.errors, reason: silence is fine at night}}]
"""


def lines(findings: list[Finding]) -> list[str]:
    return [f"{finding.code} {finding.message}" for finding in findings]


# --- Waivers do not silence cfn-lint -------------------------------------------------------------------------


def test_a_waived_finding_does_not_keep_cfn_lint_from_running() -> None:
    made = built(spec(WAIVED), lint=True)
    assert [finding.code for finding in made.findings] == ["L01"]
    assert "E3033" in made.findings[0].message
    assert made.findings[0].path == ("alarms", "lag")
    assert (made.artifacts, made.not_run) == ({}, [])


def test_without_the_waiver_it_is_said_that_cfn_lint_was_not_run() -> None:
    made = built(spec(WAIVED.partition("waivers:")[0]), lint=True)
    assert [finding.code for finding in made.findings] == ["H01"]
    assert [str(one) for one in made.not_run] == ["not run over prod: cfn-lint, because other checks have errors"]


def test_a_waiver_past_its_date_waives_nothing_and_cfn_lint_waits_for_the_finding() -> None:
    made = built(spec(WAIVED.replace("at night}", "at night, until: 2026-01-01}")), lint=True)
    assert sorted(finding.code for finding in made.findings) == ["H01", "W02"]
    assert len(made.not_run) == 1


def test_a_mistake_in_the_waivers_does_not_keep_cfn_lint_from_running() -> None:
    other = ", {rule: no-such-rule, for: alarms.errors, reason: silence is fine at night}]"
    made = built(spec(WAIVED.replace("at night}]", f"at night}}{other}")), lint=True)
    assert sorted(finding.code for finding in made.findings) == ["L01", "W01"]


@pytest.mark.parametrize("subject", ["''", "'.'"])
def test_a_waiver_for_no_path_waives_nothing(subject: str) -> None:
    made = built(spec(WAIVED.replace("for: alarms.errors", f"for: {subject}")))
    assert sorted(finding.code for finding in made.findings) == ["H01", "W03"]


def test_warnings_do_not_keep_cfn_lint_from_running() -> None:
    change = f"regions: [us-east-1, eu-west-1]\nalarms: {{errors: {{in: hub, over: each-account}}, {ONLY_THE_LINTER}}}"
    assert {"T17", "L01"} <= {finding.code for finding in built(spec(change), lint=True).findings}


# --- The shipped file ----------------------------------------------------------------------------------------


# Says at its end how many rules of cfn-lint the process knows.
COUNTED = """
import atexit, sys
def counted():
    loaded = 'cfnlint.rules' in sys.modules
    found = set()
    todo = [sys.modules['cfnlint.rules'].CloudFormationLintRule] if loaded else []
    while todo:
        todo += (new := todo.pop().__subclasses__())
        found |= {rule.id for rule in new}
    print('RULES', len(found), file=sys.stderr)
atexit.register(counted)
"""


def test_check_of_the_shipped_file_runs_every_level_of_cfn_lints_rules(tmp_path: Path) -> None:
    def shipped() -> Done:
        return typed(ROOT, "check", "-e", "dev", before=COUNTED, XDG_CACHE_HOME=str(tmp_path))

    first = shipped()
    assert (first.returncode, first.stdout) == (0, first.stdout), first.stdout + first.stderr
    assert int(first.stderr.rpartition("RULES")[2]) > 200
    kept = list((tmp_path / "obsgen").rglob("[!.]*"))
    assert len([path for path in kept if path.is_file()]) == 2, "a result for each template"
    second = shipped()
    assert int(second.stderr.rpartition("RULES")[2]) == 0, "what nothing changed is not linted again"
    assert "cfn-lint" not in second.stdout, "and a cache hit needs no line"


def test_every_family_of_rules_is_on() -> None:
    template = {
        "Parameters": {"Unused": {"Type": "String"}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "DependsOn": "Q2", "Properties": {"Colour": "blue"}}},
    }
    found = cfn_lint.lint({HUB_TEMPLATE: template}, {HUB_TEMPLATE: ["us-east-1"]}, {})
    families = {finding.message.split()[1][0] for finding in found}
    assert {"E", "W", "I"} <= families, lines(found)


@pytest.mark.parametrize("command", [("check",), ("build", "--check"), ("build", "--out", "{tmp}/out")])
def test_a_broken_blueprint_is_said_of_the_shipped_file_for_all_its_waivers(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assemble = hub.assemble

    def broken(*given: Any) -> dict[str, Any]:
        """The hub with a property that CloudFormation does not know."""
        template = assemble(*given)
        queue = next(one for one in template["Resources"].values() if one["Type"] == "AWS::SQS::Queue")
        queue["Properties"]["Colour"] = "blue"
        return template

    monkeypatch.setattr(hub, "assemble", broken)
    shown = obsgen(ROOT, *(word.replace("{tmp}", str(tmp_path)) for word in command), "-e", "dev")
    assert shown.returncode == 1
    assert "error L01: " in shown.stdout + shown.stderr
    assert "'Colour' was unexpected" in shown.stdout + shown.stderr
    assert not (tmp_path / "out").exists()


# --- What was not run is said, in each format ---------------------------------------------------------------

REFUSED = spec("alarms: {errors: {missing_data: ignore}}")


@pytest.mark.parametrize(
    ("text", "not_run"),
    [
        ("alarms: [", "not run: the language, references, house rules, truths, quotas, cfn-lint, because "),
        (spec("alarms: {errors: {threshold: 5}}"), "not run: references, house rules, truths, quotas, cfn-lint, "),
        (spec("alarms: {errors: {metric: {filter: nobody}}}"), "not run: house rules, truths, quotas, cfn-lint, "),
        (REFUSED, "not run over prod: cfn-lint, because other checks have errors"),
    ],
)
def test_each_stage_that_was_not_reached_is_a_line(text: str, not_run: str, tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(text)
    for command in (["check"], ["build"], ["build", "--check"]):
        shown = obsgen(tmp_path, *command)
        assert not_run in shown.stdout + shown.stderr
    shown = obsgen(tmp_path, "check", "--no-lint")
    assert "cfn-lint" not in shown.stdout


def test_what_was_not_run_fits_each_format(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(REFUSED)
    sentence = "not run over prod: cfn-lint, because other checks have errors"
    text = obsgen(tmp_path, "check").stdout.splitlines()
    assert text[-2:] == [sentence, "1 error"]
    assert json.loads(obsgen(tmp_path, "check", "--format", "json").stdout)["not_run"] == [
        {"checks": "cfn-lint", "environment": "prod", "because": "other checks have errors"}
    ]
    (run,) = json.loads(obsgen(tmp_path, "check", "--format", "sarif").stdout)["runs"]
    assert run["invocations"] == [
        {
            "executionSuccessful": True,
            "toolExecutionNotifications": [{"level": "note", "message": {"text": sentence}}],
        }
    ]
    assert [one["ruleId"] for one in run["results"]] == ["H01"]
    notices = obsgen(tmp_path, "check", "--format", "github").stdout.splitlines()
    assert notices[-1] == f"::notice title=obsgen::{sentence}"


def test_where_everything_ran_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec())
    assert obsgen(tmp_path, "check").stdout == "all checks passed\n"
    shown = json.loads(obsgen(tmp_path, "check", "--format", "json").stdout)
    assert shown == {"findings": [], "not_run": []}


def test_build_check_with_errors_says_that_nothing_was_compared(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(REFUSED)
    shown = obsgen(tmp_path, "build", "--check", "--no-lint")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert "1 error; out was not compared with the spec" in shown.stderr


def test_one_environment_of_several_cannot_show_that_a_waiver_is_unused(tmp_path: Path) -> None:
    waiver = "{rule: alarms-treat-missing-data-as-breaching, for: alarms.errors, reason: silence is fine at night}"
    text = spec(f"{OWN_METRICS}environments: [dev, prod]\naccess: null\nwaivers: [{waiver}]")
    (tmp_path / "observability.yaml").write_text(text)
    alone = obsgen(tmp_path, "check", "--no-lint", "-e", "dev").stdout
    assert "W03" in obsgen(tmp_path, "check", "--no-lint").stdout
    assert alone.splitlines() == [
        "not run: W03, unused waivers, because unused waivers are only known after a check of all environments",
        "all checks passed",
    ]
    built_alone = obsgen(tmp_path, "build", "--no-lint", "-e", "dev")
    assert (built_alone.returncode, "W03" in built_alone.stderr) == (0, True)


# --- One finding does not hide another -----------------------------------------------------------------------


def test_what_two_resources_without_a_place_have_wrong_is_two_findings() -> None:
    one, two = (Finding("L01", "the same", where=f"prod/{HUB_TEMPLATE}: Stray{number}") for number in (1, 2))
    again = Finding("L01", "the same", where=f"dev/{HUB_TEMPLATE}: Stray1")
    assert _unique([one, two, again]) == [one, two], "and one that two environments have is one"


def test_an_error_is_not_hidden_by_a_warning_of_the_same_words() -> None:
    warning, error = Finding("T00", "the same", ("alarms",), Severity.WARNING), Finding("T00", "the same", ("alarms",))
    assert _unique([warning, error]) == [error]


# --- cfn-lint's own mistakes ---------------------------------------------------------------------------------


def of(resources: Mapping[str, Any], cache: dict[str, str] | None = None, region: str = "us-east-1") -> list[Finding]:
    return cfn_lint.lint(
        {HUB_TEMPLATE: {"Resources": resources}}, {HUB_TEMPLATE: [region]}, {} if cache is None else cache
    )


def test_a_rule_of_cfn_lint_that_breaks_is_a_finding_and_never_cached() -> None:
    cache: dict[str, str] = {}
    # Not a mapping, which several rules take for granted.
    (first, *_) = broken = [f for f in of({"A": "text", "B": {"Type": ["x"]}}, cache) if "E0002" in f.message]
    assert broken, "cfn-lint got better: find another template that breaks it"
    assert (first.code, first.severity, first.path) == ("L01", Severity.ERROR, ())
    assert "--no-lint" in first.hint
    assert cache == {}


def test_a_template_that_cfn_lint_breaks_on_as_a_whole_is_a_finding() -> None:
    (found,) = of({"A": {"Type": "AWS::SQS::Queue", "Metadata": [1]}})
    assert (found.code, found.severity) == ("L01", Severity.ERROR)
    assert "cfn-lint E0002: AttributeError" in found.message


def test_cfn_lint_that_breaks_as_a_whole_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    from cfnlint.runner import Runner

    for error in (KeyError("x"), SystemExit(32), RecursionError()):

        def breaks(*_given: Any, error: BaseException = error) -> Any:
            raise error

        monkeypatch.setattr(Runner, "validate_template", breaks)
        cache: dict[str, str] = {}
        (found,) = of({}, cache)
        assert f"cfn-lint E0002: {type(error).__name__}" in found.message
        assert cache == {}


def test_a_region_that_cfn_lint_does_not_know_is_noted_cached_or_not() -> None:
    cache: dict[str, str] = {}
    for _ in range(2):
        (found,) = built(spec("{regions: [us-east-1, me-west-1]}"), lint=True, cache=cache).findings
        assert (found.code, found.severity, found.path) == ("L02", Severity.INFO, ("regions",))
        assert "cfn-lint does not know me-west-1; it checked the template for us-east-1 only" in found.message
    for finding in built(spec("hub: {region: me-west-1}"), lint=True).findings:
        assert (finding.code, "as if it were in us-east-1" in finding.message) == ("L02", True)


@pytest.mark.parametrize("region", ["us-iso-east-1", "eusc-de-east-1"])
def test_a_principal_of_a_partition_that_cfn_lint_does_not_know_is_no_finding(region: str) -> None:
    """cfn-lint's pattern of a principal has aws, aws-cn and aws-us-gov only."""
    principal = {"AWS": f"arn:{partition_of(region)}:iam::111111111111:role/reader"}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}},
    }
    assert [finding for finding in of({"Role": role}, region=region) if finding.code == "L01"] == []
    principal["AWS"] = f"arn:{partition_of(region)}:iam::1111:role/reader"
    assert "E3530" in str(of({"Role": role}, region=region))


@pytest.mark.parametrize("setting", ["_CACHE_FORMAT", "IGNORED"])
def test_the_cache_knows_how_the_linter_was_set_up(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cache: dict[str, str] = {}
    of({}, cache)
    monkeypatch.setattr(cfn_lint, setting, ("I4010", "W9999") if setting == "IGNORED" else 999)
    of({}, cache)
    of({}, cache, region="eu-west-1")
    assert len(cache) == 3


def test_the_cache_knows_cfn_lints_version(monkeypatch: pytest.MonkeyPatch) -> None:
    cache: dict[str, str] = {}
    of({}, cache)
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "999")
    of({}, cache)
    assert len(cache) == 2


@pytest.mark.parametrize(
    "other", [None, 3, [1], [{}], {"code": ["E3002"]}, {"level": []}, {"message": None}, {"path": 5}, {"path": [[]]}]
)
def test_what_is_no_list_of_findings_in_the_cache_is_linted_again(other: Any) -> None:
    cache: dict[str, str] = {}
    queue = {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"Colour": "blue"}}}
    expected = of(queue, cache)
    ((key, text),) = cache.items()
    kept = [{**json.loads(text)[0], **other}] if isinstance(other, dict) else other
    cache[key] = json.dumps(kept)
    assert of(queue, cache) == expected
    assert cache == {key: text}
