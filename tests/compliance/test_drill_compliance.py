"""`obsgen drill --local compliance`: an instance without its tags, by the checker's own code, shown to everybody."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from generator.drill.compliance_example import event_of, findings
from generator.drill.machine import CannotDrill
from generator.packages import unpacked
from handlers.incident.events import Change, read
from tests.command import obsgen, typed
from tests.support import built, spec

ALPHA = "222222222222"
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
RULES = """
compliance:
  required_tags:
    Environment: {allowed: [dev, staging, prod]}
    Owner: {any_of: [Team]}
    CostCenter: {pattern: "CC-[0-9]{4}"}
"""
UNKNOWN = 'compliance: {required_tags: {Owner: {pattern: "z{7}"}}}'
ONE = "compliance: {required_tags: {Owner: {}}}"


def package(change: str) -> dict[str, bytes]:
    """The checker's package of a build."""
    made = built(spec(change))
    assert made.estates, made.findings
    return unpacked(
        next(code for key, code in made.packages["prod"].items() if key.startswith("functions/compliance/"))
    )


def missing(detail: object) -> str:
    facts = dict(json.loads(json.dumps(detail))["facts"])
    return str(facts.get("Missing", "")) or str(facts.get("Invalid", ""))


def test_the_example_lacks_its_owner_and_one_more_then_only_the_owner_then_nothing() -> None:
    made = findings(package(RULES), ALPHA, "eu-west-1", AT)
    assert made.subject == "tag-compliance/i-0123456789abcdef0"
    assert missing(made.opened) == "CostCenter (matches `CC-[0-9]{4}`), Owner"
    assert missing(made.changed) == "Owner"
    assert [one["state"] for one in (made.opened, made.changed, made.closed)] == ["ALARM", "ALARM", "OK"]
    assert made.closed["title"] == "All required tags are set on i-0123456789abcdef0 (web-1)"
    assert not made.gone


def test_with_one_tag_it_is_blank_in_between() -> None:
    made = findings(package(ONE), ALPHA, "us-east-1", AT)
    assert missing(made.opened) == "Owner"
    assert "Owner" in missing(made.changed)
    assert made.opened["title"] != "" and made.changed["facts"] != made.opened["facts"]


def test_where_no_value_is_known_the_instance_ends() -> None:
    made = findings(package(UNKNOWN), ALPHA, "us-east-1", AT)
    assert made.gone
    assert "was terminated" in made.closed["title"]


def test_an_account_that_is_exempt_has_no_example() -> None:
    change = """
compliance:
  required_tags: {Owner: {}}
  exempt: [{where: {account: alpha}, reason: it goes away}]
"""
    with pytest.raises(CannotDrill, match="alpha is not checked: it goes away"):
        findings(package(change), ALPHA, "us-east-1", AT)


def test_the_hub_understands_each_event() -> None:
    made = findings(package(RULES), ALPHA, "us-east-1", AT)
    for detail in (made.opened, made.changed, made.closed):
        meaning = read(json.dumps(event_of(detail, ALPHA, "us-east-1")))
        assert isinstance(meaning, Change)
        assert (meaning.key.account, meaning.key.alarm) == (ALPHA, made.subject)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "observability.yaml").write_text(spec(RULES))
    return tmp_path


def test_it_is_shown_as_people_see_it(shop: Path) -> None:
    done = typed(shop, "drill", "--local", "compliance", "--account", "beta")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "tag-compliance/i-0123456789abcdef0 in beta (333333333333, us-east-1), low\n",
        "\ntags are missing\n",
        "\nthe same event again\n",
        "nobody hears anything new\n",
        "\nsome of them are set\n",
        "\nthe tags are set\n",
        "to ops@example.com: OPEN low: 2 tags are missing or wrong on i-0123456789abcdef0 (web-1) in beta (us-east-1)",
        "to ops@example.com: CHANGED low: 1 tag is missing or wrong",
        "to ops@example.com: CLOSED low: All required tags are set",
        "in beta: mail heard that it is open, changed and was fixed, nobody of the duplicate\n",
    ):
        assert words in done.stdout, words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--account", "alhpa"), "did you mean `alpha`?"),
        (("--region", "eu-west-1"), "prod has no members in eu-west-1"),
    ],
)
def test_bad_usage_is_exit_2(shop: Path, words: tuple[str, ...], said: str) -> None:
    done = obsgen(shop, "drill", "--local", "compliance", *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_deployed_there_is_no_such_drill(shop: Path) -> None:
    done = obsgen(shop, "drill", "compliance", "--yes")
    assert (done.returncode, "on this machine only" in done.stderr) == (2, True)


def test_without_the_section_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec())
    done = obsgen(tmp_path, "drill", "--local", "compliance")
    assert (done.returncode, "has no section `compliance:`" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        ("notify: {changes: none, scans: none}", (), "prod notifies of no single instance"),
        ("notify: {changes: summary, scans: summary}", (), "prod notifies of no single instance"),
        ("resources: ['s3:bucket']", (), "prod checks no instances"),
        ("overrides: [{where: {environment: dev}, enabled: false}]", ("-e", "dev"), "dev checks no tags"),
    ],
)
def test_what_nobody_would_hear_of_is_not_shown(tmp_path: Path, change: str, words: tuple[str, ...], said: str) -> None:
    more = "environments: [dev, prod]\naccess: {owned_by: prod}\n" if words else ""
    (tmp_path / "observability.yaml").write_text(spec(f"{more}compliance:\n  {change}"))
    done = obsgen(tmp_path, "drill", "--local", "compliance", *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stdout + done.stderr
