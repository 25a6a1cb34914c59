"""`vars`: values with names, put in place of `{var.name}` before the document is read, once for each environment.

What differs by environment alone is one value in the data of an environment. What differs by account or label becomes
overrides of the alarm that uses it, so that the cascade decides, as it does for those that are written there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationError

from generator.findings import Finding, Path, Severity, suggest
from generator.reading import MIB, MOST_WRITTEN
from generator.spec.alarms import TuningSpec
from generator.spec.composites import CompositeOverrideSpec
from generator.spec.scalars import Key, show, wrong
from generator.spec.strict import Strict, findings_of

VARS = "vars"
MARK = "{var."
_PLACEHOLDER = re.compile(r"\{var\.([^{}\s]*)\}")
# What was meant as one: with spaces, or never closed.
_NEARLY = re.compile(r"\{\s*var\.([\w-]+)\s*\}?")
# What has to be known before the values of an environment are, and what is no value.
WITHOUT = (VARS, "version", "project", "environments", "organization", "hub", "accounts", "include", "moved")
_ALARM, _ALARM_OF_SERVICE = 3, 5


def _value(value: object) -> object:
    items = value if isinstance(value, list) else [value]
    if all(isinstance(item, str | int) or (isinstance(item, float) and isfinite(item)) for item in items):
        return value
    raise wrong(
        f"expected text, a number, true, false or a list of those, got {show(value)}",
        'use a value such as "> 5", 3 or [a, b]',
    )


Value = Annotated[str | bool | int | float | list[str | bool | int | float], BeforeValidator(_value)]


class VariableOverrideSpec(Strict):
    """Another value for some accounts or environments."""

    where: dict[str, str | list[str]] = Field(
        description="account: name, environment: name, region: name, unit: ID, or label: value; all must match",
        min_length=1,
    )
    value: Value = Field(description="the value if the conditions match")


class VariableSpec(Strict):
    """A value that is not the same everywhere."""

    default: Value = Field(description="the value if no override matches")
    overrides: list[VariableOverrideSpec] = Field(
        default_factory=list,
        description="overrides; precedence: account, then label, unit or Region, then environment",
    )


def _form(value: object) -> str:
    return "mapping" if isinstance(value, dict | VariableSpec) else "value"


Variables = dict[
    Key, Annotated[Annotated[Value, Tag("value")] | Annotated[VariableSpec, Tag("mapping")], Discriminator(_form)]
]


class _Section(Strict):
    vars: Variables = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Use:
    """A value of the document that names a variable."""

    name: str
    path: Path


@dataclass(slots=True)
class Filled:
    """The data of one environment. failed: places whose placeholders are as they were, so that nothing more is said."""

    data: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)
    failed: set[Path] = field(default_factory=set)
    uses: list[Use] = field(default_factory=list)


def variables_of(data: Mapping[str, Any]) -> tuple[dict[str, VariableSpec], list[Finding]]:
    """The variables of a document, and what is wrong with their section (S01 to S03, R04)."""
    declared = data.get(VARS, {})
    variables: dict[str, VariableSpec] = {}
    findings: list[Finding] = []
    # One by one, so that a wrong one leaves the others to be used.
    for section in (
        [{VARS: {name: value}} for name, value in declared.items()]
        if isinstance(declared, dict)
        else [{VARS: declared}]
    ):
        try:
            read = _Section.model_validate(section).vars
        except ValidationError as error:
            findings += findings_of(error, _Section, section)
            continue
        variables |= {
            name: variable if isinstance(variable, VariableSpec) else VariableSpec(default=variable)
            for name, variable in read.items()
        }
    return variables, [*findings, *_unknown_names(variables, data)]


def _unknown_names(variables: Mapping[str, VariableSpec], data: Mapping[str, Any]) -> Iterator[Finding]:
    """Environments and accounts that there are not; labels are the cascade's to know."""
    for name, spec in variables.items():
        for index, override in enumerate(spec.overrides):
            for key, section in (("environment", "environments"), ("account", "accounts")):
                known = [str(name) for name in data.get(section) or ()]
                for word in _words(override.where.get(key, [])):
                    if word not in known:
                        path: Path = (VARS, name, "overrides", index, "where", key)
                        hint = suggest(word, known)
                        yield Finding("R04", f"there is no {key} `{word}`, so this value is not used", path, hint=hint)


