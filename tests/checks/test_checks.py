"""Every check on its own two examples, the shipped file on all of them, and the pages that are printed from them."""

from __future__ import annotations

import re

import pytest
import yaml

from generator.checks.check import Check, Subject, registry, run_all
from generator.checks.docs_page import check_page
from generator.findings import Finding, Path, Severity, parse_path
from tests.support import ROOT, built, codes, laid_over, spec
from tests.update_docs import FOLDER, pages

CHECKS = registry()
LONGEST_SUMMARY = 70
WITH_EXAMPLE = [check for check in CHECKS if check.bad]


# pytest runs all tests of a value of such a fixture after each other, so each example is built once.
@pytest.fixture(scope="module", params=WITH_EXAMPLE, ids=lambda check: check.code)
def example(request: pytest.FixtureRequest) -> Check:
    check: Check = request.param
    return check


def only(code: str, change: str) -> Finding:
    """The one finding of a code that a change brings."""
    (found,) = [f for f in built(spec(change)).findings if f.code == code]
    return found


def test_the_bad_example_has_this_error_and_no_other(example: Check) -> None:
    found = built(spec(example.bad)).findings
    errors = {f.code for f in found if f.severity is Severity.ERROR}
    # A truth may be no more than a warning; a house rule or a quota that stops nothing would be no rule.
    warnings = {f.code for f in found if f.severity is Severity.WARNING}
    findings = errors or (warnings if example.family == "truth" else set())
    assert findings == {example.code}, [(f.code, f.message) for f in found]


def test_the_good_example_has_nothing_of_it(example: Check) -> None:
    found = built(spec(example.good)).findings
    assert example.code not in {f.code for f in found}
    assert not [f for f in found if f.severity is Severity.ERROR]


def test_a_finding_says_where_it_is_and_what_to_do(example: Check) -> None:
    source = built(spec(example.bad)).source
    for finding in built(spec(example.bad)).findings:
        assert finding.path, finding
        assert source.span(finding.path, finding.on), finding
        assert finding.hint, finding
        assert not finding.message.endswith("."), finding


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_check_is_called_by_its_family_and_says_why(check: Check) -> None:
    assert check.code[0] == check.family[0].upper()
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.name)
    assert check.title.endswith(".")
    assert len(check.summary) <= LONGEST_SUMMARY and check.summary.endswith(".")
    assert len(check.why) > 100
    assert "https://" in check.source
    assert bool(check.bad) == bool(check.good)


def test_the_small_spec_of_the_tests_is_clean() -> None:
    assert codes(spec()) == set()


def test_the_shipped_file_needs_its_waivers_and_no_other() -> None:
    text = (ROOT / "observability.yaml").read_text(encoding="utf-8")
    assert built(text).findings == []
    bare = laid_over(yaml.safe_load(text), {"waivers": None})
    paths = {f.path[:2] for f in built(yaml.safe_dump(bare, sort_keys=False)).findings}
    alarms = ("handler-latency", "deploying", "throttled-calls", "timeouts")
    errors = [f"{service}-errors" for service in ("processor", "inventory", "notification")]
    assert paths == {*(("alarms", name) for name in (*alarms, *errors)), ("services", "payment-processor")}


def test_a_check_that_crashes_is_a_finding_and_not_a_traceback() -> None:
    estate = built(spec()).estates["prod"]
    findings = run_all(Subject(estate, {"hub.template.yaml": {}}))
    assert {f.code for f in findings} == {"X01"}
    assert any("H02 failed: KeyError" in f.message for f in findings)


def test_the_pages_are_up_to_date() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert written == pages(), "run `python -m tests.update_docs`"


@pytest.mark.parametrize("check", [c for c in WITH_EXAMPLE if c.family == "house"], ids=lambda check: check.code)
def test_the_waiver_on_the_page_waives_the_example_on_the_page(check: Check) -> None:
    waiver = check_page(check).split("```yaml\n")[-1].split("```")[0]
    assert codes(spec(check.bad + waiver)) == set()


def test_an_alarm_that_inherits_its_missing_data_is_itself_the_place() -> None:
    found = only("H01", "defaults: {alarms: {missing_data: ignore}}")
    assert found.path == ("alarms", "errors")
    assert found.also == ((("defaults", "alarms", "missing_data"), "set here"),)


def test_an_account_with_other_missing_data_is_found() -> None:
    change = "alarms: {errors: {overrides: [{where: {account: beta}, missing_data: missing}]}}"
    assert only("H01", change).path == ("alarms", "errors", "overrides", 0, "missing_data")


def test_missing_data_of_an_account_without_the_alarm_does_not_matter() -> None:
    change = "alarms: {errors: {overrides: [{where: {account: beta}, missing_data: missing, enabled: false}]}}"
    assert codes(spec(change)) == set()


def test_the_retention_of_the_audit_trail_counts_too() -> None:
    assert only("H02", "audit: {alarm_changes: true, retention: 7d}").path == ("audit", "retention")


@pytest.mark.parametrize(
    ("pattern", "is_exact"),
    [
        ('"*"', True),
        ('{ $.code = "E*F" }', True),
        ('{ $.code = "E*" }', False),
        ("{ $.items[*] = 4 }", False),
        ("[time, level = ERR*, rest]", False),
        ("[time, level = %ERR%, rest]", False),
        ("%ERR%", False),
        ("[time, level = ERROR, ...]", True),
    ],
)
def test_a_pattern_is_exact_unless_it_matches_several_texts(pattern: str, is_exact: bool) -> None:
    change = yaml.safe_dump({"metric_filters": {"errors": {"pattern": pattern}}})
    assert ("H03" not in codes(spec(change))) is is_exact


