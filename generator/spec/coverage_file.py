"""The lock of coverage beside a spec, as a build reads it: numbers for reports and waivers, not the lists of resources.

Those lists are most of the file, and `obsgen coverage --check` is for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from generator.findings import Finding, has_errors
from generator.reading import shown
from generator.spec.coverage_lock import LOCK, CoverageLockSpec, lock_faults
from generator.spec.load import Source
from generator.spec.packs import read_data
from generator.spec.parts_protocol import Parts

REPORTS = ("reports",)
_LISTS = re.compile(rb"^accounts:[ \t]*\n", re.MULTILINE)
_OTHER_KEY = re.compile(rb"^[^\s#]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CoverageFile:
    """A lock with the text that it was read from. lock: None where there is none, or where it has an error."""

    lock: CoverageLockSpec | None
    source: Source
    findings: tuple[Finding, ...] = ()


def read_coverage(spec: str, parts: Parts) -> CoverageFile | None:
    """The lock beside a spec; None without one. spec: its path."""
    name = shown(Path(spec).parent / LOCK)
    try:
        # Most specs have none, and the search for it is what the record of a build can repeat.
        if LOCK not in parts.matching(LOCK):
            return None
        content = parts.content(LOCK)
    except OSError as error:
        finding = Finding("Y07", f"could not read {LOCK}: {error.strerror or error}", REPORTS, on="key")
        return CoverageFile(None, Source(name, ""), (finding,))
    lock, source, findings = read_data(_without_lists(content), name, CoverageLockSpec)
    if lock is not None:
        findings = [*findings, *(replace(finding, file=name) for finding in lock_faults(lock))]
    return CoverageFile(None if has_errors(findings) else lock, source, tuple(findings))


def _without_lists(content: bytes) -> bytes:
    """The text up to `accounts` where that is the last key, as it is in every lock that obsgen wrote."""
    match = _LISTS.search(content)
    if match is None or _OTHER_KEY.search(content, match.end()):
        return content
    return content[: match.start()] + b"accounts: {}\n"
