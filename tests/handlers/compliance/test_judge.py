"""The judge: what each kind of rule asks for, what exempts, and what holds for all rules and all tags."""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handlers.compliance.judge import judge
from handlers.compliance.rules import parse
from handlers.compliance.verdict import Invalid
from tests.handlers.compliance.rule_tables import (
    ACCOUNT,
    DEFAULT,
    ENVIRONMENT,
    GOOD,
    INSTANCE,
    TODAY,
    account_rules,
    instance,
    table,
    verdict,
)

OWNER = {"key": "Owner"}


def why(tags: Any, *rules: dict[str, Any]) -> list[str]:
    return [one.why for one in verdict(tags, *rules).invalid]


def test_all_required_tags_are_compliant_and_no_others_matter() -> None:
    good = verdict({**GOOD, "Name": "web-1", "anything": ""})
    assert good.is_compliant
    assert good.required == ("Environment", "Owner", "Application")
    assert good.fingerprint == ""


def test_what_is_missing_is_named_in_the_order_of_the_rules() -> None:
    bad = verdict({"Application": "shop"})
    assert not bad.is_compliant
    assert bad.missing == ("Environment", "Owner")
    assert bad.invalid == ()


def test_no_rules_ask_for_nothing() -> None:
    assert judge(instance({}), account_rules(), TODAY).is_compliant


def test_a_value_that_is_not_allowed_is_invalid_not_missing() -> None:
    bad = verdict({**GOOD, "Environment": "production"})
    assert bad.missing == ()
    assert bad.invalid == (Invalid("Environment", "production", "is not one of dev, staging, prod"),)


@pytest.mark.parametrize(
    ("value", "hint"),
    [("Prod", "(upper and lower case differ)"), (" prod ", "(remove the spaces around it)")],
)
def test_a_value_that_is_nearly_allowed_is_invalid_and_says_what_differs(value: str, hint: str) -> None:
    assert why({"Environment": value}, ENVIRONMENT) == [f"is not one of dev, staging, prod {hint}"]


def test_a_long_list_of_allowed_values_is_cut() -> None:
    rule = {"key": "CostCenter", "allowed": [f"cc-{number}" for number in range(100)]}
    assert why({"CostCenter": "x"}, rule)[0].endswith("cc-6, cc-7 and 92 more")


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u00a0", "\u2003", "\u200b", "\ufeff", "\x00", "\u3000 \u00ad"])
def test_a_value_of_which_nothing_can_be_seen_is_blank(blank: str) -> None:
    assert why({"Owner": blank}, OWNER) == ["is blank"]
    assert why({"Owner": blank}, {"key": "Owner", "pattern": ".*"}) == ["is blank"]


@pytest.mark.parametrize("value", ["0", "-", "\u00e9", "\U0001f980", " x "])
def test_anything_else_is_not_blank(value: str) -> None:
    assert verdict({"Owner": value}, OWNER).is_compliant


def test_a_pattern_matches_the_whole_value() -> None:
    rule = {"key": "Application", "pattern": "[a-z]+"}
    assert verdict({"Application": "shop"}, rule).is_compliant
    for value in ("shop1", "Shop", "1shop", "shop\n"):
        assert why({"Application": value}, rule) == ["does not match [a-z]+"]


def test_both_allowed_and_pattern_have_to_hold() -> None:
    rule = {"key": "Environment", "allowed": ["dev", "PROD"], "pattern": "[a-z]+"}
    assert verdict({"Environment": "dev"}, rule).is_compliant
    assert why({"Environment": "PROD"}, rule) == ["does not match [a-z]+"]


def test_no_value_longer_than_those_of_aws_is_matched_with_a_pattern() -> None:
    # What the build refuses, because it takes minutes on some 40 characters.
    rule = {"key": "Owner", "pattern": "(a+)+"}
    before = time.process_time()
    assert why({"Owner": "a" * 256_000 + "b"}, rule) == ["has more than 256 characters"]
    assert time.process_time() - before < 5
    assert verdict({"Owner": "a" * 256}, rule).is_compliant


def test_one_of_several_keys_is_enough() -> None:
    rule = {"key": "Owner", "any_of": ["Team", "Squad"]}
    assert verdict({"Squad": "x"}, rule).is_compliant
    bad = verdict({}, rule)
    assert bad.missing == ("Owner",)
    assert bad.notes == ("`Team` or `Squad` is also accepted for `Owner`",)


