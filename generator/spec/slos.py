"""The slos section: the percentage of good events, and the severities of a budget that burns too fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from generator.spec.incidents import ServiceName
from generator.spec.placements import PlacedSpec
from generator.spec.quantities import Seconds
from generator.spec.scalars import EnumScalar, MissingDataName, SeverityName, SideName, Url
from generator.spec.signals import OperandSpec
from generator.spec.strict import Strict

NoTraffic = Annotated[Literal["quiet", "failing"], EnumScalar("a meaning of no traffic", "quiet", "failing")]


class SloSeverity(Strict):
    """The severities of a fast and a slow burn."""

    fast: SeverityName = Field(
        default="critical", description="severity of a fast burn (the budget is spent within hours)"
    )
    slow: SeverityName = Field(
        default="medium", description="severity of a slow burn (the budget is spent within days)"
    )


class SloSpec(PlacedSpec):
    """One service level objective."""

    forms: ClassVar[Mapping[str, str]] = {"objective": "below 100, such as 99.9, since 100 leaves no error budget"}

    in_: SideName = Field(
        default="members", alias="in", description="members: one objective for each account; hub: one over all accounts"
    )
    objective: float = Field(description="percentage of good events, such as 99.9", gt=0, lt=100)
    window: Seconds = Field(default=30 * 86_400, description="compliance period, such as 30d")
    bad: OperandSpec | None = Field(default=None, description="metric of bad events, by filter or by name")
    good: OperandSpec | None = Field(default=None, description="metric of good events, instead of `bad`")
    total: OperandSpec = Field(description="metric of all events, good and bad")
    environments: list[str] = Field(default_factory=list, description="environments with this objective (default: all)")
    no_traffic: NoTraffic = Field(default="quiet", description="meaning of a window without traffic: quiet or failing")
    missing_data: MissingDataName = Field(
        default="breaching", description="treatment of missing data, if there is no value even for no traffic"
    )
    severity: SloSeverity = Field(default_factory=SloSeverity, description="severity of the alarms: {fast, slow}")
    summary: str = Field(default="", description="one-line description for the person on call", max_length=200)
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    owner: str | None = Field(default=None, description="the responsible team")
    service: ServiceName | None = Field(
        default=None, description="the service it belongs to; alarms of one service form one incident"
    )
