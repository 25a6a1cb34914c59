"""The YAML of an import, built in memory: written again without what the compiler refuses, until it builds."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.build import Built, Inputs
from generator.cli.options import built_of
from generator.evaluate.types import Deployed
from generator.findings import has_errors
from generator.importer.types import ImportSource
from generator.importer.write import ImportOptions, ImportResult, corrected, written

_MOST_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file with its build, which may have errors."""

    result: ImportResult
    built: Built


def imported_file(source: ImportSource, options: ImportOptions, name: str) -> ImportedFile:
    """The file, written until it builds or nothing is left to correct: then the build has errors."""
    for _ in range(_MOST_ROUNDS):
        result = written(source, options)
        built = built_of(_inputs(result.text, name))
        following = corrected(options, result, built.findings) if has_errors(built.findings) else None
        if following is None:
            break
        options = following
    return ImportedFile(result, built)


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
