"""The sections `owners` and `require`: who answers for what, and what has to be known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from generator.spec.incident_words import RoutedSeverity
from generator.spec.scalars import EnumScalar, Key, RegexScalar
from generator.spec.strict import Strict

Required = Literal["owner", "runbook"]
RequiredName = Annotated[Required, EnumScalar("something that a critical alarm can have", "owner", "runbook")]
RunbookPattern = Annotated[
    str,
    RegexScalar(
        r"https://[^\s/$.?#\\@][^\s\\]*", "an address over https with {alarm} in it", "https://wiki.example.com/{alarm}"
    ),
]


def _form(value: object) -> str:
    return "list" if isinstance(value, list) else "mapping"


OwnerChannels = Annotated[
    Annotated[list[Key], Tag("list")] | Annotated[dict[RoutedSeverity, list[Key]], Tag("mapping")],
    Discriminator(_form),
]


class OwnerSpec(Strict):
    """A team, and what holds of everything that it owns."""

    elsewhere: ClassVar[Mapping[str, str]] = {"runbook": "`runbooks` is a pattern for all: https://…/{alarm}"}
    forms: ClassVar[Mapping[str, str]] = {
        "": "such as {channels: [pager], runbooks: https://wiki.example.com/{alarm}}",
        "channels": "write [name], or by severity: {critical: [name]}",
    }

    channels: OwnerChannels = Field(
        default_factory=dict,
        description="who hears of it where no rule of the routes holds: a list, or lists by severity",
    )
    runbooks: RunbookPattern | None = Field(
        default=None, description="of what has no runbook of its own, such as https://wiki.example.com/{alarm}"
    )
