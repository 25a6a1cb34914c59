"""The document of each environment: one for all of them where no variable is used, else one for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from generator.findings import Finding, Path
from generator.spec.document import Document, read
from generator.spec.load import Source
from generator.spec.variables import MARK, VARS, Filled, filled, unused_variables, variables_of


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a spec by environment; none for an environment whose document has errors.

    uses: the places that name each variable.
    """

    by_environment: Mapping[str, Document]
    findings: tuple[Finding, ...]
    uses: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)


def read_documents(data: dict[str, Any], source: Source) -> Documents:
    """The documents that plain data means, and what is wrong with it (S01 to S05, R01, R04, R07, R12)."""
    names = _environments(data)
    # Most specs have none, and walking through all values of a large one costs time.
    if VARS not in data and not any(MARK in text.text for text in (source, *source.others.values())):
        document, findings = read(data)
        return Documents(dict.fromkeys(names, document) if document else {}, tuple(findings))
    variables, all_findings = variables_of(data)
    documents: dict[str, Document] = {}
    uses: dict[str, dict[Path, None]] = {}
    for name in names:
        filled_values = filled(data, variables, name)
        document, findings = read(filled_values.data)
        all_findings += [*filled_values.findings, *_of_values(findings, filled_values)]
        if document:
            documents[name] = document
        for use in filled_values.uses:
            uses.setdefault(use.name, {})[use.path] = None
    all_findings += unused_variables(variables, uses)
    whole = documents if len(documents) == len(names) else {}
    return Documents(whole, tuple(dict.fromkeys(all_findings)), {name: tuple(paths) for name, paths in uses.items()})


def _of_values(findings: list[Finding], filled_values: Filled) -> list[Finding]:
    """Findings less those of placeholders that were said to be wrong; each that is of a value names its variable."""
    names = {use.path: use.name for use in filled_values.uses}
    remaining = [
        finding for finding in findings if finding.path not in filled_values.failed and finding.path[:1] != (VARS,)
    ]
    return [
        replace(finding, also=(*finding.also, ((VARS, names[finding.path]), "the value comes from")))
        if finding.path in names
        else finding
        for finding in remaining
    ]


def _environments(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The names as they are written; one that is empty where they cannot be understood."""
    environments = data.get("environments")
    names = [name for name in environments if isinstance(name, str)] if isinstance(environments, list | dict) else []
    return tuple(dict.fromkeys(names)) or ("",)
