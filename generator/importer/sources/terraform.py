"""Terraform and OpenTofu: states, and what `terraform show -json` prints of states and plans."""

from __future__ import annotations

import re

from generator.importer.source import ReadOptions, SourceInput, SourceParts
from generator.importer.terraform.show import read_show
from generator.importer.terraform.stacks import terraform_parts
from generator.importer.terraform.state import read_state
from generator.importer.types import SourceKind

KIND = SourceKind.TERRAFORM
WHAT = "a state or plan of Terraform"

_SHOW_KEYS = frozenset(("planned_values", "resource_changes", "values"))
_BROKEN = re.compile(r"\"(?:terraform_version|planned_values|format_version)\"\s*:")


def recognizes(source: SourceInput) -> bool:
    """A state as Terraform stores it, or the output of `terraform show -json`, even of an empty state."""
    keys = source.keys
    if keys:
        is_shown = bool(keys & _SHOW_KEYS) or {"format_version", "terraform_version"} <= keys
        return is_shown or {"version", "terraform_version"} <= keys
    return source.path.suffix == ".tfstate" or (source.is_json and bool(_BROKEN.search(source.text)))


def read(source: SourceInput, options: ReadOptions) -> SourceParts:
    """A stack for each account and Region. Raises BadSources."""
    document = source.document
    is_state = isinstance(document, dict) and "version" in document and not _SHOW_KEYS & set(document)
    return terraform_parts(source, read_state(source) if is_state else read_show(source), options)
