"""`vars`: a value with a name is as if it were written at every place that names it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from generator.build import Built
from generator.findings import Severity, dotted
from tests.command import obsgen
from tests.support import OWN_METRICS, TextParts, built, laid_over, spec

TWO = "environments: [dev, prod]\naccess: {owned_by: prod}\n"
BUSY = "vars: {busy: {default: '> 5', overrides: [%s]}}\nalarms: {errors: {threshold: '{var.busy}'}}"


def two(change: str) -> Built:
    """Two environments in the same accounts, with a change."""
    return built(spec(yaml.safe_dump(laid_over(yaml.safe_load(TWO + OWN_METRICS), yaml.safe_load(change)))))


def thresholds(found: Built, environment: str) -> dict[str, float]:
    """What the alarm compares with in each account; of those that join later under the empty name."""
    (alarm,) = found.estates[environment].alarms
    return {"": alarm.tuning.threshold, **{one.account: one.tuning.threshold for one in alarm.variants}}


def test_a_variable_is_as_if_its_value_were_written_there() -> None:
    text = (
        "log_groups: {application: {name: '/aws/TEAM/xN-{environment}', retention: 'DAYS'}}\n"
        "channels: {mail: {addresses: 'PEOPLE'}}\n"
        "tags: {a: 'xSURE', b: 'TEAM'}\n"
    )
    people = "[a@example.com, b@example.com]"
    values = {"TEAM": "pay", "N": "7", "DAYS": "30d", "SURE": "true"}
    plain, named = text.replace("'PEOPLE'", people), text.replace("PEOPLE", "{var.people}")
    for word, value in values.items():
        plain, named = plain.replace(word, value), named.replace(word, f"{{var.{word.lower()}}}")
    section = ", ".join(f"{word.lower()}: {value}" for word, value in values.items())
    found = built(spec(f"{named}vars: {{people: {people}, {section}}}"))
    assert found.findings == []
    assert found.artifacts == built(spec(plain)).artifacts


def test_a_value_can_be_another_in_an_environment() -> None:
    found = two(BUSY % "{where: {environment: prod}, value: '> 50'}, {where: {environment: [dev, prod]}, value: '> 9'}")
    assert found.findings == []
    assert [thresholds(found, name) for name in ("dev", "prod")] == [{"": 9}, {"": 9}]
    found = two(BUSY % "{where: {environment: prod}, value: '> 50'}")
    assert [thresholds(found, name) for name in ("dev", "prod")] == [{"": 5}, {"": 50}]


def test_a_value_by_account_or_label_is_an_override_of_the_alarm() -> None:
    places = "{where: {tier: standard}, value: '> 7'}, {where: {account: alpha, environment: prod}, value: '> 500'}"
    found = two(BUSY % places)
    assert found.findings == []
    assert thresholds(found, "dev") == {"": 5, "beta": 7}
    assert thresholds(found, "prod") == {"": 5, "alpha": 500, "beta": 7}


def test_so_it_is_of_a_composite() -> None:
    change = """
vars:
  worst: {default: critical, overrides: [{where: {tier: standard}, value: high}]}
  there: {default: true, overrides: [{where: {account: gamma}, value: false}]}
