"""The YAML of an import, built in memory: written again without what the compiler refuses, until it builds."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.build import Built, Inputs
from generator.cli.import_widgets import differing_widgets
from generator.cli.options import built_of
from generator.evaluate.types import Deployed
from generator.findings import has_errors
from generator.importer.resources import ImportedResources, resolved_resources
from generator.importer.types import ImportSource
from generator.importer.write import ImportOptions, ImportResult, corrected, written

_MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file with its build, which may have errors."""

    result: ImportResult
    built: Built


def imported_file(source: ImportSource, options: ImportOptions, name: str) -> ImportedFile:
    """The file, written until it builds or nothing is left to correct: then the build has errors."""
    resources = resolved_resources(source)
    for _ in range(_MOST_ROUNDS):
        result = written(source, options)
        built = built_of(_inputs(result.text, name))
        if has_errors(built.findings):
            following = corrected(options, result, built.findings)
        else:
            following = _with_raw_widgets(options, result, built, resources)
        if following is None:
            break
        options = following
    return ImportedFile(result, built)


def _with_raw_widgets(
    options: ImportOptions, result: ImportResult, built: Built, resources: ImportedResources
) -> ImportOptions | None:
    """Options with which widgets that the build shows otherwise are as CloudWatch has them; None if there are none."""
    if not result.widgets:
        return None
    raw = options.raw | differing_widgets(resources, result, built)
    return replace(options, raw=raw) if raw != options.raw else None


def built_text(text: str, name: str) -> Built:
    """The build of a text."""
    return built_of(_inputs(text, name))


def deployed_of(built: Built) -> list[Deployed]:
    """The stacks of a build as they would be deployed, of all its environments."""
    import yaml

    from generator.manifest import MANIFEST
    from generator.scenarios.deployed import deployed_stacks

    stacks: list[Deployed] = []
    for name in built.estates:
        manifest: Mapping[str, Any] = yaml.load(built.artifacts[f"{name}/{MANIFEST}"], Loader=yaml.CSafeLoader)
        stacks += deployed_stacks(built.spread[name].templates, manifest, {})
    return stacks


def _inputs(text: str, name: str) -> Inputs:
    today = datetime.datetime.now(datetime.UTC).date()
    return Inputs(text=text.encode(), name=name, handlers={}, today=today, lint=False)
