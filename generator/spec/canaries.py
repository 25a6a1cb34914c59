"""The section `canaries`: addresses that are asked again and again, from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import Field

from generator.spec.incidents import ServiceName
from generator.spec.placements import placed_by_itself
from generator.spec.quantities import DatapointsText, Seconds, WarmUpText
from generator.spec.scalars import URL, Scalar, SeverityName, Url, matching, show, wrong
from generator.spec.strict import Strict

_LONGEST_URL = 2048
_written = matching(
    URL, "a URL", "https://checkout.example.com/health, beginning with https:// or http://", _LONGEST_URL
)


def _url(value: object) -> str:
    """A URL whose host and port can be distinguished."""
    text = _written(value)
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise wrong(f"{show(text)} has no valid host and port", "use a URL such as https://example.com:8443/")
    return text


CanaryUrl = Annotated[str, Scalar(_url, type="string", pattern=f"^(?:{URL})$", maxLength=_LONGEST_URL)]


class ExpectSpec(Strict):
    """The conditions that the response of a canary has to meet, all of them."""

    status: int = Field(default=200, description="expected HTTP status; redirects are not followed", ge=100, le=599)
    contains: str | None = Field(
        default=None, description="expected text in the first megabyte", min_length=1, max_length=500
    )
    within: Seconds | None = Field(default=None, description="maximum duration of the whole response")


class CanaryOverrideSpec(Strict):
    """The values of a canary in some environments."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "warm_up": "the warm-up cannot be overridden: set it in the canary, beside `overrides`"
    }

    where: dict[str, str | list[str]] = Field(description="condition, environment: name", min_length=1)
    enabled: bool | None = Field(default=None, description="false removes the canary and its alarm")
    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")
    datapoints: DatapointsText | None = Field(default=None, description="failed runs to alarm, M of N")


class CanarySpec(Strict):
    """One address, asked from the hub."""

    elsewhere: ClassVar[Mapping[str, str]] = placed_by_itself(
        "remove it: canaries are in the hub; use `overrides` to select environments"
    )

    url: CanaryUrl = Field(description="URL to probe, without secrets")
    every: Seconds = Field(default=300, description="interval, from 1m to 1h in whole minutes")
    timeout: Seconds = Field(default=30, description="timeout of one run, from 15s to 14m")
    expect: ExpectSpec = Field(default_factory=ExpectSpec, description="expected response")
    datapoints: DatapointsText | None = Field(default=None, description="failed runs to alarm, M of N, such as 2 of 3")
    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")
    summary: str = Field(default="", description="one-line description for the person on call", max_length=400)
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    owner: str | None = Field(default=None, description="the responsible team")
    service: ServiceName | None = Field(
        default=None, description="the service it belongs to; alarms of one service form one incident"
    )
    warm_up: WarmUpText | None = Field(
        default=None, description="time until the actions of its new alarm are enabled, such as 30m; or none"
    )
    enabled: bool | None = Field(default=None, description="false removes the canary and its alarm")
    overrides: list[CanaryOverrideSpec] = Field(default_factory=list, description="overrides by environment")
