"""The section `canaries`: addresses that are asked again and again, from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from generator.spec.incidents import ServiceName
from generator.spec.placements import placed_by_itself
from generator.spec.scalars import URL, DatapointsText, RegexScalar, Seconds, SeverityName, Url, WarmUpText
from generator.spec.strict import Strict

CanaryUrl = Annotated[
    str, RegexScalar(URL, "a web address", "https://checkout.example.com/health, with https:// or http:// before it")
]


class ExpectSpec(Strict):
    """What the answer has to be; all of it."""

    status: int = Field(default=200, description="the HTTP status; redirects are not followed", ge=100, le=599)
    contains: str | None = Field(default=None, description="a text in the first megabyte", min_length=1, max_length=500)
    within: Seconds | None = Field(default=None, description="how long the whole answer may take")


class CanaryOverrideSpec(Strict):
    """What differs in some environments."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "warm_up": "a canary's warm-up is the same everywhere: write it in the canary, beside `overrides`"
    }

    where: dict[str, str | list[str]] = Field(description="environment: name", min_length=1)
    enabled: bool | None = Field(default=None, description="false takes the canary away, and its alarm")
    severity: SeverityName | None = Field(default=None, description="decides who hears about it")
    datapoints: DatapointsText | None = Field(default=None, description="M of N runs that fail")


class CanarySpec(Strict):
    """One address, asked from the hub."""

    elsewhere: ClassVar[Mapping[str, str]] = placed_by_itself(
        "a canary is in the hub, and no member has it; `overrides` say in which environments it is"
    )

    url: CanaryUrl = Field(description="the address; no secret belongs in it")
    every: Seconds = Field(default=300, description="how often, from 1m to 1h in whole minutes")
    timeout: Seconds = Field(default=30, description="how long one run may take, from 15s to 14m")
    expect: ExpectSpec = Field(default_factory=ExpectSpec, description="what the answer has to be")
    datapoints: DatapointsText | None = Field(default=None, description="M of N runs that fail, such as 2 of 3")
    severity: SeverityName | None = Field(default=None, description="decides who hears about it")
    summary: str = Field(default="", description="one line that a person reads at night", max_length=400)
    runbook: Url | None = Field(default=None, description="where to read what to do")
    owner: str | None = Field(default=None, description="the team that answers")
    service: ServiceName | None = Field(
        default=None, description="what it is about: alarms of one service are one incident"
    )
    warm_up: WarmUpText | None = Field(
        default=None, description="how long its new alarm waits for runs, such as 30m; or none"
    )
    enabled: bool | None = Field(default=None, description="false takes the canary away, and its alarm")
    overrides: list[CanaryOverrideSpec] = Field(
        default_factory=list, description="what differs from environment to environment"
    )
