"""Telemetry that members share with the hub, in whole or in part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, Tag

from generator.spec.scalars import EnumScalar, RegexScalar
from generator.spec.strict import Strict

ALL = "all"
# Where the hub's account has a sink.
HUB_REGION, EVERY_REGION = "hub-region", "every-region"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Metric.html and API_CreateLogGroup
SharedName = Annotated[str, RegexScalar(r"[\w./#:{} -]+\*?", "a name, or a prefix followed by *", "AWS/EC2, or AWS/*")]


class ExceptNamesSpec(Strict):
    """Names to exclude; all others are included."""

    forms: ClassVar[Mapping[str, str]] = {"": 'all, [Shop, "AWS/*"] or {except: ["AWS/*"]}'}

    except_: list[SharedName] = Field(
        alias="except", description="what is not shared: names, or prefixes such as AWS/*", min_length=1
    )


def _form(value: object) -> str:
    if isinstance(value, str):
        return "whole"
    return "all-but" if isinstance(value, dict | Strict) else "list"


Whole = Annotated[str, EnumScalar("how much is shared", ALL)]
_WholeOrList = Annotated[str, RegexScalar(ALL, "`all` or a list of names", '[Shop, "AWS/*"]')]
SharedNames = Annotated[
    Annotated[_WholeOrList, Tag("whole")]
    | Annotated[list[SharedName], Field(min_length=1), Tag("list")]
    | Annotated[ExceptNamesSpec, Tag("all-but")],
    Discriminator(_form),
]


class SharingSpec(Strict):
    """The kinds of telemetry that members share with the hub, each in whole or in part."""

    forms: ClassVar[Mapping[str, str]] = {"": '[metrics, logs], or {metrics: ["AWS/*"], logs: all}'}

    metrics: SharedNames | None = Field(
        default=None, description="all, namespaces such as [Shop, AWS/*], or {except: […]}"
    )
    logs: SharedNames | None = Field(
        default=None, description="all, log groups such as [/aws/application/*], or {except: […]}"
    )
    traces: Whole | None = Field(default=None, description="all; traces cannot be shared in part")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of which anything is shared."""
        return tuple(kind for kind in type(self).model_fields if getattr(self, kind) is not None)


Kind = Annotated[str, EnumScalar("something to share", "metrics", "logs", "traces")]
AnySharing = Annotated[
    Annotated[list[Kind], Tag("list")] | Annotated[SharingSpec, Tag("parts")],
    Discriminator(lambda value: "parts" if isinstance(value, dict | Strict) else "list"),
]


def names_of(value: Any) -> tuple[list[str], bool] | None:
    """The names of a kind that is shared in part, and whether they are what is not shared; None for all of it."""
    if isinstance(value, ExceptNamesSpec):
        return value.except_, True
    return None if value is None or isinstance(value, str) else (value, False)