def test_one_valid_key_of_several_is_enough_whatever_the_others_have() -> None:
    rule = {"key": "Owner", "any_of": ["Team"], "pattern": "[a-z]+"}
    assert verdict({"Owner": "A1", "Team": "a"}, rule).is_compliant
    assert verdict({"Owner": "A1", "Team": ""}, rule).invalid == (Invalid("Owner", "A1", "does not match [a-z]+"),)
    assert verdict({"Team": ""}, rule).invalid == (Invalid("Team", "", "is blank"),)


def test_a_condition_asks_only_where_it_holds() -> None:
    rule = {"key": "CostCenter", "when": {"Environment": ["prod"], "Billed": []}}
    assert verdict({"Environment": "dev", "Billed": "x"}, rule).required == ()
    assert verdict({"Environment": "prod"}, rule).is_compliant
    assert verdict({"Environment": "prod", "Billed": ""}, rule).missing == ("CostCenter",)


def test_a_key_in_another_case_does_not_count_and_people_are_told() -> None:
    bad = verdict({"owner": "a", "OWNER": "b"}, OWNER)
    assert bad.missing == ("Owner",)
    assert bad.notes == ("`OWNER` and `owner` exist, but tag keys are case-sensitive: `Owner` is required",)


def test_of_keys_in_several_cases_the_exact_one_counts() -> None:
    both = verdict({"owner": "a", "Owner": ""}, {**OWNER, "ignore_case": True})
    assert both.invalid == (Invalid("Owner", "", "is blank"),)
    assert both.notes == ("`owner` also exists; `Owner` is used",)


def test_with_ignore_case_the_alphabetically_first_counts_where_none_is_exact() -> None:
    rule = {**OWNER, "ignore_case": True}
    assert verdict({"owner": "a"}, rule).is_compliant
    two = verdict({"owner": "a", "OWNER": ""}, rule)
    assert two.invalid == (Invalid("OWNER", "", "is blank"),)
    assert two.notes == ("`OWNER` and `owner` exist; `OWNER` is used",)


def test_a_key_that_is_asked_for_twice_is_missing_once() -> None:
    assert verdict({}, OWNER, {**OWNER, "pattern": "x"}).missing == ("Owner",)


def exempt(exemption: dict[str, Any], tags: Any = None, **changes: Any) -> str:
    rules = account_rules(*DEFAULT, exemptions=({"reason": "because", **exemption},))
    return judge(instance(tags or {}, **changes), rules, TODAY).exempt


@pytest.mark.parametrize(
    ("exemption", "changes"),
    [
        ({"tags": {"Temporary": ["yes", "true"]}}, {"tags": {"Temporary": "true"}}),
        ({"tags": {"k8s": []}}, {"tags": {"k8s": ""}}),
        ({"tags": {"aws:eks:cluster-name": []}}, {"tags": {"aws:eks:cluster-name": "c"}}),
        ({"ids": ["i-1", INSTANCE]}, {}),
        ({"ids": ["arn:aws:ec2:x"]}, {"arn": "arn:aws:ec2:x"}),
        ({"auto_scaling_groups": ["batch-*"]}, {"auto_scaling_group": "batch-7"}),
        ({"auto_scaling_groups": ["web [blue]-?"]}, {"auto_scaling_group": "web [blue]-1"}),
        ({"launched_by": ["spot", "emr"]}, {"launched_by": ("eks", "spot")}),
        ({"all": True}, {}),
    ],
)
def test_what_is_exempt(exemption: dict[str, Any], changes: dict[str, Any]) -> None:
    assert exempt(exemption, **changes) == "because"


