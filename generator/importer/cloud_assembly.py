"""The output of `cdk synth`: a folder whose manifest names the templates, and where each is deployed.

https://docs.aws.amazon.com/cdk/v2/guide/deploy.html
https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.cloud_assembly_schema.AssemblyManifest.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.importer.errors import bad_source
from generator.importer.source import SourceInput, source_input
from generator.reading import shown

MANIFEST = "manifest.json"
_DEEPEST = 5
_STACK, _ASSEMBLY = "aws:cloudformation:stack", "cdk:cloud-assembly"
_ENVIRONMENT = re.compile(r"aws://(?P<account>[^/]+)/(?P<region>[^/]+)")


@dataclass(frozen=True, slots=True)
class AssemblyStack:
    """A stack of an assembly. account, region: empty where the app does not fix them."""

    name: str
    template: Path
    account: str
    region: str


def is_assembly(folder: Path) -> bool:
    """Whether a folder is the output of `cdk synth`."""
    return (folder / MANIFEST).is_file() and ((folder / "cdk.out").is_file() or (folder / "tree.json").is_file())


def assembly_stacks(manifest: SourceInput, folder: Path, depth: int = 0) -> Iterator[AssemblyStack]:
    """The stacks, those of stages too, by the names of their artifacts. Raises BadSources."""
    document = manifest.document
    artifacts = document.get("artifacts") if isinstance(document, Mapping) else None
    if not isinstance(artifacts, Mapping) or depth > _DEEPEST:
        raise bad_source(manifest.name, "not the manifest of `cdk synth`: it has no artifacts", "run `cdk synth`")
    for name, artifact in sorted(artifacts.items()):
        if not isinstance(artifact, Mapping):
            continue
        properties = artifact.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        if artifact.get("type") == _ASSEMBLY:
            inner = _within(folder, properties.get("directoryName"), manifest)
            yield from assembly_stacks(source_input(inner / MANIFEST), inner, depth + 1)
        elif artifact.get("type") == _STACK:
            template = _within(folder, properties.get("templateFile"), manifest)
            yield _stack(name, template, artifact, properties)


def _stack(name: str, template: Path, artifact: Mapping[str, Any], properties: Mapping[str, Any]) -> AssemblyStack:
    match = _ENVIRONMENT.fullmatch(str(artifact.get("environment")))
    account, region = (match["account"], match["region"]) if match else ("", "")
    stack_name = properties.get("stackName")
    return AssemblyStack(
        stack_name if isinstance(stack_name, str) else name,
        template,
        account if re.fullmatch(r"\d{12}", account) else "",
        "" if region == "unknown-region" else region,
    )


def _within(folder: Path, name: Any, manifest: SourceInput) -> Path:
    if not isinstance(name, str) or not (folder / name).resolve().is_relative_to(folder.resolve()):
        actual = shown(Path(name)) if isinstance(name, str) else "nothing"
        raise bad_source(manifest.name, f"expected the name of a file in this folder, got `{actual}`")
    return folder / name