def test_fewer_accounts_without_an_overview_are_fine() -> None:
    assert codes(spec("accounts: {gamma: null}")) == set()


@pytest.mark.parametrize("form", ["observability: {widgets: [{type: text, markdown: Hello}]}", "health: auto"])
def test_an_overview_is_one_by_name_or_by_being_derived(form: str) -> None:
    assert codes(spec(f"accounts: {{gamma: null}}\ndashboards:\n  {form}")) == {"H06"}


def test_units_bring_the_accounts_that_an_overview_is_short_of() -> None:
    change = "{accounts: {gamma: null}, organizational_units: [ou-ab12-cdefgh34], dashboards: {overview: auto}}"
    assert "H06" not in codes(spec(change))


def test_log_groups_of_others_may_be_named_as_they_are() -> None:
    assert codes(spec("log_groups: {application: {name: /aws/application, create: false}}")) == set()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ("routes: {medium: []}", ("routes", "medium")),
        (
            "alarms: {errors: {overrides: [{where: {account: beta}, severity: low}]}}\nroutes: {low: null}",
            ("routes", "low"),
        ),
        ("composites: {down: {rule: errors, severity: high}}\nroutes: {high: null}", ("routes", "high")),
    ],
)
def test_a_severity_that_reaches_nobody_is_found(change: str, path: Path) -> None:
    assert only("H10", change).path == path


@pytest.mark.parametrize(
    "change",
    [
        "alarms: {errors: {severity: none}}\nroutes: {medium: null}",
        "alarms: {errors: {enabled: false}}\nroutes: {medium: null}",
    ],
)
def test_an_alarm_that_tells_nobody_needs_no_route(change: str) -> None:
    assert "H10" not in codes(spec(change))


def test_what_tag_compliance_finds_wants_a_route_too() -> None:
    found = only("H10", "compliance: {severity: low}\nroutes: {low: null}")
    assert (found.path, found.also[0][0]) == (("routes", "low"), ("compliance",))
    overridden = (
        "compliance: {severity: none, overrides: [{where: {account: beta}, severity: low}]}\nroutes: {low: null}"
    )
    assert only("H10", overridden).path == ("routes", "low")


@pytest.mark.parametrize("section", ["{severity: none}", "{notify: {changes: none, scans: none}}"])
def test_findings_of_which_nobody_is_notified_need_no_route(section: str) -> None:
    assert "H10" not in codes(spec(f"compliance: {section}\nroutes: {{low: null}}"))


def test_accounts_of_units_get_the_severity_that_no_named_account_has() -> None:
    everywhere = "{where: {account: [alpha, beta, gamma]}, severity: high}"
    change = f"alarms: {{errors: {{overrides: [{everywhere}]}}}}\nroutes: {{medium: null}}\n"
    assert "H10" not in codes(spec(change))
    assert "H10" in codes(spec(f"{change}organizational_units: [ou-ab12-cdefgh34]"))


def test_an_alarm_of_the_hub_wants_a_route_too() -> None:
    assert "H10" in codes(spec("alarms: {errors: {in: hub, over: all-accounts, severity: high}}\nroutes: {high: null}"))


def test_a_quota_warns_from_eighty_percent_on() -> None:
    rule = {"log_group": "application", "keys": ["$.caller"]}

    def with_rules(count: int) -> list[Finding]:
        change = {"contributor_insights": {f"callers-{n}": rule for n in range(count)}}
        return [f for f in built(spec(yaml.safe_dump(change))).findings if f.code == "Q10"]

    assert with_rules(79) == []
    assert [f.severity for f in with_rules(80)] == [Severity.WARNING]
    assert [f.severity for f in with_rules(100)] == [Severity.WARNING]
    assert [f.severity for f in with_rules(101)] == [Severity.ERROR]


def test_a_log_group_takes_a_hundred_filters() -> None:
    counted = {"log_group": "application", "pattern": "x", "metric": {"name": "X", "namespace": "Shop"}}
    change = {"metric_filters": {f"x-{n}": counted for n in range(100)}}
    found = only("Q06", yaml.safe_dump(change))
    assert found.severity is Severity.ERROR
    assert found.message.startswith("log group `application` has 101 metric filters")


def test_a_graph_takes_five_hundred_metrics() -> None:
    change = {
        # A hundred with those of the base: of more, the worst are drawn.
        "accounts": {f"a{n}": {"id": f"{n:012}"} for n in range(1, 98)},
        "dashboards": {
            "team": {
                "widgets": [
                    {
                        "type": "metric",
                        "title": "Errors",
                        "metric": {"filter": "errors"},
                        "by": "account",
                        "statistics": ["Sum", "Average", "Maximum", "Minimum", "p90", "p99"],
                    }
                ]
            }
        },
    }
    found = only("Q04", yaml.safe_dump(change))
    assert found.severity is Severity.ERROR
    assert found.path == parse_path("dashboards.team.widgets[0]")


@pytest.mark.parametrize(
    ("tags", "path"),
    [
        ({"k" * 129: "v"}, ("tags", "k" * 129)),
        ({"k": "v" * 257}, ("tags", "k")),
        ({f"k{n}": "v" for n in range(49)}, ("tags",)),
    ],
)
def test_tags_that_aws_refuses_are_found(tags: dict[str, str], path: Path) -> None:
    assert only("Q12", yaml.safe_dump({"tags": tags})).path == path


def test_a_long_owner_is_found_at_the_alarm() -> None:
    assert only("Q12", f"alarms: {{errors: {{owner: {'o' * 257}}}}}").path == ("alarms", "errors", "owner")