alarms: {lag: {metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: "> 30"}}
composites: {down: {rule: errors and lag, severity: "{var.worst}", enabled: "{var.there}"}}
"""
    (down,) = built(spec(change)).estates["prod"].composites
    assert (down.severity_in("alpha"), down.severity_in("beta")) == ("critical", "high")
    assert [down.deployed_in(name) for name in ("alpha", "beta", "gamma")] == [True, True, False]


def test_overrides_of_the_entry_by_environment_stay() -> None:
    change = yaml.safe_load(BUSY % "{where: {account: alpha}, value: '> 500'}")
    change["alarms"]["errors"]["overrides"] = [{"where": {"environment": "prod"}, "threshold": "> 6"}]
    found = two(yaml.safe_dump(change))
    assert (thresholds(found, "dev"), thresholds(found, "prod")) == ({"": 5, "alpha": 500}, {"": 6, "alpha": 500})


def test_alarms_of_services_take_them_too() -> None:
    found = built(
        spec(
            "vars: {many: {default: '> 3', overrides: [{where: {account: alpha}, value: '> 8'}]}}\n"
            "services: {pay: {type: lambda, function: pay, alarms: {errors: {threshold: '{var.many}'}}}}"
        )
    )
    assert [f for f in found.findings if f.code != "Q20"] == []
    (alarm,) = (one for one in found.estates["prod"].alarms if one.path == ("services", "pay", "alarms", "errors"))
    assert [(one.account, one.tuning.threshold) for one in alarm.variants] == [("alpha", 8)]


def test_a_value_that_is_wrong_is_said_where_it_is_used_and_where_it_is_from(tmp_path: Path) -> None:
    change = "include: [vars.yaml]\nalarms: {errors: {threshold: '{var.busy}'}}"
    (tmp_path / "observability.yaml").write_text(spec(change))
    (tmp_path / "vars.yaml").write_text("vars:\n  busy: 5\n")
    shown = obsgen(tmp_path, "check", "--no-lint").stdout
    assert "alarms.errors.threshold: threshold `5` has no comparison operator" in shown
    assert "the value comes from: vars.yaml:2:3" in shown
    assert shown.count("error S03") == 1


def test_explain_says_where_a_variable_is_used(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(BUSY % "{where: {account: alpha}, value: '> 9'}"))
    shown = obsgen(tmp_path, "explain", "vars.busy").stdout.splitlines()
    assert shown[0].endswith("is used at")
    assert [line.split()[0] for line in shown[1:]] == ["alarms.errors.threshold"]
    assert "> 9" in obsgen(tmp_path, "explain", "alarms.errors").stdout


def test_every_file_may_have_some() -> None:
    parts = TextParts({"a.yaml": b"vars: {a: '> 1'}", "b.yaml": b"vars: {a: '> 2'}"})
    found = built(spec("include: [a.yaml, b.yaml]\nalarms: {errors: {threshold: '{var.a}'}}"), parts=parts)
    assert [(one.code, one.file) for one in found.findings] == [("Y03", "b.yaml")]


def test_a_short_spec_does_not_become_a_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.spec.variables.MOST_WRITTEN", 10_000)
    named = yaml.safe_dump({"vars": {"big": "x" * 1000, "people": ["x" * 100] * 10}})
    many = ", ".join(f"a{n}: '{{var.people}}'" for n in range(20))
    for change in (f"tags: {{a: '{'{var.big}' * 20}'}}", f"tags: {{{many}}}"):
        assert sum(one.code == "Y05" for one in built(spec(change) + named).findings) == 1


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ("alarms: {errors: {threshold: '{var.busi}'}}\nvars: {busy: '> 1'}", "R01", "alarms.errors.threshold"),
        ("alarms: {errors: {threshold: '{var.busy}'}}", "R01", "alarms.errors.threshold"),
        ("alarms: {errors: {summary: 'a {var.}'}}", "R01", "alarms.errors.summary"),
        ("hub: {region: '{var.r}'}\nvars: {r: eu-west-1}", "R01", "hub.region"),
        ("vars: {a: null}\ntags: {a: '{var.a}'}", "S03", "vars.a"),
        ("vars: {a: {overrides: []}}\ntags: {a: '{var.a}'}", "S02", "vars.a.default"),
        ("vars: {A_b: c}\ntags: {a: '{var.A_b}'}", "S03", "vars.A_b"),
        ("vars: [a]", "S03", "vars"),
        ("vars: 3", "S03", "vars"),
        ("vars: {a: .inf}\ntags: {a: '{var.a}'}", "S03", "vars.a"),
        ("vars: {a: [b]}\ntags: {a: 'x-{var.a}'}", "R07", "tags.a"),
    ],
)
def test_what_is_wrong_is_said_once(change: str, code: str, path: str) -> None:
    errors = [one for one in built(spec(change)).findings if one.severity is Severity.ERROR]
    assert [(one.code, dotted(one.path)) for one in errors] == [(code, path)]
