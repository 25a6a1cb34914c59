"""Writes docs/checks/ from the registry: `python -m tests.update_docs`. A test tells when it has to be run."""

from __future__ import annotations

from pathlib import Path

from generator.checks.check import registry
from generator.checks.page import check_index, check_page

FOLDER = Path(__file__).parent.parent / "docs" / "checks"


def pages() -> dict[str, str]:
    """File name to content, for every page that there should be."""
    return {"README.md": check_index(registry()), **{f"{check.code}.md": check_page(check) for check in registry()}}


def main() -> None:
    """Write every page, and remove those of checks that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
