"""The section `incidents`: how alarms become incidents."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.model.incidents import Evidence
from generator.spec.scalars import Scalar, Seconds, one_of
from generator.spec.strict import Strict

_WORDS = ("tickets", "everywhere", "none")
_one_of_the_words = one_of(_WORDS, "a way to treat evidence")


def _evidence(value: object) -> str:
    """A word; true and false as they were written before there were words."""
    if isinstance(value, bool):
        return "everywhere" if value else "none"
    return _one_of_the_words(value)


EvidenceName = Annotated[
    Evidence, Scalar(_evidence, oneOf=[{"type": "string", "enum": list(_WORDS)}, {"type": "boolean"}])
]


class IncidentsSpec(Strict):
    """What one incident is, and what is put into it."""

    reopen_within: Seconds = Field(
        default=1800, description="an ALARM this soon after the OK reopens the incident instead of making a new one"
    )
    evidence: EvidenceName = Field(
        default="tickets", description="who gets the last matching log lines, redacted: tickets, everywhere, or none"
    )
