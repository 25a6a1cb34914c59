"""import(build(spec)) beside build(spec), for the goldens: what is not equal, and why."""

from __future__ import annotations

from pathlib import Path

from generator.cli.import_built import deployed_of, imported_file
from generator.importer.compare import ImportComparison, compared
from generator.importer.types import ImportSource, SourceKind, SourceStack
from generator.importer.write import ImportOptions
from generator.workspace import PackFiles
from tests.support import built, spec

FOLDER = Path(__file__).parent / "golden"
CASES = tuple(sorted(f"{path.parent.parent.name}/{path.parent.name}" for path in FOLDER.glob("*/*/in.yaml")))


def round_trip(case: str) -> ImportComparison:
    """The golden of this name, built, imported, and built again."""
    first = built(spec((FOLDER / case / "in.yaml").read_text(encoding="utf-8")))
    stacks = tuple(SourceStack(SourceKind.TEMPLATE, stack, {}) for stack in deployed_of(first))
    source = ImportSource(stacks)
    hub = next(iter(first.estates.values())).hub.account
    imported = imported_file(source, ImportOptions(packs=PackFiles(), hub=hub), "imported.yaml")
    assert imported.built.artifacts, imported.built.findings
    dropped = (*source.dropped, *imported.result.dropped)
    return compared(stacks, deployed_of(imported.built), imported.result.keys, dropped)


def losses(comparison: ImportComparison) -> dict[str, str]:
    """What is not equal, by its name: how, and why."""
    return {
        f"{one.type.rpartition('::')[2]} {one.name}": f"{one.outcome}: {one.reason or '; '.join(one.differences)}"
        for one in comparison.resources
        if one.outcome != "equal"
    }
