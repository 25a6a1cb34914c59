"""The section `sample_workload`: something to watch, for who has nothing yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Discriminator, Field, Tag

from generator.model.sample import FAILURE_RATE
from generator.spec.placements import placed_by_itself
from generator.spec.scalars import Key
from generator.spec.strict import Strict


class SampleWorkloadSpec(Strict):
    """A small shop in some members."""

    elsewhere: ClassVar[Mapping[str, str]] = placed_by_itself("`in` names the accounts with the sample workload")
    forms: ClassVar[Mapping[str, str]] = {"failure_rate": "a share, such as 0.05 for one in twenty"}

    in_: list[Key] = Field(alias="in", description="names of the accounts with the sample workload", min_length=1)
    log_group: Key | None = Field(
        default=None, description="key of a member log group to which it also logs its settlements"
    )
    failure_rate: float = Field(
        default=FAILURE_RATE,
        description="share of its payment calls and orders that fail, 0 to 1",
        ge=0,
        le=1,
    )


def _form(value: object) -> str:
    return "some" if isinstance(value, dict | SampleWorkloadSpec) else "all"


SampleWorkload = Annotated[
    Annotated[bool, Tag("all")] | Annotated[SampleWorkloadSpec, Tag("some")], Discriminator(_form)
]
