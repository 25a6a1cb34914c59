"""Golden templates: a small spec for each concern, and what it becomes; `pytest --update` rewrites them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from generator.blueprints.kit.concern import concerns
from generator.render.json_rows import json_rows
from generator.render.routing import routing_json
from generator.render.yaml_text import yaml_text
from tests.support import built, spec

FOLDER = Path(__file__).parent / "golden"
MOST_LINES = 125
CASES = sorted(path.parent for path in FOLDER.glob("*/*/in.yaml"))
SIDES = ("hub", "member")


def of_concern(template: dict[str, Any], prefixes: tuple[str, ...]) -> dict[str, Any]:
    sections = {}
    for name in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs"):
        chosen = {key: value for key, value in template.get(name, {}).items() if key.startswith(prefixes)}
        if chosen:
            sections[name] = chosen
    return sections


def prefixes_of(case: Path) -> tuple[str, ...]:
    """What the logical ids of a case begin with, as its first line says; a change may move only goldens of its own."""
    first = (case / "in.yaml").read_text(encoding="utf-8").partition("\n")[0]
    label, _, prefixes = first.partition(": ")
    assert label == "# Shows", f"{case.name}/in.yaml: begin with `# Shows: Alarm, Composite`, as the logical ids do"
    return tuple(prefixes.split(", "))


def without_digests(text: str) -> str:
    """The package's digest, or what stands inline, changes with every line of a handler: no concern of a template."""
    text = re.sub(r"^( +)(Script|ZipFile): \|-?\n(?:\1 +.*\n|\n)+", r"\1\2: …\n", text, flags=re.MULTILINE)
    lines = text.splitlines(keepends=True)
    return "".join("        S3Key: …\n" if "S3Key:" in line else line for line in lines)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.parent.name}/{case.name}" for case in CASES])
def test_a_small_spec_becomes_what_was_reviewed(case: Path, update: bool) -> None:
    made = built(spec((case / "in.yaml").read_text(encoding="utf-8")))
    assert made.artifacts, made.findings
    for side in SIDES:
        chosen = of_concern(made.templates["prod"][f"{side}.template.yaml"], prefixes_of(case))
        text = without_digests(yaml_text(chosen)) if chosen else ""
        golden = case / f"{side}.yaml"
        if update and text:
            golden.write_text(text, encoding="utf-8")
        expected = golden.read_text(encoding="utf-8") if golden.exists() else ""
        assert text == expected
        assert len(text.splitlines()) <= MOST_LINES


def test_what_is_one_incident_is_shipped_as_it_was_reviewed(update: bool) -> None:
    case = FOLDER / "incidents" / "routing"
    made = built(spec((case / "spec.yaml").read_text(encoding="utf-8")))
    assert made.artifacts, made.findings
    data = json.loads(routing_json(made.estates["prod"]))
    text = json_rows({name: data[name] for name in ("version", "incidents", "alarms")})
    golden = case / "routing.json"
    if update:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("blueprint", concerns())
def test_every_blueprint_has_a_golden(blueprint: str) -> None:
    folders = {case.parent.name for case in CASES}
    assert any(blueprint == name or blueprint.startswith(f"{name}_") for name in folders), (
        f"write tests/golden/{blueprint}/<case>/in.yaml, then run `pytest tests/test_golden.py --update`"
    )
