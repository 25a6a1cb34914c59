"""Documentation that is run: examples build, every key is explained, links lead somewhere."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel

from generator.cli.main import COMMANDS
from generator.findings import Severity
from generator.spec.document import Document
from tests.support import ROOT, built, spec

PAGES = sorted((ROOT / "docs").rglob("*.md"))
LANGUAGE = ROOT / "docs" / "language"


def examples() -> list[tuple[str, str]]:
    found = []
    for page in sorted(LANGUAGE.glob("*.md")):
        for block in re.findall(r"```yaml\n# over the base\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            found.append((page.stem, block))
    return found


@pytest.mark.parametrize(("section", "block"), examples(), ids=[section for section, _ in examples()])
def test_an_example_of_the_language_builds(section: str, block: str) -> None:
    errors = [f for f in built(spec(block)).findings if f.severity is Severity.ERROR]
    assert errors == [], section


def models(annotation: object) -> list[type[BaseModel]]:
    """Every model somewhere inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = [m for field in annotation.model_fields.values() for m in models(field.annotation)]
        return [annotation, *inner]
    return [model for part in typing.get_args(annotation) for model in models(part)]


@pytest.mark.parametrize("section", list(Document.model_fields))
def test_a_section_has_a_page_with_every_key(section: str) -> None:
    page = (LANGUAGE / f"{section}.md").read_text(encoding="utf-8")
    for model in models(Document.model_fields[section].annotation):
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}`" in page, f"{section}: {field.alias or name}"


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


def test_the_readme_names_only_commands_that_exist() -> None:
    named = re.findall(r"^\$ obsgen ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert named
    assert set(named) <= set(COMMANDS)
