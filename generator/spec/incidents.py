"""The section `incidents`: how alarms become incidents."""

from __future__ import annotations

from pydantic import Field

from generator.spec.scalars import Seconds
from generator.spec.strict import Strict


class IncidentsSpec(Strict):
    """What one incident is, and what is put into it."""

    reopen_within: Seconds = Field(
        default=1800, description="an ALARM this soon after the OK reopens the incident instead of making a new one"
    )
    evidence: bool = Field(
        default=True, description="add the last matching log lines, redacted, where the hub may read them"
    )
