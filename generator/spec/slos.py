"""The slos section: what share of something has to be good, and who hears when the rest is used up too fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from generator.spec.incidents import ServiceName
from generator.spec.placements import PlacedSpec
from generator.spec.scalars import EnumScalar, MissingDataName, Seconds, SeverityName, SideName, Url
from generator.spec.signals import OperandSpec
from generator.spec.strict import Strict

NoTraffic = Annotated[Literal["quiet", "failing"], EnumScalar("a meaning of no traffic", "quiet", "failing")]


class SloSeverity(Strict):
    """How bad it is that the budget burns."""

    fast: SeverityName = Field(default="critical", description="in hours: somebody has to get up")
    slow: SeverityName = Field(default="medium", description="in days: somebody has to look into it")


class SloSpec(PlacedSpec):
    """One service level objective."""

    forms: ClassVar[Mapping[str, str]] = {"objective": "such as 99.9; all of it leaves no budget to burn"}

    in_: SideName = Field(
        default="members", alias="in", description="members: an objective of each account; hub: one of all together"
    )
    objective: float = Field(description="percent of all that has to be good, such as 99.9", gt=0, lt=100)
    window: Seconds = Field(default=30 * 86_400, description="over which it is promised, such as 30d")
    bad: OperandSpec | None = Field(default=None, description="what was bad: a metric, by filter or by name")
    good: OperandSpec | None = Field(default=None, description="or what was good")
    total: OperandSpec = Field(description="all there was, good and bad")
    environments: list[str] = Field(default_factory=list, description="where it is promised; everywhere unless given")
    no_traffic: NoTraffic = Field(default="quiet", description="what a window without traffic means: quiet or failing")
    missing_data: MissingDataName = Field(
        default="breaching", description="where CloudWatch has not even the number that stands for no traffic"
    )
    severity: SloSeverity = Field(default_factory=SloSeverity, description="who hears about it: {fast, slow}")
    summary: str = Field(default="", description="one line that a person reads at night", max_length=200)
    runbook: Url | None = Field(default=None, description="where to read what to do")
    owner: str | None = Field(default=None, description="the team that answers")
    service: ServiceName | None = Field(
        default=None, description="what it is about: alarms of one service are one incident"
    )
