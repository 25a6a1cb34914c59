"""Queries that choose lines: what they may have, and what is said about the rest."""

from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from generator.spec.insights_lines import USUAL, query


def refused(value: object) -> str:
    """Why a query is refused, and the hint; nothing where it is accepted."""
    try:
        query(value)
    except PydanticCustomError as error:
        return f"{error.message()} {(error.context or {}).get('hint')}"
    return ""


@pytest.mark.parametrize(
    "text",
    [
        USUAL,
        "filter @message like /ERROR/",
        "FILTER level = 'ERROR'",
        "parse @message '* [*] *' as time, level, rest | filter level = 'ERROR' | fields @timestamp, rest",
        "filter @message like /a|b/ and @message not like 'x | limit 3'",
        "# stats\nfilter @message like /x/ | # limit\n fields @message",
        'filter @message like "a | sort b"\n# | stats count(*)\n| filter level = 3',
        r"filter @message like /a\/|b/",
        'filter strcontains(@message, "it\'s")',
    ],
)
def test_lines_are_chosen_by_three_commands(text: str) -> None:
    assert query(f" {text}\n") == text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("filter a = 1 | limit 20", "`limit` is not allowed: the agent reads all matching lines"),
        ("filter a = 1 | sort @timestamp desc", "`sort` is not allowed"),
        ("filter a = 1 | stats count(*) by b", "`stats` is not allowed: the agent counts"),
        ("fields unmask (@message) as m | filter m like /x/", "`unmask()` is not allowed: masked data"),
        ("SOURCE logGroups(namePrefix: ['x']) | filter a = 1", "`source` is not allowed: `groups` selects"),
        ("fitler a = 1", "does not begin with a command that selects lines did you mean `filter`?"),
        ("@message like /x/", "does not begin with a command that selects lines use one of fields, filter, parse"),
        ("fields @timestamp, @message", "without a `filter` every line would be an error"),
        ("filter a = 1 |", "a command is missing between two `|`, or at the start or end of the query"),
        ("| filter a = 1", "a command is missing between two `|`"),
        ("filter", "`filter` has no argument"),
        ("", "expected a query, got ``"),
        (5, "expected a query, got `5`"),
        (f"filter a = '{'x' * 8_000}'", "a query has 8,000 characters at most, got 8,013"),
    ],
)
def test_the_rest_says_why_not(text: object, part: str) -> None:
    assert part in refused(text)
