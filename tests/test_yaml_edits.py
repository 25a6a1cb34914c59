"""Edits of YAML text: only the value that is meant changes, and every comment stays."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.yaml_edits import Edit, NotEditable, edited, flow_text

TEXT = """\
# the file
alarms:
  errors:            # a mapping of lines
    # why five
    threshold: "> 5"   # as agreed
    period: 5m
    overrides:
      - {where: {account: alpha}, threshold: "> 50"}  # alpha is large
  latency: {period: 1m, severity: low} # one line
  waits: &shared {period: 1m}
  others: *shared
  empty:
  text: |
    a block
  flow: {x: *shared}
services:
  table: {type: dynamodb, alarms: {reads: true, writes: {period: 5m}}}
"""


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("alarms", "errors", "threshold"), "> 7", '    threshold: "> 7"   # as agreed'),
        (("alarms", "errors", "severity"), "low", "    severity: low"),
        (("alarms", "latency", "severity"), "high", "  latency: {period: 1m, severity: high} # one line"),
        (("alarms", "latency", "enabled"), False, "  latency: {period: 1m, severity: low, enabled: false} # one line"),
        (("alarms", "empty", "period"), "1m", "  empty: {period: 1m}"),
        (("alarms", "new"), {"period": 60}, "  new: {period: 60}"),
        (("alarms", "flow", "more"), 1, "  flow: {x: *shared, more: 1}"),
        (
            ("services", "table", "alarms", "reads", "datapoints"),
            "3 of 3",
            "  table: {type: dynamodb, alarms: {reads: {datapoints: 3 of 3}, writes: {period: 5m}}}",
        ),
        (
            ("alarms", "errors", "overrides", 0, "threshold"),
            "> 60",
            '      - {where: {account: alpha}, threshold: "> 60"}  # alpha is large',
        ),
    ],
)
def test_one_line_changes_or_is_new(path: tuple[str | int, ...], value: Any, line: str) -> None:
    after = edited(TEXT, Edit(path, value))
    before_lines, after_lines = TEXT.split("\n"), after.split("\n")
    changed = [text for text in after_lines if text not in before_lines]
    assert changed == [line]
    assert len(after_lines) - len(before_lines) in (0, 1)
    assert edited(after, Edit(path, value)) == after


def test_an_item_follows_the_last_one_once() -> None:
    edit = Edit(("alarms", "errors", "overrides"), {"where": {"account": ["beta", "gamma"]}, "enabled": False}, True)
    after = edited(TEXT, edit)
    assert "alpha is large\n      - {where: {account: [beta, gamma]}, enabled: false}\n  latency" in after
    assert edited(after, edit) == after


def test_a_list_is_made_where_there_is_none() -> None:
    edit = Edit(("services", "table", "overrides"), {"where": {"account": "alpha"}, "enabled": False}, True)
    after = edited(TEXT, edit)
    assert after.endswith("}}, overrides: [{where: {account: alpha}, enabled: false}]}\n")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (("alarms", "waits", "period"), "anchor"),
        (("alarms", "others", "period"), "anchor"),
        (("alarms", "text"), "several lines"),
        (("alarms", "errors", "period", "x"), "something else"),
        (("alarms", "errors", "overrides", 4, "x"), "no such item"),
    ],
)
def test_what_other_places_share_is_not_edited(path: tuple[str | int, ...], reason: str) -> None:
    with pytest.raises(NotEditable, match=reason):
        edited(TEXT, Edit(path, "5m"))


def test_a_last_line_without_an_end() -> None:
    assert edited("a:\n  b: 1 # one", Edit(("a", "c"), 2)) == "a:\n  b: 1 # one\n  c: 2"


# Values of which each is written in several ways, with and without comments.
WORDS = st.sampled_from(["a", "b", "ab", "é😀", "x y", "c-d", "> 5", "#no", "5m", "1:30", "yes", ""])
SCALARS = WORDS | st.booleans() | st.integers(-3, 99) | st.none()
KEYS = st.sampled_from(["a", "b", "c", "k1", "é"])
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


def written(value: Any, draw: Any, column: int = 0) -> str:
    """A value as somebody might write it: in lines or brackets, with comments and blank lines."""
    comment = draw(st.sampled_from(["", " # why", "  #x"]))
    if not isinstance(value, dict | list) or not value or draw(st.booleans()):
        quoted = f"'{value}'" if isinstance(value, str) and draw(st.booleans()) else flow_text(value)
        return f" {quoted}{comment}\n"
    blank = draw(st.sampled_from(["", "\n", f"{' ' * column}# above\n"]))
    entries = value.items() if isinstance(value, dict) else (("-", item) for item in value)
    lines = [
        f"{' ' * column}{key if key == '-' else f'{key}:'}{written(inner, draw, column + 2)}{blank}"
        for key, inner in entries
    ]
    return f"{comment}\n{''.join(lines)}"


def plain(text: str) -> Any:
    """What PyYAML reads, with types, so that 1 is not true."""
    return yaml.load(text, Loader=yaml.CSafeLoader)  # noqa: S506  # the safe one, in C


def with_value(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    if isinstance(data, list):
        return [with_value(item, path[1:], value) if index == path[0] else item for index, item in enumerate(data)]
    data = data if isinstance(data, dict) else {}
    return {**data, path[0]: with_value(data.get(path[0]), path[1:], value)}


@settings(max_examples=250, deadline=None)
@given(st.data(), st.dictionaries(KEYS, TREES, min_size=1, max_size=4), SCALARS | st.dictionaries(KEYS, WORDS))
def test_only_the_value_changes_whatever_the_text_is(data: st.DataObject, tree: dict[str, Any], value: Any) -> None:
    text = written(tree, data.draw).partition("\n")[2] if data.draw(st.booleans()) else block(tree, data.draw)
    if plain(text) != tree:
        return
    path = data.draw(paths(tree))
    try:
        after = edited(text, Edit(path, value))
    except NotEditable:
        return
    assert repr(plain(after)) == repr(with_value(tree, path, value))
    assert re.findall(r"#why|# above|#x|# why", after) == re.findall(r"#why|# above|#x|# why", text)
    gone = [line for line in text.splitlines() if line not in after.splitlines()]
    assert len(gone) <= 1
    assert edited(after, Edit(path, value)) == after


def block(tree: dict[str, Any], draw: Any) -> str:
    return "".join(f"{key}:{written(value, draw, 2)}" for key, value in tree.items())


def paths(tree: dict[str, Any]) -> st.SearchStrategy[tuple[str | int, ...]]:
    """Paths of values that there are, and of new keys beside them."""
    found: list[tuple[str | int, ...]] = [("new",), ("new", "in")]

    def walk(value: Any, path: tuple[str | int, ...]) -> None:
        if path:
            found.append(path)
        if isinstance(value, dict):
            found.append((*path, "new"))
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, inner in entries:
            walk(inner, (*path, step))

    walk(tree, ())
    return st.sampled_from(found)
