"""Which tags are set: properties of the pure part."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.compliance.judge import judge
from handlers.compliance.remedy import (
    MAX_TAGS,
    NO_SOURCES,
    Remedy,
    Sources,
    as_json,
    facts,
    missing_defaults,
    remedies,
    with_tags,
)
from handlers.compliance.resource import EC2_INSTANCE, Resource
from handlers.compliance.rules import Rules, parse
from handlers.compliance.verdict import Verdict

TODAY = date(2026, 11, 29)
ACCOUNT = "222222222222"
GROUP = ("auto-scaling-group", "web")
KEYS = ("Owner", "owner", "CostCenter", "Environment", "Team", "Squad", "aws:createdBy")
OTHERWISE = "otherwise the next instance lacks the tags again"
OWNER = {"key": "Owner", "value": "unassigned"}


def rules(*defaults: dict[str, Any], **change: Any) -> Rules:
    data = {
        "rules_version": "0123456789ab",
        "project": "payments",
        "environment": "prod",
        "hub": {"account": "111111111111", "region": "us-east-1"},
        "resources": [EC2_INSTANCE],
        "remediate": {"mode": "apply", "tags": list(defaults)},
        "accounts": {ACCOUNT: {"name": "checkout", "labels": {"costcenter": "4711"}}},
        "rules": [
            {
                "tags": [
                    {"key": "Owner"},
                    {"key": "CostCenter", "pattern": "[0-9]{4}"},
                    {"key": "Environment", "allowed": ["dev", "prod"]},
                    {"key": "Team", "any_of": ["Squad"]},
                ],
                "exemptions": [{"reason": "for a while", "tags": {"Temporary": ["yes"]}}],
            }
        ],
    }
    return parse(data | change)


def instance(tags: dict[str, str] | None = None, **change: Any) -> Resource:
    return Resource(EC2_INSTANCE, "i-1", ACCOUNT, "eu-west-1", tags or {}, "running", **change)


def planned(resource: Resource, table: Rules, sources: Sources = NO_SOURCES) -> tuple[Remedy, ...]:
    verdict = judge(resource, table.of(resource.account), TODAY)
    return remedies(resource, verdict, table, sources)


def applied(resource: Resource, table: Rules, sources: Sources = NO_SOURCES) -> Resource:
    done = [replace(remedy, done=remedy.is_open) for remedy in planned(resource, table, sources)]
    return with_tags(resource, done)


values = st.sampled_from(("", " ", "prod", "production", "4711", "payments"))
tags = st.dictionaries(st.sampled_from((*KEYS, "Temporary")), values | st.just("yes"))
fillers = st.integers(0, MAX_TAGS + 2).map(lambda count: {f"filler-{number}": "x" for number in range(count)})
defaults = st.lists(
    st.fixed_dictionaries(
        {"key": st.sampled_from(KEYS)},
        optional={
            "value": values,
            "copy_from": st.lists(st.sampled_from(("auto-scaling-group", "launch-template", "vpc", "account-label"))),
        },
    ),
    max_size=6,
)
resources = st.builds(
    lambda some, more, group, vpc: instance(more | some, auto_scaling_group=group, vpc=vpc),
    tags,
    fillers,
    st.sampled_from(("", "web")),
    st.sampled_from(("", "vpc-1")),
)
sources_ = st.builds(
    lambda group, vpc, failed: Sources(
        {GROUP: group, ("vpc", "vpc-1"): vpc}, {GROUP: "AccessDenied"} if failed else {}
    ),
    tags,
    tags,
    st.booleans(),
)


def user_tags(resource: Resource) -> list[str]:
    return [key for key in resource.tags if not key.startswith("aws:")]


@given(resources, defaults, sources_)
def test_nothing_is_overwritten_and_nothing_of_aws_is_set(
    resource: Resource, wanted: list[dict[str, Any]], sources: Sources
) -> None:
    after = applied(resource, rules(*wanted), sources)
    assert {key: after.tags[key] for key in resource.tags} == resource.tags
    assert not [key for key in after.tags.keys() - resource.tags.keys() if key.startswith("aws:")]


@given(resources, defaults, sources_)
def test_there_are_never_more_than_fifty_tags(
    resource: Resource, wanted: list[dict[str, Any]], sources: Sources
) -> None:
    after = applied(resource, rules(*wanted), sources)
    assert len(user_tags(after)) <= max(MAX_TAGS, len(user_tags(resource)))


@given(resources, defaults, sources_)
def test_a_second_pass_sets_nothing(resource: Resource, wanted: list[dict[str, Any]], sources: Sources) -> None:
    after = applied(resource, rules(*wanted), sources)
    assert not [remedy for remedy in planned(after, rules(*wanted), sources) if remedy.is_open]


@given(resources, defaults, sources_)
def test_what_is_set_is_required_missing_and_right(
    resource: Resource, wanted: list[dict[str, Any]], sources: Sources
) -> None:
    table = rules(*wanted)
    before = judge(resource, table.of(ACCOUNT), TODAY)
    after = applied(resource, table, sources)
    verdict = judge(after, table.of(ACCOUNT), TODAY)
    new = after.tags.keys() - resource.tags.keys()
    assert new <= set(before.missing)
    assert not new & {one.key for one in verdict.invalid}
    assert set(verdict.missing) == set(before.missing) - new


@given(tags, fillers, defaults, sources_)
def test_exempt_and_gone_resources_and_other_types_are_left_alone(
    some: dict[str, str], more: dict[str, str], wanted: list[dict[str, Any]], sources: Sources
) -> None:
    table, resource = rules(*wanted), instance(more | some)
    exempt = replace(resource, tags=more | some | {"Temporary": "yes"})
    others = (replace(resource, state="terminated"), replace(resource, type="rds:db"))
    assert [planned(one, table, sources) for one in (exempt, *others)] == [(), (), ()]


def test_without_remediation_nothing_is_planned() -> None:
    table = rules()
    assert planned(instance(), replace(table, remediate=None)) == ()


def test_the_first_source_that_has_it_counts_and_the_value_comes_last() -> None:
    copied = OWNER | {"copy_from": ["auto-scaling-group", "launch-template", "vpc"]}
    resource = instance(auto_scaling_group="web", launch_template="lt-1", vpc="vpc-1")
    all_of_them = {
        GROUP: {"Owner": "group"},
        ("launch-template", "lt-1"): {"Owner": "template"},
        ("vpc", "vpc-1"): {"Owner": "vpc"},
    }
    seen = []
    for _ in range(4):
        (remedy,) = planned(resource, rules(copied), Sources(all_of_them))
        seen.append((remedy.value, remedy.source))
        all_of_them.pop(next(iter(all_of_them), GROUP), None)
    assert seen == [
        ("group", "auto-scaling-group web"),
        ("template", "launch-template lt-1"),
        ("vpc", "vpc vpc-1"),
        ("unassigned", "value"),
    ]


def test_the_label_of_the_account_is_found_in_any_case() -> None:
    (remedy,) = planned(instance(), rules({"key": "CostCenter", "copy_from": ["account-label"]}))
    assert (remedy.value, remedy.source) == ("4711", "account-label")


def test_a_source_that_was_not_read_is_not_replaced_by_a_guess() -> None:
    resource = instance(auto_scaling_group="web")
    sources = Sources(failed={GROUP: "AccessDenied"})
    (remedy,) = planned(resource, rules(OWNER | {"copy_from": ["auto-scaling-group"]}), sources)
    assert remedy == Remedy("Owner", why_not="auto-scaling-group web was not read: AccessDenied")


@pytest.mark.parametrize(
    ("default", "tags_", "why"),
    [
        (OWNER, {"owner": "alice"}, "`owner` exists and differs only in case; rename it"),
        (OWNER, {f"t{n}": "x" for n in range(50)}, "the resource already has 50 tags, the AWS limit"),
        ({"key": "Environment", "value": "production"}, {}, "`production` from value is not one of dev, prod"),
        ({"key": "CostCenter", "value": "none"}, {}, "`none` from value does not match [0-9]{4}"),
        ({"key": "Owner", "copy_from": ["vpc"]}, {}, "no source has this tag, and no value is configured"),
        ({"key": "Owner", "value": " "}, {}, "` ` from value is blank"),
    ],
    ids=["other-case", "fifty", "not-allowed", "pattern", "no-value", "blank"],
)
def test_what_cannot_be_set_is_said(default: dict[str, Any], tags_: dict[str, str], why: str) -> None:
    (remedy,) = planned(instance(tags_), rules(default))
    assert (remedy.key, remedy.why_not, remedy.done) == (default["key"], why, False)


def test_tags_of_aws_do_not_count_among_the_fifty() -> None:
    full = {f"t{n}": "x" for n in range(49)} | {"aws:autoscaling:groupName": "web", "aws:ec2:fleet-id": "f"}
    first, second = planned(instance(full), rules(OWNER, {"key": "Environment", "value": "dev"}))
    assert first.is_open and second.why_not.startswith("the resource already has 50 tags")


def test_a_tag_of_a_rule_that_another_key_fulfils_is_not_set() -> None:
    assert not missing_defaults(
        instance({"Squad": "a"}),
        judge(instance({"Squad": "a"}), rules().of(ACCOUNT), TODAY),
        rules({"key": "Team", "value": "none"}),
    )


def test_a_verdict_that_is_older_than_the_tags_does_no_harm() -> None:
    table = rules(OWNER)
    assert remedies(instance({"Owner": "alice"}), Verdict(("Owner",), ("Owner",)), table, NO_SOURCES) == ()
    exempt = Verdict(("Owner",), ("Owner",), exempt="for a while")
    assert remedies(instance(), exempt, table, NO_SOURCES) == ()


def test_a_key_of_aws_is_not_set_even_where_a_rule_requires_it() -> None:
    for key in ("aws:createdBy", "AWS:createdBy"):
        table = rules({"key": key, "value": "x"}, rules=[{"tags": [{"key": key}]}])
        assert judge(instance(), table.of(ACCOUNT), TODAY).missing == (key,)
        assert planned(instance(), table) == ()


def test_what_people_and_the_record_read() -> None:
    resource = instance(auto_scaling_group="web", launch_template="lt-1")
    done = (
        Remedy("Owner", "unassigned", "value", done=True),
        Remedy("Environment", "dev", "vpc vpc-1"),
        Remedy("Team", why_not="no source has this tag, and no value is configured"),
    )
    assert facts(resource, done) == [
        ("Set", "Owner = unassigned (value)"),
        ("Would set", "Environment = dev (vpc vpc-1)"),
        ("Not set", "Team: no source has this tag, and no value is configured"),
        (
            "Also needed on",
            "auto-scaling group web or launch template lt-1: otherwise the next instance lacks the tags again",
        ),
    ]
    assert facts(resource, ()) == []
    assert [name for name, _ in facts(resource, done[1:])] == ["Would set", "Not set"]
    restored = Remedy("Owner", "payments", "launch-template lt-1", done=True)
    assert facts(resource, [restored]) == [("Set", "Owner = payments (launch-template lt-1)")]
    assert as_json(done)[0] == {"key": "Owner", "value": "unassigned", "source": "value", "done": True, "whyNot": ""}
