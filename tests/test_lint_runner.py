"""One runner of cfn-lint for all templates finds what one for each would, in whatever order they come.

The corpus is parts of our own templates, each broken in one way; parts alone refer to what is not there, too.
"""

from __future__ import annotations

import contextlib
import copy
import importlib.metadata
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.checks import cfn_lint, cfn_lint_quicker
from generator.render.yaml_text import parse_template

FOLDER = Path(__file__).parent / "golden"
SEED, CASES, ALONE = 20261129, 10, 3
REGIONS = (["us-east-1"], ["eu-west-1", "us-east-1"])
Properties = dict[str, Any]


def _take_away(properties: Properties, name: str) -> None:
    del properties[name]


def _another_type(properties: Properties, name: str) -> None:
    properties[name] = {"Fn::GetAtt": ["NoSuchThing", "Arn"]} if isinstance(properties[name], str) else "text"


def _unknown(properties: Properties, name: str) -> None:
    properties[f"{name}s"] = 1


def _missing_reference(properties: Properties, name: str) -> None:
    properties[name] = {"Ref": "NoSuchThing"}


def _too_long(properties: Properties, name: str) -> None:
    properties[name] = "x" * 5_000


BREAKS: tuple[Callable[[Properties, str], None], ...] = (
    _take_away,
    _another_type,
    _unknown,
    _missing_reference,
    _too_long,
)


def broken_templates() -> list[tuple[dict[str, Any], list[str]]]:
    dice = random.Random(SEED)
    files = sorted(path for path in FOLDER.rglob("*.yaml") if path.stem in ("hub", "member"))
    templates = [template for path in files if (template := parse_template(path.read_text())).get("Resources")]
    made = []
    for index, template in enumerate(dice.sample(templates, CASES)):
        broken = copy.deepcopy(template)
        resource = broken["Resources"][dice.choice(sorted(broken["Resources"]))]
        properties = resource.setdefault("Properties", {"Name": "x"})
        BREAKS[index % len(BREAKS)](properties, dice.choice(sorted(properties)))
        made.append((json.loads(json.dumps(broken)), REGIONS[index % 2]))
    return made


def matches_of(template: dict[str, Any], regions: list[str]) -> str:
    return json.dumps(cfn_lint._matches(copy.deepcopy(template), regions))


def test_a_runner_that_has_seen_other_templates_finds_the_same() -> None:
    corpus = broken_templates()
    cfn_lint._runner.cache_clear()
    shared = [matches_of(*one) for one in corpus]
    backwards = [matches_of(*one) for one in reversed(corpus)][::-1]
    assert shared == backwards
    assert len({text for text in shared if text != "[]"}) > CASES // 2
    for one, found in list(zip(corpus, shared, strict=True))[:ALONE]:
        cfn_lint._runner.cache_clear()
        assert matches_of(*one) == found


def test_rules_are_loaded_once_and_again_after_a_crash() -> None:
    cfn_lint.lint({"a": {"Resources": {"A": {"Type": "AWS::SQS::Queue"}}}}, {"a": ["us-east-1"]}, {})
    first = cfn_lint._runner()
    cfn_lint.lint({"a": {"Resources": {"B": {"Type": "AWS::SQS::Queue"}}}}, {"a": ["eu-west-1"]}, {})
    assert cfn_lint._runner() is first
    cfn_lint.lint({"a": {"Resources": {"A": {"Type": "AWS::SQS::Queue", "Metadata": [1]}}}}, {"a": ["us-east-1"]}, {})
    assert cfn_lint._runner() is not first


def test_what_is_quicker_finds_the_same_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = broken_templates()
    assert importlib.metadata.version("cfn-lint") in cfn_lint_quicker.SUPPORTED_VERSIONS, (
        "hold it against the new version first"
    )
    found = [matches_of(*one) for one in corpus]
    monkeypatch.setattr(cfn_lint, "faster_linter", contextlib.nullcontext)
    assert found == [matches_of(*one) for one in corpus]


def test_another_version_runs_as_it_is_and_afterwards_this_one_does_too() -> None:
    cfn_lint._pin_schemas()
    runner = cfn_lint._runner()
    before = [(owner, name, vars(owner)[name]) for owner, name, _ in cfn_lint_quicker._replacements(runner)]
    with cfn_lint_quicker.faster_linter(runner, "1.58.1"):
        assert all(vars(owner)[name] is usual for owner, name, usual in before)
    with pytest.raises(ZeroDivisionError), cfn_lint_quicker.faster_linter(runner):
        assert not any(vars(owner)[name] is usual for owner, name, usual in before)
        _ = 1 / 0
    assert all(vars(owner)[name] is usual for owner, name, usual in before)
