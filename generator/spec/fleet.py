"""The key `fleet` of a service: all resources of its type in each account, instead of a named one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from generator.spec.contributors import MOST_CONTRIBUTORS
from generator.spec.scalars import RegexScalar
from generator.spec.strict import Strict

# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
TagKey = Annotated[str, RegexScalar(r"[\w+\-=.:/@]{1,128}", "the key of a tag without spaces", "team")]


ResourceName = Annotated[str, Field(min_length=1, max_length=255)]
ExcludedNames = Annotated[list[ResourceName], Field(min_length=1, max_length=50)]


def _excluded_form(value: object) -> str:
    return "mapping" if isinstance(value, dict) else "list"


Excluded = Annotated[
    Annotated[ExcludedNames, Tag("list")] | Annotated[dict[str, ExcludedNames], Tag("mapping")],
    Discriminator(_excluded_form),
]


class FleetSpec(Strict):
    """Which resources, and how many incidents."""

    tags: dict[TagKey, str] = Field(
        default_factory=dict, description="only resources with these tags, such as {team: payments}", max_length=10
    )
    except_: Excluded | None = Field(
        default=None,
        alias="except",
        description="resources to exclude by their names: [old-job]; or by parameter: {service: [old-job]}",
    )
    most: int | None = Field(
        default=None,
        ge=1,
        le=MOST_CONTRIBUTORS,
        description="resources with an incident of their own at a time, for each alarm; 10 by default",
    )


def _form(value: object) -> str:
    return "switch" if isinstance(value, bool) else "fleet"


Fleet = Annotated[Annotated[bool, Tag("switch")] | Annotated[FleetSpec, Tag("fleet")], Discriminator(_form)]
