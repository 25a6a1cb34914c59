"""What the reader of a dashboard can choose besides accounts and Regions, and its time range.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from generator.findings import Finding, Path
from generator.model.dashboard_variables import ReaderVariable
from generator.spec.dashboard_variables import ReaderVariableSpec
from generator.spec.dashboards import DashboardSpec

_FIRST = "__FIRST"
# What the other keys say, as CloudWatch spells it.
_KEYS = {
    "id": "id",
    "type": "property` or `pattern",
    "property": "property",
    "pattern": "pattern",
    "label": "label",
    "inputType": "input",
    "search": "search",
    "populateFrom": "populate_from",
    "defaultValue": "default",
    "visible": "visible",
}
_MOST_VALUES = 500


def time_range_findings(spec: DashboardSpec, path: Path) -> Iterator[Finding]:
    """Findings for a time range of which only one end is a time (R06), or that ends before it begins (R05)."""
    is_relative = spec.start.startswith("-P")
    if spec.end and is_relative:
        yield Finding("R06", "`end` requires a time in `start`", (*path, "end"), hint="set `start` to a time, too")
    elif not spec.end and not is_relative:
        yield Finding("R06", "`start` is a time, so it requires `end`", (*path, "start"), hint="add `end`")
    elif spec.end and spec.start >= spec.end:
        message = f"`end` is {spec.end}, which is not after `start`, {spec.start}"
        yield Finding("R05", message, (*path, "end"), hint="set `start` before `end`")


def choices(spec: DashboardSpec, path: Path, findings: list[Finding]) -> Iterator[ReaderVariable]:
    """The choices that the file defines itself (R05, R06, R07)."""
    known: set[str] = {name for name in spec.variables if isinstance(name, str)}
    for index, variable in enumerate(spec.variables):
        if not isinstance(variable, ReaderVariableSpec):
            continue
        at: Path = (*path, "variables", index)
        if variable.id in known:
            message = f"another variable of this dashboard has the ID `{variable.id}`"
            findings.append(Finding("R07", message, (*at, "id"), hint="use another ID"))
        known.add(variable.id)
        findings += _findings(variable, at)
        yield ReaderVariable(
            variable.id,
            variable.property or "",
            variable.pattern or "",
            variable.label or "",
            variable.input,
            tuple(variable.values.items()),
            variable.search or "",
            variable.populate_from or "",
            variable.default or "",
            variable.visible,
            json.dumps(variable.more, sort_keys=True) if variable.more else "",
            at,
        )


def _findings(variable: ReaderVariableSpec, path: Path) -> Iterator[Finding]:
    if bool(variable.property) == bool(variable.pattern):
        message = "a variable replaces either a `property` or a `pattern`"
        yield Finding("R06", message, path, hint="set `property: FunctionName`, or `pattern: text`")
    yield from _further(variable, (*path, "more"))
    if variable.input == "input":
        for key in ("values", "search", "populate_from"):
            if getattr(variable, key):
                message = f"`{key}` is for `input: select` and `input: radio`"
                yield Finding("R07", message, (*path, key), hint="remove it, or choose another `input`")
        return
    has_values = bool(variable.values or variable.more.get("values"))
    if has_values == bool(variable.search):
        message = f"`input: {variable.input}` requires `values` or `search`"
        yield Finding("R06", message, path, hint="add one of them")
    if bool(variable.search) != bool(variable.populate_from):
        yield Finding("R06", "`search` and `populate_from` require each other", path, hint="set both, or none")
    if variable.default and variable.values and variable.default not in (*variable.values.values(), _FIRST):
        message = f"the default `{variable.default}` is none of the values"
        yield Finding("R05", message, (*path, "default"), hint="use one of the values")


def _further(variable: ReaderVariableSpec, path: Path) -> Iterator[Finding]:
    """Findings for further properties that are those of other keys, or values that CloudWatch cannot read."""
    for name in variable.more:
        if name in _KEYS:
            yield Finding("R07", f"`{name}` is what `{_KEYS[name]}` says", (*path, name), hint=f"use `{_KEYS[name]}`")
    if "values" not in variable.more:
        return
    at: Path = (*path, "values")
    values = variable.more["values"]
    if variable.values:
        yield Finding("R07", "the variable has `values` already", at, hint="remove one of them")
    elif not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        yield Finding("R07", "`values` is a list of mappings in CloudWatch", at, hint="write [{value: jobs}]")
    elif len(values) > _MOST_VALUES:
        message = f"the variable has {len(values)} values; the limit of CloudWatch is {_MOST_VALUES}"
        yield Finding("R07", message, at, hint="use `search`")