def filled(data: Mapping[str, Any], variables: Mapping[str, VariableSpec], environment: str) -> Filled:
    """The data of an environment, with values in place of `{var.name}` (findings R01 and R07)."""
    filled_values = Filled({})
    values_of_vars = data.get(VARS)
    declared = {str(name) for name in values_of_vars} if isinstance(values_of_vars, dict) else set()
    walk = _Walk(variables, declared, environment, filled_values)
    filled_values.data = {
        key: walk.refused(value, (key,)) if key in WITHOUT else walk.value(value, (key,)) for key, value in data.items()
    }
    return filled_values


def unused_variables(variables: Mapping[str, VariableSpec], used: Collection[str]) -> list[Finding]:
    """A warning (R12) for each variable that no value names."""
    hint = "use {{var.{0}}}, or remove the variable"
    return [
        Finding("R12", f"the variable `{n}` is not used", (VARS, n), Severity.WARNING, hint.format(n), on="key")
        for n in variables
        if n not in used
    ]


class _Walk:
    """One walk over a document, for one environment. declared: names of all variables, of those that are wrong too."""

    def __init__(
        self, variables: Mapping[str, VariableSpec], declared: set[str], environment: str, filled_values: Filled
    ) -> None:
        self.variables = variables
        self.declared = declared
        self.made = filled_values
        self.size = 0
        applying = {
            name: [override for override in spec.overrides if _holds(override, environment)]
            for name, spec in variables.items()
        }
        # For every account alike, and for some of them.
        self.alike = {
            name: [override.value for override in overrides if not _by_account(override)]
            for name, overrides in applying.items()
        }
        self.differing = {
            name: [override for override in overrides if _by_account(override)] for name, overrides in applying.items()
        }

    def value(self, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            self.nearly(value, path)
            return self.text(value, path) if MARK in value else value
        if isinstance(value, list):
            return [self.value(inner, (*path, index)) for index, inner in enumerate(value)]
        if not isinstance(value, dict):
            return value
        entry = {key: self.value(inner, (*path, key)) for key, inner in value.items()}
        own = value.get("overrides", [])
        added = [override for key, inner in value.items() for override in self.overrides(key, inner, (*path, key), own)]
        return {**entry, "overrides": [*entry.get("overrides", ()), *added]} if added else entry

    def nearly(self, text: str, path: Path) -> None:
        """Report a text that names a variable without being a placeholder, and so would be used as plain text."""
        match = _NEARLY.search(_PLACEHOLDER.sub("", text)) if "var." in text else None
        if match and match[1] in self.declared:
            self.made.uses.append(Use(match[1], path))
            message = f"`{match[0]}` is not a placeholder and is not replaced"
            self.fail(path, Finding("R01", message, path, hint=f"{{var.{match[1]}}}"))

    def text(self, text: str, path: Path) -> Any:
        """A text with values in it, or the value itself where the text is one placeholder."""
        whole = _PLACEHOLDER.fullmatch(text)
        if whole:
            value = self.named(whole[1], path)
            return text if value is None else value
        return _PLACEHOLDER.sub(lambda match: self.inside(match, path), text)

    def inside(self, match: re.Match[str], path: Path) -> str:
        value = self.named(match[1], path)
        if isinstance(value, list):
            hint = f'use it as the whole value: "{match[0]}"'
            self.fail(path, Finding("R07", f"{match[0]} is a list, which cannot be part of a text", path, hint=hint))
        return match[0] if value is None or isinstance(value, list) else _as_text(value)

    def named(self, name: str, path: Path) -> Any:
        """The value of a variable in this environment; None where there is none, which is then said."""
        self.made.uses.append(Use(name, path))
        spec = self.variables.get(name)
        if spec is None:
            hint = suggest(name, self.declared, f"add vars: {{{name or 'name'}: …}}")
            known = Finding("R01", f"there is no variable `{name}`", path, hint=hint)
            self.fail(path, None if name in self.declared else known)
            return None
        if self.differing[name] and not _supports_overrides(path):
            message = f"`{{var.{name}}}` differs by account or label, but this field has one value for all"
            fields = ", ".join(TuningSpec.model_fields)
            words = f"use it as the whole value of {fields} of an alarm, or of severity or enabled of a composite"
            self.fail(path, Finding("R07", message, path, hint=words))
            return None
        value = [spec.default, *self.alike[name]][-1]
        return value if self.fits(value, path) else None

    def fits(self, value: Any, path: Path) -> bool:
        """True if all values together are within the limit; the first one above it is reported."""
        before = self.size
        self.size += sum(len(str(item)) + 1 for item in (value if isinstance(value, list) else [value]))
        if self.size <= MOST_WRITTEN:
            return True
        message = f"with this value, variables expand to more than {MOST_WRITTEN // MIB} MB"
        self.fail(path, Finding("Y05", message, path, hint="use shorter values") if before <= MOST_WRITTEN else None)
        return False

    def overrides(self, key: str, text: Any, path: Path, own: Any) -> Iterator[dict[str, Any]]:
        """The values by account or label, as overrides of the entry."""
        whole = _PLACEHOLDER.fullmatch(text) if isinstance(text, str) and MARK in text else None
        spec = self.variables.get(whole[1]) if whole else None
        if spec is None or whole is None or not _supports_overrides(path) or not isinstance(own, list):
            return
        added = self.differing[whole[1]]
        matching = [override for override in own if isinstance(override, dict) and key in override]
        if not all(self.fits(override.value, path) for override in added):
            return
        if added and any(set(override.get("where") or ()) != {"environment"} for override in matching):
            message = f"both `{whole[0]}` and the `overrides` of this entry differ by account or label"
            self.fail(path, Finding("R07", message, path, hint="use only one of the two"))
            return
        for index, entry in enumerate(added):
            self.made.uses.append(Use(whole[1], (*path[:-1], "overrides", len(own) + index, key)))
            yield {"where": {name: to for name, to in entry.where.items() if name != "environment"}, key: entry.value}

    def refused(self, value: Any, path: Path) -> Any:
        """A section that supports no variables, unchanged."""
        if isinstance(value, str) and _PLACEHOLDER.search(value) and path[0] != VARS:
            self.made.uses += [Use(name, path) for name in _PLACEHOLDER.findall(value)]
            message = f"`{path[0]}` cannot use variables: it is read before they are resolved"
            self.fail(path, Finding("R01", message, path, hint="write the value"))
        for key, inner in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            self.refused(inner, (*path, key))
        return value

    def fail(self, path: Path, finding: Finding | None) -> None:
        self.made.failed.add(path)
        self.made.findings += [finding] if finding else []


def _supports_overrides(path: Path) -> bool:
    """True if a place is a setting of an alarm or a composite that overrides can change."""
    is_alarm = path[0] == "alarms" and len(path) == _ALARM
    of_service = path[0] == "services" and len(path) == _ALARM_OF_SERVICE and path[2] == "alarms"
    if path[0] == "composites" and len(path) == _ALARM:
        return path[-1] in CompositeOverrideSpec.model_fields
    return (is_alarm or of_service) and path[-1] in TuningSpec.model_fields


def _by_account(override: VariableOverrideSpec) -> bool:
    """True if accounts of one environment may differ by it."""
    return set(override.where) != {"environment"}


def _holds(override: VariableOverrideSpec, environment: str) -> bool:
    """True if an override holds in an environment, for some account at least."""
    return environment in _words(override.where.get("environment", environment))


def _words(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
