"""What holds for any spec: valid ones build and lint, key order changes nothing, nothing ever raises."""

from __future__ import annotations

import random
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.findings import Severity, dotted, parse_path
from generator.model.alarm_rules import AllOf, AnyOf, AtLeastOf, InState, Not, Rule, children, counted_state
from generator.resolve.names import pascal
from generator.spec.composites import RuleError, parse_rule
from generator.spec.document import read
from generator.spec.load import load
from tests.support import BASE, built, laid_over

KEYS = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)
SEVERITIES = st.sampled_from(["critical", "high", "medium", "low"])
PERIODS = st.sampled_from(["1m", "5m", "15m", "1h"])
OVERRIDES = st.fixed_dictionaries(
    {"where": st.sampled_from([{"account": "alpha"}, {"tier": "standard"}, {"environment": "prod"}])},
    optional={"threshold": st.sampled_from(["> 1", ">= 20"]), "severity": SEVERITIES, "enabled": st.booleans()},
).filter(lambda override: len(override) > 1)
ALARMS = st.fixed_dictionaries(
    {
        "metric": st.sampled_from([{"filter": "errors"}, {"namespace": "Shop", "name": "Orders"}]),
        "statistic": st.sampled_from(["Sum", "Maximum", "p90"]),
        "threshold": st.integers(1, 10**6).map(lambda n: f"> {n}"),
    },
    optional={
        "period": PERIODS,
        "datapoints": st.sampled_from(["1 of 1", "2 of 3", "5 of 5"]),
        "severity": SEVERITIES,
        "summary": st.text("abc äß\"'{}$", max_size=30),
        "in": st.just("members"),
        "overrides": st.lists(OVERRIDES, max_size=2),
    },
    # Of a filter that publishes 1 and 0 only the Sum can pass such thresholds (T23).
).map(lambda alarm: {**alarm, "statistic": "Sum"} if "filter" in alarm["metric"] else alarm) | st.fixed_dictionaries(
    {
        "in": st.just("hub"),
        "over": st.sampled_from(["each-account", "all-accounts"]),
        "metric": st.just({"filter": "errors"}),
        "statistic": st.sampled_from(["Sum", "Average"]),
        "threshold": st.just("> 3"),
    }
)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    alarms = draw(st.dictionaries(KEYS, ALARMS, max_size=4))
    change: dict[str, Any] = {"alarms": alarms}
    members = [key for key, alarm in alarms.items() if alarm.get("in", "members") == "members"]
    on = [key for key in members if not any(o.get("enabled") is False for o in alarms[key].get("overrides", []))]
    if len(on) > 1:
        word = draw(st.sampled_from(["and", "or"]))
        change["composites"] = {"all-of-it": {"rule": f" {word} ".join(on), "severity": draw(SEVERITIES)}}
    if draw(st.booleans()):
        change["dashboards"] = {"overview": "auto"}
    if draw(st.booleans()):
        change["audit"] = {"alarm_changes": True}
    if draw(st.booleans()):
        change["regions"] = ["us-east-1", "eu-west-1"]
    merged = laid_over(yaml.safe_load(BASE), change)
    assert isinstance(merged, dict)
    return merged


def text_of(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


# cfn-lint takes a second and more for each.
@settings(max_examples=settings.default.max_examples // 16)
@given(specs())
def test_any_valid_spec_builds_templates_that_cfn_lint_accepts(data: dict[str, Any]) -> None:
    made = built(text_of(data), lint=True)
    assert [f for f in made.findings if f.severity is not Severity.WARNING or f.code == "L01"] == []
    assert made.artifacts


@settings(max_examples=25)
@given(specs(), st.randoms(use_true_random=False))
def test_the_order_of_keys_changes_no_byte(data: dict[str, Any], chance: random.Random) -> None:
    assert built(text_of(shuffled(data, chance))).artifacts == built(text_of(data)).artifacts


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SECTIONS = st.sampled_from(
    [*yaml.safe_load(BASE), "composites", "dashboards", "contributor_insights", "waivers", "compliance"]
)


@settings(max_examples=200)
@given(SECTIONS, JSON)
def test_nonsense_in_a_section_is_findings_and_never_an_exception(section: str, value: Any) -> None:
    data = {**yaml.safe_load(BASE), section: value}
    document, findings = read(data)
    assert document is not None or findings
    made = built(text_of(data))
    assert made.artifacts or any(f.severity is Severity.ERROR for f in made.findings)


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text("{}[]:-&*#!|>'\"\n ab,\t", max_size=120).map(str.encode))
def test_any_bytes_are_data_or_findings(content: bytes) -> None:
    loaded = load(content, "x")
    assert loaded.data is not None or loaded.findings


NAMES = KEYS.filter(lambda key: key not in ("and", "or", "not"))
STATES = st.sampled_from(["ALARM", "OK"])
COUNTS = st.tuples(
    st.integers(1, 100), st.booleans(), STATES, st.booleans(), st.lists(NAMES, min_size=1, max_size=4, unique=True)
).map(
    lambda drawn: AtLeastOf(
        *drawn[:2], tuple(Not(InState(name, drawn[2])) if drawn[3] else InState(name, drawn[2]) for name in drawn[4])
    )
)
RULES = st.recursive(
    st.builds(InState, NAMES, STATES) | COUNTS,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(AllOf, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=8,
)


def written(rule: Rule) -> str:
    match rule:
        case InState():
            return rule.alarm if rule.state == "ALARM" else f"ok({rule.alarm})"
        case Not():
            return f"not ({written(rule.rule)})"
        case AllOf() | AnyOf():
            word = " and " if isinstance(rule, AllOf) else " or "
            return word.join(f"({written(part)})" for part in rule.rules)
        case AtLeastOf():
            state, is_negated = counted_state(rule)
            counted = f"{'not ' if is_negated else ''}{state.lower()}"
            return f"at_least({rule.amount}{'%' * rule.is_percentage}, {counted}, ({', '.join(children(rule))}))"


@given(RULES)
def test_a_rule_reads_back_as_it_was_written(rule: Rule) -> None:
    assert parse_rule(written(rule)) == rule


@given(st.text("abz09-() \tandortok&,.%", max_size=60) | st.text("(), 2%ab", max_size=20).map("at_least({}".format))
def test_any_text_is_a_rule_or_says_why_not(text: str) -> None:
    parsed = parse_rule(text)
    if isinstance(parsed, RuleError):
        assert 0 <= parsed.position <= len(text)


@given(KEYS, KEYS)
def test_two_keys_never_make_one_logical_id(one: str, other: str) -> None:
    assert (pascal(one) == pascal(other)) is (one == other)


@given(st.lists(KEYS | st.integers(0, 99), min_size=1, max_size=5).filter(lambda p: isinstance(p[0], str)).map(tuple))
def test_a_path_reads_back_as_it_was_written(path: tuple[str | int, ...]) -> None:
    assert parse_path(dotted(path)) == path
