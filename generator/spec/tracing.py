"""The section `tracing`: sampling of X-Ray, and groups of traces."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from generator.spec.scalars import Key
from generator.spec.strict import Strict

# https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html
AttributeText = Annotated[str, Field(min_length=1, max_length=32)]


class SamplingSpec(Strict):
    """The requests of a sampling rule, and how many of them are recorded; texts accept * and ?."""

    rate: float = Field(
        default=0.1, description="share of requests recorded after the reservoir is used up, 0 to 1", ge=0, le=1
    )
    reservoir: int = Field(default=1, description="requests recorded each second before the rate applies", ge=0)
    priority: int = Field(
        default=1000, description="priority, 1 to 9999; the lowest matching rule applies", ge=1, le=9999
    )
    service: str = Field(default="*", description="name of the service on the trace map", min_length=1, max_length=64)
    service_type: str = Field(
        default="*", description="type of the service, such as AWS::ECS::Container", min_length=1, max_length=64
    )
    host: str = Field(default="*", description="Host header of the request", min_length=1, max_length=64)
    method: str = Field(default="*", description="HTTP method, such as POST", min_length=1, max_length=10)
    path: str = Field(default="*", description="path of the request URL", min_length=1, max_length=128)
    resource: str = Field(
        default="*", description="ARN of the resource that runs the service", min_length=1, max_length=500
    )
    attributes: dict[AttributeText, AttributeText] = Field(
        default_factory=dict,
        description='segment attributes, such as {tenant: "gold-*"}; at most five, all must match',
        max_length=5,
    )


class TraceGroupSpec(Strict):
    """A group of traces that are viewed together."""

    filter: str = Field(description="an X-Ray filter expression; seconds, not milliseconds", min_length=1)
    insights: bool = Field(default=False, description="enable X-Ray Insights (charged by recorded trace)")


FilterText = Annotated[str, Field(min_length=1)]


def _form(value: object) -> str:
    return "mapping" if isinstance(value, dict) else "text"


TraceGroup = Annotated[
    Annotated[FilterText, Tag("text")] | Annotated[TraceGroupSpec, Tag("mapping")], Discriminator(_form)
]


class TracingSpec(Strict):
    """X-Ray in every member."""

    sampling: dict[Key, SamplingSpec] = Field(default_factory=dict, description="sampling rules, by name")
    groups: dict[Key, TraceGroup] = Field(
        default_factory=dict, description="a filter expression, or {filter: …, insights: true}"
    )
