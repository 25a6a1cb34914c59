"""Writes the pages that are made from the code: `python -m tests.update_docs`. A test tells when it has to be run.

docs/checks/ is made from the registry, docs/wake-up.md from what `obsgen explain incident --all` says of the shipped
file.
"""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from generator.checks.check import registry
from generator.checks.page import check_index, check_page
from generator.cli.main import group

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "checks"
WAKE_UP = ROOT / "docs" / "wake-up.md"
_MADE = """\
<!-- Written by `python -m tests.update_docs`. Edit observability.yaml, not this file. -->
"""
_SOURCE = """\

This is what `obsgen explain incident --all --environment prod` says of the shipped
[observability.yaml](../observability.yaml); of your file it says yours. [Incidents](incidents.md) explains how an
incident goes, and [the section `incidents`](language/incidents.md) how to change it.
"""


def pages() -> dict[str, str]:
    """File name to content, for every page of a check that there should be."""
    return {"README.md": check_index(registry()), **{f"{check.code}.md": check_page(check) for check in registry()}}


def wake_up() -> str:
    """The page that answers what wakes somebody, for the shipped file."""
    arguments = ["explain", "incident", "--all", "-e", "prod", "--file", str(ROOT / "observability.yaml")]
    said = CliRunner().invoke(group, arguments, catch_exceptions=False)
    if said.exit_code:
        raise AssertionError(said.output)
    title, rest = said.stdout.split("\n", 1)
    return f"{_MADE}{title}\n{_SOURCE}{rest}"


def main() -> None:
    """Write every page, and remove those of checks that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    WAKE_UP.write_text(wake_up(), encoding="utf-8")


if __name__ == "__main__":
    main()