@pytest.mark.parametrize(
    ("exemption", "changes"),
    [
        ({"tags": {"Temporary": ["yes"]}}, {"tags": {"Temporary": "Yes"}}),
        ({"tags": {"Temporary": ["yes"], "k8s": []}}, {"tags": {"Temporary": "yes"}}),
        ({"ids": ["i-1"]}, {}),
        ({"ids": [""]}, {}),
        ({"auto_scaling_groups": ["batch-*"]}, {"auto_scaling_group": "Batch-7"}),
        ({"auto_scaling_groups": ["*"]}, {}),
        ({"auto_scaling_groups": ["web-[ab]"]}, {"auto_scaling_group": "web-a"}),
        ({"launched_by": ["spot"]}, {"launched_by": ("eks",)}),
        ({"all": True, "ids": ["i-1"]}, {}),
        ({"tags": {"a": []}, "launched_by": ["spot"]}, {"tags": {"a": "b"}}),
        ({}, {}),
    ],
)
def test_what_is_not_exempt(exemption: dict[str, Any], changes: dict[str, Any]) -> None:
    assert exempt(exemption, **changes) == ""


def test_an_exemption_holds_to_the_end_of_its_last_day() -> None:
    rules = account_rules(*DEFAULT, exemptions=({"reason": "a migration", "until": "2026-11-29", "all": True},))
    last = judge(instance({}), rules, TODAY)
    assert last.exempt == "a migration"
    assert last.notes == ("exempt until 2026-11-29",)
    after = judge(instance({}), rules, TODAY + datetime.timedelta(1))
    assert not after.is_compliant
    assert after.notes == ("the exemption `a migration` ended on 2026-11-29",)


def test_a_later_exemption_holds_where_an_earlier_one_has_ended() -> None:
    ended = {"reason": "first", "until": "2026-01-01", "all": True}
    rules = account_rules(*DEFAULT, exemptions=(ended, {"reason": "second", "all": True}))
    assert judge(instance({}), rules, TODAY).exempt == "second"


def test_an_exemption_without_a_reason_exempts_still() -> None:
    rules = account_rules(*DEFAULT, exemptions=({"reason": " ", "all": True},))
    assert judge(instance({}), rules, TODAY).is_compliant


def test_an_exempt_resource_is_asked_for_nothing() -> None:
    rules = account_rules(*DEFAULT, exemptions=({"reason": "because", "all": True},))
    exempted = judge(instance({}), rules, TODAY)
    assert (exempted.required, exempted.missing, exempted.invalid) == ((), (), ())


# For all rules and all tags.
KEYS = st.sampled_from(["Owner", "owner", "Team", "Environment", "App", "aws:x", "AWS:Owner", "\u0130", "a,b", ""])
VALUES = st.one_of(st.sampled_from(["prod", "dev", "Prod", "", " ", "team-a", "x" * 300]), st.text(max_size=8))
TAGS = st.dictionaries(KEYS, VALUES, max_size=6)
PATTERNS = st.sampled_from(["[a-z]+", "[a-z0-9-]{1,12}", ".+", "prod|dev", "team-.*"])
CONDITIONS = st.dictionaries(KEYS, st.lists(VALUES, max_size=2), max_size=1)


def rule(key: str, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"key": st.just(key)},
        optional={
            "allowed": st.lists(st.sampled_from(["prod", "dev", "team-a"]), min_size=1, max_size=3),
            "pattern": PATTERNS,
            "ignore_case": st.booleans(),
            **more,
        },
    )


# The build refuses keys that differ in case only; conditions are apart, for more is asked where they begin to hold.
PLAIN = st.tuples(rule("Owner", any_of=st.just(["Team"])), rule("Environment"), rule("App", any_of=st.just(["Squad"])))
RULES = st.lists(KEYS.flatmap(lambda key: rule(key, when=CONDITIONS, any_of=st.lists(KEYS, max_size=2))), max_size=4)
EXEMPTIONS = st.lists(
    st.fixed_dictionaries(
        {"reason": st.sampled_from(["because", "", " "])},
        optional={
            "tags": CONDITIONS,
            "ids": st.just([INSTANCE]),
            "all": st.booleans(),
            "until": st.sampled_from(["2026-11-28", "2026-11-29"]),
        },
    ),
    max_size=2,
)


@given(RULES, EXEMPTIONS, TAGS, st.randoms(use_true_random=False))
def test_the_order_of_tags_is_irrelevant(rules: Any, exemptions: Any, tags: dict[str, str], random: Any) -> None:
    pairs = list(tags.items())
    random.shuffle(pairs)
    held = account_rules(*rules, exemptions=tuple(exemptions))
    assert judge(instance(tags), held, TODAY) == judge(instance(dict(pairs)), held, TODAY)


