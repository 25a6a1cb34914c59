"""The base of every section, and the translation of what Pydantic finds into our findings.

Unknown keys are errors with a did-you-mean; the path of an error is the path in the YAML, without the tags that
Pydantic adds for unions.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from generator.findings import Finding, Path, suggest, without_duplicates
from generator.spec import suggestions as near
from generator.spec.scalars import show


class Strict(BaseModel):
    """A part of the language: frozen, nothing unknown, nothing converted silently.

    elsewhere: keys that belong to another section, with the hint that names it.
    forms: keys to the form of their values, as a hint for other values; the empty key for the part itself.
    """

    elsewhere: ClassVar[Mapping[str, str]] = {}
    forms: ClassVar[Mapping[str, str]] = {}
    # A section's validator is made when one is read, and not once more for each section around it.
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, populate_by_name=True, allow_inf_nan=False, defer_build=True
    )


def findings_of(error: ValidationError, root: type[BaseModel], data: Mapping[str, Any]) -> list[Finding]:
    """Everything that Pydantic found in `data`, one finding for each place."""
    by_path: dict[tuple[Path, str], Finding] = {}
    for detail in error.errors(include_url=False):
        path = _yaml_path(detail["loc"], data, missing=detail["type"] == "missing")
        finding = _finding(detail, path, root)
        if detail["loc"][-1] == "[key]":
            finding = replace(finding, on="key")
        by_path.setdefault((finding.path, finding.message), finding)
    return without_duplicates(by_path.values())


def _yaml_path(loc: tuple[int | str, ...], data: object, *, missing: bool) -> Path:
    """The steps of a location that exist in the data. missing: the last one is a key that is not there."""
    path: list[int | str] = []
    value = data
    tagged = False
    for index, step in enumerate(loc):
        # A widget of `type: alarms` has a key `alarms` too: the first such step is the tag.
        tagged = not tagged and isinstance(value, dict) and value.get("type") == step
        if tagged:
            continue
        is_entry = isinstance(value, dict) and step in value
        if is_entry or (isinstance(value, list) and isinstance(step, int) and step < len(value)):
            path.append(step)
            value = value[step]  # type: ignore[index]  # the line above made sure that it fits
        elif missing and index == len(loc) - 1 and isinstance(value, dict):
            path.append(step)
    return tuple(path)


def _finding(detail: ErrorDetails, path: Path, root: type[BaseModel]) -> Finding:
    kind, context = detail["type"], detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            key = str(path[-1])
            known = _keys_at(root, path[:-1], detail["loc"][:-1])
            hint = _elsewhere(root, path) or suggest(key, sorted(known))
            return Finding("S01", f"unknown key `{key}`", path, hint=hint, on="key")
        case "missing":
            return Finding("S02", f"`{path[-1]}` is missing", path, hint=_missing_hint(root, path, detail["loc"]))
        case "scalar":
            return Finding("S03", str(context["message"]), path, hint=str(context["hint"]))
        case "union_tag_invalid":
            words = str(context["expected_tags"]).replace("'", "").split(", ")
            key = str(context["discriminator"]).strip("'")
            value = detail["input"].get(key) if isinstance(detail["input"], dict) else context["tag"]
            if not isinstance(value, str):
                message = f"expected the name of a type, got {show(value)}"
                return Finding("S03", message, (*path, key), hint=f"use one of {', '.join(words)}")
            return Finding("S03", f"unknown type `{value}`", (*path, key), hint=near.kind(value, words))
        case "union_tag_not_found":
            key = str(context["discriminator"]).strip("'")
            return Finding("S02", f"`{key}` is missing", (*path, key), hint=_types(_models_at(root, path)))
    if kind in _LENGTHS:
        return Finding("S03", _length(kind, context, detail["input"]), path)
    message = f"expected {_expected(kind, context)}, got {show(detail['input'])}"
    return Finding("S03", message, path, hint=_type_hint(kind, detail) or _form(root, path) or _keys(kind, root, path))


# What is counted, and the bound that was missed.
_LENGTHS = {
    "string_too_long": ("character", "max_length", "at most"),
    "string_too_short": ("character", "min_length", "at least"),
    "too_long": ("entry", "max_length", "at most"),
}


def _length(kind: str, context: Mapping[str, Any], value: Any) -> str:
    """The message for a text or list of the wrong length: expected before actual."""
    unit, bound, word = _LENGTHS[kind]
    limit = int(context[bound])
    if kind == "string_too_short" and not value:
        return "expected text that is not empty"
    units = unit if limit == 1 else {"entry": "entries"}.get(unit, f"{unit}s")
    return f"expected {word} {limit} {units}, got {len(value)}"


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "too_short": "at least one entry",
    "finite_number": "a finite number",
    "date_type": "a date such as 2027-06-30",
}


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "literal_error":
        return f"{context['expected']}"
    for bound, word in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if bound in context:
            return f"a number of {word} {context[bound]}"
    return _EXPECTED.get(kind, kind.replace("_", " "))


def _type_hint(kind: str, detail: ErrorDetails) -> str:
    value = detail["input"]
    if kind == "string_type" and isinstance(value, list):
        return "quote it: YAML reads a value in brackets as a list"
    if kind == "string_type" and isinstance(value, bool):
        return f'quote it: "{show(value)}"; YAML reads yes, no, on and off as true and false'
    if kind == "string_type" and isinstance(value, int | float):
        return f'quote it: "{value}"'
    if kind in _OF_KINDS:
        return _OF_KINDS[kind](value)
    if kind == "list_type" and isinstance(value, dict):
        return "put it into brackets, [{…}], or begin it with `- `"
    wants_list = kind in ("list_type", "tuple_type")
    return f"write [{near.entry(value)}]" if wants_list and isinstance(value, str | int) else ""


_OF_KINDS: Mapping[str, Callable[[object], str]] = {
    "bool_type": near.switch,
    "int_type": near.number,
    "float_type": near.number,
    "dict_type": near.entries,
    "model_type": near.entries,
    "model_attributes_type": near.entries,
}


def _keys(kind: str, root: type[BaseModel], path: Path) -> str:
    """The expected keys of a mapping: the required ones, else the optional ones."""
    if not kind.startswith("model"):
        return "write a mapping by name, {name: …}" if kind == "dict_type" else ""
    models = _models_at(root, path)
    if types_ := _types(models):
        return types_
    fields = [(f.alias or name, f.is_required()) for m in models for name, f in m.model_fields.items()]
    needed = [name for name, is_needed in fields if is_needed]
    return f"write {{{', '.join(f'{name}: …' for name in needed)}}}" if needed else _some(dict(fields))


def _types(models: Collection[type[BaseModel]]) -> str:
    """The types of mappings that differ by their `type`; empty where there is one form only."""
    tags = [tag for model in models if (tag := _tag(model))]
    return f"write {{type: …}} with one of the types {', '.join(tags)}" if len(tags) > 1 else ""


def _some(keys: Collection[str]) -> str:
    return f"use the keys {', '.join(keys)}" if keys else ""


def _form(root: type[BaseModel], path: Path) -> str:
    """The form of a value, if that is known."""
    pairs = [(path, "")] + ([(path[:-1], str(path[-1]))] if path else [])
    models = [(model, key) for at, key in pairs for model in _models_at(root, at) if issubclass(model, Strict)]
    return next((hint for model, key in models if (hint := model.forms.get(key))), "")


def _missing_hint(root: type[BaseModel], path: Path, loc: tuple[int | str, ...]) -> str:
    """The description of the missing field, which says what it is for."""
    models = _models_at(root, path[:-1])
    tagged = [model for model in models if len(loc) > 1 and _tag(model) == loc[-2]]
    for model in tagged or models:
        for name, field in model.model_fields.items():
            if path[-1] in (name, field.alias) and field.description:
                return f"add it: {field.description}"
    return ""


def _elsewhere(root: type[BaseModel], path: Path) -> str:
    """The section in which an unknown key would be right, if that is known."""
    models = [model for model in _models_at(root, path[:-1]) if issubclass(model, Strict)]
    return next((hint for model in models if (hint := model.elsewhere.get(str(path[-1])))), "")


def _keys_at(root: type[BaseModel], path: Path, loc: tuple[int | str, ...]) -> set[str]:
    """The keys that a mapping may have; of the union member that `loc` names, where it is a union."""
    models = _models_at(root, path)
    tagged = [m for m in models if loc and _tag(m) == loc[-1]]
    return {field.alias or name for model in tagged or models for name, field in model.model_fields.items()}


def _tag(model: type[BaseModel]) -> str | None:
    field = model.model_fields.get("type")
    literals = typing.get_args(field.annotation) if field else ()
    return literals[0] if len(literals) == 1 else None


def _models_at(root: type[BaseModel], path: Path) -> list[type[BaseModel]]:
    annotations: list[Any] = [root]
    for step in path:
        annotations = [inner for outer in annotations for inner in _inside(outer, step)]
    return [model for outer in annotations for model in _models(outer)]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated):
        return [model for part in typing.get_args(annotation) for model in _models(part)]
    return []


def _inside(annotation: Any, step: str | int) -> list[Any]:
    """The annotations one level below another one."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType, typing.Annotated):
        return [inner for part in arguments for inner in _inside(part, step)]
    if origin is dict:
        return [arguments[1]]
    if origin in (list, tuple):
        return [arguments[0]]
    fields = [pair for model in _models(annotation) for pair in model.model_fields.items()]
    return [field.annotation for name, field in fields if step in (name, field.alias)]
