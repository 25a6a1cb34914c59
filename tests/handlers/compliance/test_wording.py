"""What people read of a resource: complete where there is room, and within the hub's limits whatever is in the tags."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.compliance.judge import judge
from handlers.compliance.resource import Resource
from handlers.compliance.rules import AccountRules, parse
from handlers.compliance.verdict import Invalid, Verdict
from handlers.compliance.wording import Content, closed_content, open_content, summary
from tests.handlers.compliance.rule_tables import (
    ACCOUNT,
    DEFAULT,
    GOOD,
    INSTANCE,
    TODAY,
    account_rules,
    instance,
    table,
)

RULES = parse(table(*DEFAULT)).of(ACCOUNT)
# The names that the hub gives facts of its own.
TAKEN = {"Why", "State", "Status", "Severity", "Where", "Episode", "Owner", "Runbook", "Note", "To do"}


def facts(content: Content) -> dict[str, str]:
    return dict(content["facts"])  # type: ignore[arg-type]


def of(tags: dict[str, str], rules: AccountRules = RULES, **changes: Any) -> Content:
    subject = instance(tags, **changes)
    return open_content(subject, judge(subject, rules, TODAY), rules)


def is_within_limits(content: Content) -> None:
    def size(text: str) -> int:
        return len(text.encode())

    names = [name for name, _ in content["facts"]]
    assert 0 < size(content["title"]) <= 200
    assert len(names) <= 12
    assert len(set(names)) == len(names)
    assert not set(names) & TAKEN
    assert all(0 < size(value) <= 400 for _, value in content["facts"])
    assert size(content["action"]) <= 400
    texts = [
        content["title"],
        content["action"],
        content["link"],
        *(part for fact in content["facts"] for part in fact),
    ]
    assert sum(map(size, texts)) <= 1_500
    assert all("\n" not in text for text in texts)
    assert len(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()) <= 1_500


def test_an_instance_with_wrong_tags() -> None:
    content = of({"Name": "web-1", "Environment": "qa", "owner": "a", "Team": "b"})
    is_within_limits(content)
    assert content == {
        "title": f"3 tags are missing or wrong on {INSTANCE} (web-1)",
        "facts": [
            ["Instance", f"{INSTANCE} (web-1)"],
            ["Account", f"checkout ({ACCOUNT})"],
            ["Region", "eu-west-1"],
            ["Instance state", "running"],
            ["Missing", "Owner, Application"],
            ["Invalid", "Environment `qa` is not one of dev, staging, prod"],
            ["Hints", "`owner` exists, but tag keys are case-sensitive: `Owner` is required"],
            ["Tags", "Environment=qa, Name=web-1, Team=b, owner=a"],
        ],
        "action": f"In account checkout: aws ec2 create-tags --region eu-west-1 --resources {INSTANCE} --tags "
        "Key=Owner,Value=VALUE Key=Application,Value=VALUE Key=Environment,Value=VALUE",
        "link": "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1"
        f"#ManageInstanceTags:instanceId={INSTANCE}",
    }


def test_one_tag_is_one_and_a_blank_value_is_not_shown() -> None:
    content = of({**GOOD, "Owner": " \u200b"})
    assert content["title"] == f"1 tag is missing or wrong on {INSTANCE}"
    assert facts(content)["Invalid"] == "Owner is blank"
    assert "Missing" not in facts(content)


def test_a_missing_tag_says_what_its_value_may_be() -> None:
    long = {"key": "Cluster", "allowed": ["x" * 60, "y" * 60]}
    rules = parse(table(DEFAULT[0], {"key": "Team", "pattern": "[a-z]+"}, {"key": "Stage", "allowed": ["one"]}, long))
    missing = facts(of({}, rules.of(ACCOUNT)))["Missing"]
    assert missing == "Environment (dev, staging or prod), Team (matches `[a-z]+`), Stage (one), Cluster"


def test_an_instance_without_tags_has_no_list_of_them() -> None:
    assert "Tags" not in facts(of({}))


@pytest.mark.parametrize(
    ("changes", "where", "launched"),
    [
        ({"auto_scaling_group": "web"}, "auto-scaling group web", "auto-scaling group web"),
        (
            {"auto_scaling_group": "web", "launch_template": "lt-1", "launched_by": ("auto-scaling", "spot")},
            "auto-scaling group web or its launch template lt-1",
            "auto-scaling group web, Spot, launch template lt-1",
        ),
        ({"launch_template": "lt-1"}, "launch template lt-1", "launch template lt-1"),
        ({"launched_by": ("eks",)}, "the EKS node group", "EKS"),
        ({"launched_by": ("emr",)}, "the EMR cluster", "EMR"),
        ({"launched_by": ("spot",)}, "the Spot request", "Spot"),
    ],
)
def test_where_the_next_instance_gets_its_tags(changes: dict[str, Any], where: str, launched: str) -> None:
    content = of({}, **changes)
    assert content["action"].startswith(
        f"Set the tags in {where} too, or the next instance lacks them again. In account"
    )
    assert facts(content)["Launched by"] == launched


@pytest.mark.parametrize(
    ("region", "root"),
    [
        ("us-east-1", "https://us-east-1.console.aws.amazon.com/"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
        ("eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu/"),
        ("us-iso-east-1", ""),
        ("us-isob-east-1", ""),
    ],
)
def test_links_lead_into_the_console_of_the_partition(region: str, root: str) -> None:
    for link in (of({}, region=region)["link"], summary(1, {}, RULES, region)["link"]):
        assert link.startswith(root)
        assert bool(link) == bool(root)


def test_other_types_are_tagged_by_their_arn() -> None:
    arn = "arn:aws:rds:eu-west-1:222222222222:db:orders"
    database = Resource("rds:db", "orders", ACCOUNT, "eu-west-1", {}, name="orders", arn=arn, state="available")
    content = open_content(database, judge(database, RULES, TODAY), RULES)
    is_within_limits(content)
    assert content["title"] == "3 tags are missing or wrong on orders"
    assert facts(content)["Resource"] == "rds:db orders"
    assert facts(content)["Resource state"] == "available"
    assert content["action"].endswith(
        f"aws resourcegroupstaggingapi tag-resources --region eu-west-1 --resource-arn-list {arn} "
        "--tags Environment=VALUE Owner=VALUE Application=VALUE"
    )
    assert "/resource-groups/tag-editor/" in content["link"]


@pytest.mark.parametrize("key", ["Cost Center", "a,b=c", 'say "x"', "it's", "$(reboot)", "`x`", "a\\b", "{x}"])
def test_the_command_can_be_pasted_whatever_the_key_is(key: str) -> None:
    content = of({}, account_rules({"key": key}))
    words = shlex.split(content["action"].partition(": ")[2])
    assert words[:-1] == ["aws", "ec2", "create-tags", "--region", "eu-west-1", "--resources", INSTANCE, "--tags"]
    name = words[-1].removeprefix("Key=").removesuffix(",Value=VALUE")
    assert name == key or name == json.dumps(key, ensure_ascii=False)


def test_a_command_names_as_many_tags_as_fit() -> None:
    rules = account_rules(*({"key": f"{'k' * 100}-{number}"} for number in range(40)))
    content = of({}, rules, auto_scaling_group="g" * 255, launch_template="lt-0123456789abcdef0")
    is_within_limits(content)
    assert content["title"].startswith("40 tags are")
    assert facts(content)["Missing"].endswith(" more")
    assert "Key=kkk" in content["action"]


def test_current_tags_are_as_many_as_fit_and_those_of_aws_come_last() -> None:
    tags = {
        "aws:cloudformation:stack-name": "s",
        **{f"tag-{number:02}": "v" * 256 for number in range(48)},
        "Zone": "z",
    }
    content = of(tags)
    is_within_limits(content)
    listed = facts(content)["Tags"]
    assert listed.startswith("Zone=z, tag-00=vvv")
    assert listed.endswith(" more")
    shown = listed.count("=")
    assert listed.endswith(f"and {50 - shown} more")
    assert facts(of({"aws:x": "1", "b": "2"}))["Tags"] == "b=2, aws:x=1"


def test_closed_as_it_is_fixed() -> None:
    fixed = instance(GOOD)
    content = closed_content(fixed, judge(fixed, RULES, TODAY), RULES)
    is_within_limits(content)
    assert content["title"] == f"All required tags are set on {INSTANCE}"
    assert content["action"] == ""
    assert facts(content)["Tags"] == "Application=shop, Environment=prod, Owner=team-a"


def test_closed_as_it_is_exempt() -> None:
    content = closed_content(instance({}), Verdict(exempt="a migration", notes=("exempt until 2027-01-31",)), RULES)
    is_within_limits(content)
    assert content["title"] == f"{INSTANCE} is exempt from the check of its tags"
    assert facts(content)["Exempt because"] == "a migration"
    assert facts(content)["Hints"] == "exempt until 2027-01-31"


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        (instance({}), f"{INSTANCE} was terminated"),
        (Resource("rds:db", "orders", ACCOUNT, "eu-west-1"), "orders was deleted"),
    ],
)
def test_closed_as_it_is_gone(subject: Resource, title: str) -> None:
    content = closed_content(subject, None, RULES)
    is_within_limits(content)
    assert content["title"] == title
    assert not {"Instance state", "Resource state"} & set(facts(content))


def test_a_terminated_instance_is_gone_whatever_its_tags_are() -> None:
    subject = instance({}, state="terminated")
    assert closed_content(subject, judge(subject, RULES, TODAY), RULES)["title"] == f"{INSTANCE} was terminated"


TOTAL = {
    "at": 1_795_168_800_000,
    "compliant": 900,
    "non_compliant": 1300,
    "exempt": 2,
    "missing": {"Application": 80, "Owner": 1250},
    "owners": {"team-b": 4, "": 9, "team-a": 4},
}


def test_a_summary_has_the_scan_and_the_worst_tags_and_owners() -> None:
    content = summary(300, TOTAL, RULES, "eu-west-1")
    is_within_limits(content)
    assert content["title"] == "300 resources in checkout, eu-west-1 have missing or wrong tags"
    assert facts(content) == {
        "Account": f"checkout ({ACCOUNT})",
        "Region": "eu-west-1",
        "Latest scan": "2026-11-20T10:00:00Z: 900 compliant, 1,300 not compliant, 2 exempt",
        "Missing or invalid": "Owner 1,250, Application 80",
        "By owner": "none 9, team-a 4, team-b 4",
    }
    assert content["action"] == "List them with: obsgen compliance report -e prod --account checkout"


def test_a_summary_of_one_of_none_and_without_a_scan() -> None:
    assert summary(1, TOTAL, RULES, "eu-west-1")["title"].startswith("1 resource in checkout, eu-west-1 has ")
    none = summary(0, TOTAL, RULES, "eu-west-1")
    assert none["title"] == "All resources in the summary of checkout, eu-west-1 have the required tags"
    assert none["action"] == ""
    assert set(facts(summary(3, {}, RULES, "eu-west-1"))) == {"Account", "Region"}


def test_a_name_cannot_begin_a_line_of_its_own_or_paint_the_terminal() -> None:
    content = of({"Name": "web\nSeverity: none\x1b[31m"})
    is_within_limits(content)
    assert facts(content)["Instance"] == f"{INSTANCE} (web Severity: none[31m)"


ANY = st.text(st.characters(), max_size=300) | st.text(st.sampled_from('"\\é\U0001f980\u0000\u202e,'), max_size=300)
KEYS = st.text(st.characters(), min_size=1, max_size=128)


@given(
    st.dictionaries(KEYS, ANY, max_size=20),
    st.lists(KEYS, min_size=1, max_size=10, unique=True),
    st.lists(st.builds(Invalid, KEYS, ANY, ANY), max_size=4),
    st.lists(ANY, max_size=3),
    st.text(st.characters(), max_size=255),
    st.text(st.characters(), min_size=1, max_size=64).filter(str.strip),
)
def test_whatever_is_in_the_tags_stays_within_the_limits(
    tags: dict[str, str], missing: list[str], invalid: list[Invalid], notes: list[str], odd: str, name: str
) -> None:
    rules = AccountRules(ACCOUNT, name, {}, ())
    subject = instance(tags, name=odd, auto_scaling_group=odd, launch_template="lt-0", launched_by=("eks", "spot"))
    found = Verdict(required=tuple(missing), missing=tuple(missing), invalid=tuple(invalid), notes=tuple(notes))
    for content in (
        open_content(subject, found, rules),
        closed_content(subject, Verdict(), rules),
        closed_content(subject, Verdict(exempt=odd or "x"), rules),
        summary(3, {"missing": dict.fromkeys(missing, 3), "owners": {odd: 3}}, rules, "eu-west-1"),
    ):
        is_within_limits(content)


@pytest.mark.parametrize("sign", ["x", '"', "\\", "é", "\U0001f980"])
def test_everything_as_long_as_it_can_be_stays_within_the_limits(sign: str) -> None:
    keys = [f"{number:02}{sign * 126}" for number in range(50)]
    arn = f"arn:aws:rds:ap-northeast-3:222222222222:db:{'d' * 255}"
    rules = AccountRules(ACCOUNT, sign * 64, {}, ())
    fields: dict[str, Any] = {
        "tags": dict.fromkeys(keys, sign * 256),
        "name": sign * 256,
        "region": "ap-northeast-3",
        "auto_scaling_group": sign * 255,
        "launch_template": "lt-0123456789abcdef0",
        "launched_by": ("auto-scaling", "eks", "emr", "spot"),
        "arn": arn,
        "state": "shutting-down",
    }
    found = Verdict((), tuple(keys), tuple(Invalid(key, sign * 256, "is wrong") for key in keys), "", (sign * 400,))
    for type_, number in (("ec2:instance", INSTANCE), ("rds:db", "d" * 255)):
        is_within_limits(open_content(Resource(type_, number, ACCOUNT, **fields), found, rules))