@given(PLAIN, TAGS)
def test_a_further_tag_with_a_valid_value_never_makes_it_worse(rules: Any, tags: dict[str, str]) -> None:
    before = verdict(tags, *rules)
    for one in rules:
        assume(one["key"] not in tags)
        for value in ("prod", "dev", "team-a"):
            if verdict({one["key"]: value}, one).is_compliant:
                after = verdict({**tags, one["key"]: value}, *rules)
                assert one["key"] not in after.missing
                assert one["key"] not in {invalid.key for invalid in after.invalid}
                assert len(after.missing) + len(after.invalid) <= len(before.missing) + len(before.invalid)


@given(RULES, EXEMPTIONS, TAGS)
def test_what_is_exempt_is_compliant_and_what_is_wrong_is_one_or_the_other(
    rules: Any, exemptions: Any, tags: dict[str, str]
) -> None:
    found = judge(instance(tags), account_rules(*rules, exemptions=tuple(exemptions)), TODAY)
    if found.exempt:
        assert found.is_compliant
    assert set(found.missing) <= set(found.required)
    assert not {one.key for one in found.invalid} & set(found.missing)
    assert found.is_compliant == (found.fingerprint == "")


@given(RULES, TAGS, st.text(max_size=6))
def test_a_key_of_aws_never_counts(rules: Any, tags: dict[str, str], name: str) -> None:
    without = {key: value for key, value in tags.items() if not key.lower().startswith("aws:")}
    own = [{key: value for key, value in one.items() if key != "when"} for one in rules]
    for key in (f"aws:{name}", f"AWS:{name}"):
        assert verdict({**without, key: "prod"}, *own, {"key": key}).missing[-1:] == (key,)
    with_them, without_them = verdict(tags, *own), verdict(without, *own)
    assert (with_them.missing, with_them.invalid) == (without_them.missing, without_them.invalid)


@given(RULES, TAGS)
def test_the_fingerprint_follows_from_the_faults_alone(rules: Any, tags: dict[str, str]) -> None:
    first, again = verdict(tags, *rules, {"key": "zzz"}), verdict({**tags, "unrelated": "x"}, *rules, {"key": "zzz"})
    assert first.fingerprint == verdict(tags, *rules, {"key": "zzz"}).fingerprint != ""
    if (first.missing, first.invalid) == (again.missing, again.invalid):
        assert first.fingerprint == again.fingerprint


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | KEYS, inner, max_size=4),
    max_leaves=8,
)


@given(RULES, EXEMPTIONS, JSON)
def test_any_json_as_tags_never_raises(rules: Any, exemptions: Any, tags: Any) -> None:
    found = judge(instance(tags), account_rules(*rules, exemptions=tuple(exemptions)), TODAY)
    assert isinstance(found.fingerprint, str)
    json.dumps([*found.missing, *found.notes, *(one.value for one in found.invalid)])


def test_an_account_that_joined_later_has_the_default_rules() -> None:
    data = table(OWNER, accounts={ACCOUNT: {"name": "checkout", "rules": 1}})
    data["rules"].append({"tags": [{"key": "CostCenter"}]})
    rules = parse(data)
    assert judge(instance({}), rules.of(ACCOUNT), TODAY).missing == ("CostCenter",)
    assert judge(instance({}), rules.of("999999999999"), TODAY).missing == ("Owner",)


@pytest.mark.parametrize(("ignore_case", "missing"), [(True, ("CostCenter",)), (False, ("Environment",))])
def test_a_condition_takes_a_key_in_the_case_that_its_own_rule_takes(
    ignore_case: bool, missing: tuple[str, ...]
) -> None:
    environment = {"key": "Environment", "ignore_case": ignore_case}
    cost = {"key": "CostCenter", "when": {"Environment": ["prod"]}}
    assert verdict({"environment": "prod"}, environment, cost).missing == missing


def test_rules_in_another_order_are_no_other_fault() -> None:
    tags = {"Environment": "qa", "CostCenter": "x"}
    more = ({"key": "CostCenter", "pattern": "[0-9]+"},)
    assert verdict(tags, *DEFAULT, *more).fingerprint == verdict(tags, *more, *reversed(DEFAULT)).fingerprint
