"""Parametrized tests: written once, with `each`, and simulated for each row.

`{name}` in any text of the test stands for the row's value of that name, a number where that is all there is; other
braces are left for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from generator.findings import Finding, suggest

MOST_ROWS = 1000
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def repeated(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[int, int], list[Finding]]:
    """The file with every test once for each of its rows; where each of them stands in it; what is wrong with rows."""
    tests = data.get("tests")
    tests_: list[Any] = []
    at: dict[int, int] = {}
    wrong: list[Finding] = []
    for index, test in enumerate(tests if isinstance(tests, list) else ()):
        rows = test.get("each") if isinstance(test, Mapping) else None
        if not isinstance(rows, list) or not rows or not all(isinstance(row, Mapping) for row in rows):
            at[len(tests_)] = index
            tests_.append(test)
            continue
        if len(rows) > MOST_ROWS:
            message = f"expected at most {MOST_ROWS:,} rows, got {len(rows):,}"
            wrong.append(Finding("R05", message, ("tests", index, "each")))
        for number, row in enumerate(rows[:MOST_ROWS]):
            at[len(tests_)] = index
            wrong += _unused(test, row, index, number)
            body = {key: value for key, value in test.items() if key != "each"}
            tests_.append({**_filled(body, row), "each": rows})
    return ({**data, "tests": tests_} if isinstance(tests, list) else dict(data)), at, wrong


def at_place(finding: Finding, at: Mapping[int, int]) -> Finding:
    """A finding about a parametrized test, with its position in the file."""

    def placed(path: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(path) > 1 and path[0] == "tests" and isinstance(path[1], int):
            return ("tests", at.get(path[1], path[1]), *path[2:])
        return path

    also = tuple((placed(path), text) for path, text in finding.also)
    return replace(finding, path=placed(finding.path), also=also)


def unique(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once."""
    findings_: list[Finding] = []
    for finding in findings:
        if finding not in findings_:
            findings_.append(finding)
    return findings_


def _unused(test: Mapping[str, Any], row: Mapping[str, Any], index: int, number: int) -> list[Finding]:
    """Findings about names of a row that the test does not use, likely typos."""
    names = set(_names({key: value for key, value in test.items() if key != "each"}))
    findings = []
    for name in row:
        if name not in names:
            path = ("tests", index, "each", number, str(name))
            hint = suggest(str(name), names, f"write {{{name}}} where its value belongs")
            findings.append(Finding("R02", f"the test does not use {{{name}}}", path, hint=hint, on="key"))
    return findings


def _names(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield from _PLACE.findall(value)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _names(key)
            yield from _names(part)
    elif isinstance(value, list):
        for part in value:
            yield from _names(part)


def _filled(value: Any, row: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        alone = _PLACE.fullmatch(value)
        if alone and alone[1] in row:
            return row[alone[1]]
        return _PLACE.sub(lambda match: _text(row.get(match[1], match[0])), value)
    if isinstance(value, Mapping):
        return {_text(_filled(key, row)): _filled(part, row) for key, part in value.items()}
    return [_filled(item, row) for item in value] if isinstance(value, list) else value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
