"""Findings of YAML files that are no spec, such as own prices."""

from __future__ import annotations

from dataclasses import replace

from generator.findings import Finding
from generator.spec.load import SECTIONS


def of_another_file(finding: Finding, content: str, hint: str) -> Finding:
    """A finding of a file that is no spec: Y04 names sections of a spec, and how to create one.

    content: what such a file must be, such as "a mapping of `prices`".
    """
    if finding.code != "Y04":
        return finding
    return replace(finding, message=finding.message.replace(SECTIONS, content), hint=hint)
