"""`obsgen filter` as one types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.cli.main import group

LINES = """\
[ERROR] card declined
[INFO] fine
{"level":"ERROR","latency":512,"tags":["a","b"]}
10.0.0.1 bob [20/Nov/2026] "GET /" 503 1204
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "app.log").write_text(LINES, encoding="utf-8")
    return tmp_path / "app.log"


def tried(*words: str | Path, given: str | None = None) -> Result:
    return CliRunner().invoke(group, ["filter", *map(str, words)], input=given)


def test_lines_that_match_are_shown_with_their_number(log: Path) -> None:
    done = tried('"[ERROR]"', log)
    assert (done.exit_code, done.stdout) == (0, "+ 1: [ERROR] card declined\n")
    assert done.stderr == "1 of 4 lines match\n"


def test_what_a_json_pattern_looked_at_and_what_would_be_published(log: Path) -> None:
    done = tried('{ $.level = "ERROR" && $.latency > 500 && $.tags[1] = b }', log, "--value", "$.latency")
    assert done.stdout.splitlines()[1:] == ["    $.level=ERROR  $.latency=512  $.tags[1]=b", "    publishes 512"]


def test_fields_from_the_standard_input() -> None:
    done = tried("[ip, user, time, request, status=5*, bytes]", "--value", "$user", given=LINES)
    assert done.stdout.splitlines()[1:] == [
        "    $ip=10.0.0.1  $user=bob  $time=20/Nov/2026  $request=GET /  $status=503  $bytes=1204",
        "    publishes no value: $user is not a number",
    ]


def test_where_nothing_matches_that_is_told_and_the_lines_are_there_to_see(log: Path) -> None:
    done = tried("zebra", log, "--all")
    assert (done.exit_code, len(done.stdout.splitlines())) == (1, 4)
    assert done.stdout.startswith("  1: [ERROR] card declined")


def test_as_data_every_line_is_one(log: Path) -> None:
    rows = [json.loads(line) for line in tried("fine", log, "--json", "--value", "1").stdout.splitlines()]
    assert [row["matched"] for row in rows] == [False, True, False, False]
    assert rows[1]["value"] == 1.0


def test_a_pattern_that_cloudwatch_would_not_take_is_pointed_at(log: Path) -> None:
    done = tried("[ip, user", log)
    assert done.exit_code == 2
    assert done.stderr == (
        'Error: a pattern that begins with "[" ends with "]"\n  [ip, user\n           ^\n  = help: add "]" at the end\n'
    )


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    done = tried("x", tmp_path / "no.log")
    assert (done.exit_code, "No such file" in done.stderr) == (2, True)


def test_a_field_that_is_not_there_is_not_shown(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text('{"y": 1}\n')
    result = tried("{ $.x NOT EXISTS }", log)
    assert result.stdout == '+ 1: {"y": 1}\n'


def test_optional_terms_beside_others_are_said_not_to_count(tmp_path: Path) -> None:
    """FilterAndPatternSyntax: "if you include ? with other terms, all ? terms are ignored"."""
    log = tmp_path / "app.log"
    log.write_text("GET / 200\nERROR card declined\nGET /healthcheck 200\n")
    result = tried('?ERROR ?"card declined" -healthcheck', log)
    assert result.stdout.splitlines() == ["+ 1: GET / 200", "+ 2: ERROR card declined"]
    assert '?ERROR ?"card declined" has no effect' in result.stderr
    assert "has no effect" not in tried("?ERROR ?FATAL", log).stderr


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (
            '{ $.a = "card*declined" }',
            'the * in "card*declined" matches a literal *: it is a wildcard only at an end of the text',
        ),
        ('[ip, url="/shop*x*", ...]', 'the * in "/shop*x*" matches a literal *'),
        ('"ERROR*"', 'the * in "ERROR*" matches a literal *: a term matches anywhere in a line'),
        ('{ $.a = "*declined*" }', ""),
        ("{ $.a = %a.*b% }", ""),
    ],
)
def test_a_star_that_is_only_a_star_is_said_to_be(tmp_path: Path, pattern: str, said: str) -> None:
    log = tmp_path / "app.log"
    log.write_text("GET / 200\n")
    result = tried(pattern, log)
    assert said in result.stderr
    assert bool(said) == ("a literal *" in result.stderr)
