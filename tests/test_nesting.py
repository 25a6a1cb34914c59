"""One limit of depth, in the same words at the same place: found by obsgen, by libyaml, by either parser of PyYAML.

The libyaml of PyYAML 6.0.4 refuses the 1,000th level by itself, and its scanner reads ahead.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from generator.cli.main import group
from generator.evaluate.template.text import DEEPEST, template_text
from generator.findings import Mark
from generator.spec.load import MAX_DEPTH, load
from generator.yaml_syntax import NestingError, compose, events
from tests.support import BASE

LOADERS = pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader], ids=["c", "python"])
MESSAGE = f"nested more than {MAX_DEPTH} levels deep"
OVER_LIBYAMLS = 1_100

# A text of n levels or more, and where the first value begins that has more than 60 lists and mappings around it
# besides the document's own.
SHAPES: dict[str, tuple[Callable[[int], str], Mark]] = {
    "flow sequences": (lambda n: "a: " + "[" * n + "]" * n, Mark(1, 64)),
    "flow sequences never closed": (lambda n: "a: " + "[" * n, Mark(1, 64)),
    "flow mappings": (lambda n: "a: " + "{a: " * n + "}" * n, Mark(1, 244)),
    "flow mappings never closed": (lambda n: "a: " + "{a: " * n, Mark(1, 244)),
    "flow mappings as keys": (lambda n: "a: " + "{? " * n + "}" * n, Mark(1, 184)),
    "flow mixed": (lambda n: "a: " + "[{a: " * n + "}]" * n, Mark(1, 154)),
    "flow with brackets in quotes": (lambda n: "a: " + '["\n  ]]]]",' * n + "]" * n, Mark(61, 9)),
    "block sequences": (lambda n: "- " * n + "x", Mark(1, 123)),
    "block mappings": (lambda n: "".join(" " * i + "a:\n" for i in range(n)), Mark(62, 62)),
    "block mappings as keys": (lambda n: "? " * n + "x", Mark(1, 123)),
    "block mixed": (lambda n: "".join("  " * i + "- a:\n" for i in range(n)), Mark(31, 63)),
    "block sequences not indented": (lambda n: "a:\n" + "".join("  " * i + "- a:\n" for i in range(n)), Mark(32, 61)),
    "block, then flow": (
        lambda n: "".join(" " * i + "a:\n" for i in range(30)) + " " * 30 + "a: " + "[" * n + "]" * n,
        Mark(31, 64),
    ),
    "merges": (lambda n: "".join(" " * i + "<<:\n" for i in range(n)), Mark(62, 62)),
}
EVERY_SHAPE = pytest.mark.parametrize(("text_of", "mark"), SHAPES.values(), ids=SHAPES)
DEPTHS = pytest.mark.parametrize("levels", [70, 400, OVER_LIBYAMLS])


def findings(text: str) -> list[tuple[str, str, Mark | None]]:
    return [(found.code, found.message, found.mark) for found in load(text.encode(), "spec.yaml").findings]


@EVERY_SHAPE
@DEPTHS
def test_a_spec_that_is_too_deep_is_refused_where_it_becomes_so(
    text_of: Callable[[int], str], mark: Mark, levels: int
) -> None:
    assert findings(text_of(levels)) == [("Y05", MESSAGE, mark)]


@EVERY_SHAPE
@DEPTHS
@LOADERS
def test_both_parsers_stop_at_the_same_place(
    text_of: Callable[[int], str], mark: Mark, levels: int, loader: Any
) -> None:
    with pytest.raises(NestingError) as raised:
        compose(text_of(levels), MAX_DEPTH, loader)
    assert raised.value.mark == mark


@LOADERS
def test_the_deepest_that_is_allowed_is_read(loader: Any) -> None:
    text = "a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert compose(text, MAX_DEPTH, loader) is not None
    assert load(text.encode(), "spec.yaml").findings == []
    # One more, with nothing in it: the tree can be made, and reading it finds the level.
    deeper = "a: " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)
    assert findings(deeper) == [("Y05", MESSAGE, Mark(1, 64))]


def test_depth_by_aliases_counts_as_well() -> None:
    text = "a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40
    assert findings(text) == [("Y05", MESSAGE, Mark(1, 27))]
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 3_000))
    assert findings(chain) == [("Y05", MESSAGE, Mark(1, 5))]


def test_depth_by_merges_of_aliases_counts_as_well() -> None:
    chain = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 3_000))
    assert findings(chain) == [("Y05", MESSAGE, Mark(1, 5))]


@LOADERS
def test_a_mistake_before_the_depth_is_what_is_reported(loader: Any) -> None:
    text = "a: ]\nb: " + "[" * OVER_LIBYAMLS
    with pytest.raises(yaml.MarkedYAMLError) as raised:
        compose(text, MAX_DEPTH, loader)
    assert raised.value.problem_mark is not None
    assert raised.value.problem_mark.line == 0
    ((code, message, mark),) = findings(text)
    assert (code, mark) == ("Y02", Mark(1, 4))
    assert "depth" not in message


@pytest.mark.parametrize("levels", [70, OVER_LIBYAMLS])
def test_the_command_reports_it(levels: int, tmp_path: Path) -> None:
    file = tmp_path / "deep.yaml"
    file.write_text(BASE + "\nalarms: " + "[" * levels, encoding="utf-8")
    result = CliRunner().invoke(group, ["check", "--no-lint", "--file", str(file)])
    assert result.exit_code == 2
    assert f"{BASE.count(chr(10)) + 2}:69: error Y05: {MESSAGE}" in result.output


# --- templates -------------------------------------------------------------------------------------------------


def first_too_deep(text: str, loader: Any) -> Mark:
    depth = 0
    for event in events(text, loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
    raise AssertionError("it is not too deep")


@pytest.mark.parametrize("levels", [120, OVER_LIBYAMLS])
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if "keys" not in shape])
def test_a_template_that_is_too_deep_is_refused_where_it_becomes_so(shape: str, levels: int) -> None:
    text = SHAPES[shape][0](levels)
    found = [(each.code, each.message, each.mark) for each in template_text(text.encode(), "t.yaml").findings]
    c, python = first_too_deep(text, yaml.CSafeLoader), first_too_deep(text, yaml.SafeLoader)
    assert c == python
    assert found == [("Y05", f"nested more than {DEEPEST} levels deep", c)]


@LOADERS
@pytest.mark.parametrize("shape", SHAPES)
def test_events_end_in_the_error_that_the_parser_raised(shape: str, loader: Any) -> None:
    text = SHAPES[shape][0](OVER_LIBYAMLS)
    depths = []
    try:
        for event in events(text, loader):
            depths.append(isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent))
    except yaml.MarkedYAMLError as error:
        # The C parser has given all that it could before; the other one only sees what is never closed.
        assert loader is yaml.CSafeLoader or "never closed" in shape  # noqa: PT017
        assert error.problem  # noqa: PT017
    assert max(accumulate(depths)) > 990


@pytest.mark.parametrize("levels", [101, 400, 5_000, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_template_in_json_is_no_exception(opening: str, levels: int) -> None:
    closing = "".join({"[": "]", "{": "}"}[opening[0]] for _ in range(levels))
    text = '{"Resources":' + opening * levels + ("1" if opening != "[" else "") + closing + "}"
    for name in ("t.json", "t.yaml"):
        (found,) = template_text(text.encode(), name).findings
        assert (found.code, found.message) == ("Y05", f"nested more than {DEEPEST} levels deep")
        assert found.mark == Mark(1, 14 + (DEEPEST - 1) * len(opening))


def test_the_deepest_template_that_is_allowed_is_read() -> None:
    value: Any = []
    for _ in range(DEEPEST - 3):
        value = [value]
    text = json.dumps({"Resources": {"A": value}})
    assert template_text(text.encode(), "t.json").findings == ()
    assert template_text(f"# in YAML\n{text}".encode(), "t.yaml").findings == ()
    deeper = text.replace("[[", "[[[", 1).replace("]]", "]]]", 1)
    assert [found.code for found in template_text(deeper.encode(), "t.json").findings] == ["Y05"]
