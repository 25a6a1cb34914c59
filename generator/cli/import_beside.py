"""`obsgen import --beside`: the file with its alarms beside the old ones, and the map of both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from generator.build import Built
from generator.cli.exit import usage_error
from generator.cli.import_built import ImportedFile, built_text, deployed_of
from generator.findings import dotted, has_errors
from generator.importer.beside.edits import beside_file
from generator.importer.beside.takeover import TakenOver, Takeover, takeover_json
from generator.importer.compare import ImportComparison, compared
from generator.importer.resources import LOG_GROUP, ResourceId, resolved_resources
from generator.importer.types import ImportSource
from generator.reading import shown
from generator.yaml_edits import NotEditable


@dataclass(frozen=True, slots=True)
class BesideResult:
    """text: of the YAML file. map_text: of the map."""

    text: str
    map_text: str


def map_path(out: Path) -> Path:
    """The map beside a file: `observability.map.json`."""
    return out.with_suffix(".map.json")


def beside(source: ImportSource, imported: ImportedFile, comparison: ImportComparison, out: Path) -> BesideResult:
    """The file and its map. imported: the file without names of its own, as it was proven."""
    text = imported.result.text
    try:
        written = beside_file(text, yaml.load(text, Loader=yaml.CSafeLoader), comparison, _severities(imported.built))
    except NotEditable as error:
        raise usage_error(f"{shown(out)} cannot be written beside: {error}") from None
    built = built_text(written.text, shown(out))
    if has_errors(built.findings):
        raise usage_error(f"{shown(out)} does not build beside the old alarms", "import without --beside")
    second = compared(source.stacks, deployed_of(built), imported.result.keys)
    resources = tuple(_taken_over(source, second))
    environment = next(iter(built.estates), "")
    takeover = Takeover(out.name, environment, resources, written.restored, written.metrics)
    return BesideResult(written.text, takeover_json(takeover))


def _severities(built: Built) -> dict[str, str]:
    """The severity of each entry, by its path."""
    severities: dict[str, str] = {}
    for estate in built.estates.values():
        severities |= {dotted(alarm.path): alarm.tuning.severity for alarm in estate.alarms}
        severities |= {dotted(composite.path): composite.severity for composite in estate.composites}
    return severities


def _taken_over(source: ImportSource, comparison: ImportComparison) -> list[TakenOver]:
    """A row for each resource that has a new one; log groups stay with their owners."""
    origins = {origin.id: origin for origin in resolved_resources(source).resources}
    stacks = sorted(
        source.stacks, key=lambda stack: (stack.deployed.account, stack.deployed.region, stack.deployed.stack)
    )
    rows = []
    for resource in comparison.resources:
        origin = origins.get(ResourceId(resource.account, resource.region, resource.type, resource.name))
        if not resource.key or not resource.new_name or origin is None or resource.type == LOG_GROUP:
            continue
        stack = stacks[origin.stack]
        position = origin.position
        place = (position.file, position.address or origin.logical_id, stack.deployed.stack)
        name = (
            resource.account,
            resource.region,
            resource.type,
            resource.name,
            resource.new_name,
            resource.key,
        )
        rows.append(TakenOver(*name, origin.source.value, *place))
    return rows
