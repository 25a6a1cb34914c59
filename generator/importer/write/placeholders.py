"""Texts of AWS as texts of the language: braces escaped, variables, and the account and Region as placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable

from generator.importer.resources import ImportedResource
from generator.importer.unknown_values import MARK
from generator.importer.write.types import Location

_BRACES = re.compile(r"(?<!\$)\{([A-Za-z_-]+|label\.[\w-]+|var\.[\w-]+)\}")
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


def escaped(text: str) -> str:
    """A text in which nothing is a placeholder except the variables to fill in."""
    return MARK.sub(lambda match: f"{{var.{match[1]}}}", _BRACES.sub(r"{{\1}}", text))


def placed(text: str, location: Location, *, is_named: bool) -> str:
    """A text with the place as placeholders. is_named: also the account's name, where it is a word of the text."""
    text = _ACCOUNT.sub(lambda match: "{account_id}" if match[0] == location.account else match[0], escaped(text))
    if f":{location.region}:" in text:
        text = text.replace(f":{location.region}:", ":{region}:")
    if is_named:
        text = _word(location.name).sub("{account}", text)
    return text


def in_place(arn: str, resource: ImportedResource) -> str:
    """An ARN with the account and Region of a resource as placeholders; then also its partition."""
    placed_arn = arn.replace(f":{resource.account}:", ":{account_id}:").replace(f":{resource.region}:", ":{region}:")
    if placed_arn == arn:
        return arn
    return re.sub(r"^arn:aws[a-z-]*:", "arn:{partition}:", placed_arn)


def without_place(text: str, location: Location) -> str:
    """A text as a key in which neither account nor Region matters, to compare names of several accounts."""
    text = text.replace(location.account, "{account_id}").replace(location.region, "{region}")
    return _word(location.name).sub("{account}", text)


def marks(texts: Iterable[str]) -> set[str]:
    """The names of the variables in texts of the language."""
    return {name for text in texts for name in re.findall(r"\{var\.([a-z0-9-]+)\}", text)}


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])")
