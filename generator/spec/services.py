"""The services section: a thing of a known type, and the alarms that everybody who runs such a thing wants.

What a type watches, and which parameters it has, is its pack's to say (`generator.spec.packs`); here is what every
entry may have whatever its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from generator.spec.alarms import AlarmDefaults, OverrideSpec
from generator.spec.incidents import Alone, PageAgain
from generator.spec.placements import PlacedSpec
from generator.spec.scalars import Action, Key, SeverityName, SideName, Url
from generator.spec.strict import Strict


class ServiceAlarmSpec(AlarmDefaults):
    """What an entry has otherwise than its pack, in one alarm or in a group of alarms."""

    elsewhere: ClassVar[Mapping[str, str]] = {"service": "the service of these alarms is the name of the entry"}

    summary: str | None = Field(default=None, description="one line that a person reads at night", max_length=400)
    at_least: float | None = Field(default=None, description="less traffic in a period says nothing", gt=0)
    group: Alone | None = Field(default=None, description="none: it has incidents of its own, whatever else fires")
    page_again: PageAgain | None = Field(default=None, description="how soon a pager hears of it again, such as 30m")
    actions: list[Action] = Field(
        default_factory=list, description="ARNs that CloudWatch calls itself, or opsitem", max_length=5
    )
    overrides: list[OverrideSpec] = Field(default_factory=list, description="what differs from place to place")


class ServiceOverrideSpec(Strict):
    """What all alarms of an entry have otherwise in some places."""

    where: dict[str, str | list[str]] = Field(
        description="account: name, environment: name, region: name, unit: id, or a label: value; all have to hold",
        min_length=1,
    )
    severity: SeverityName | None = Field(default=None, description="decides who hears about them")
    enabled: bool | None = Field(default=None, description="false where there is no such thing")


def _form(value: object) -> str:
    return "switch" if isinstance(value, bool) else "alarm"


ServiceAlarm = Annotated[
    Annotated[bool, Tag("switch")] | Annotated[ServiceAlarmSpec, Tag("alarm")], Discriminator(_form)
]


# Where a pack calls something units, which is no list of them, it is kept under this key.
_UNITS = "units of the pack"


def _with_units_of_packs(schema: dict[str, Any]) -> None:
    """For editors: what a pack calls units is a number or a text, as its own type says."""
    own = schema["properties"]["units"]
    annotations = {name: own.pop(name) for name in ("description", "default", "title") if name in own}
    schema["properties"]["units"] = {"anyOf": [own, {"type": ["number", "string"]}], **annotations}


class ServiceSpec(PlacedSpec):
    """One thing that is watched. Keys that are not listed here are parameters and capacities of its pack."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_with_units_of_packs)

    type: str = Field(description="the name of a pack, such as lambda; `obsgen packs` lists them")
    in_: SideName = Field(default="members", alias="in", description="members or hub")
    severity: SeverityName | None = Field(default=None, description="of all its alarms, instead of the pack's")
    owner: str | None = Field(default=None, description="the team that answers")
    runbook: Url | None = Field(default=None, description="where to read what to do")
    enabled: bool | None = Field(default=None, description="false takes all its alarms away")
    alarms: dict[Key, ServiceAlarm] = Field(
        default_factory=dict, description="the pack's alarms: false, true, or what is otherwise"
    )
    overrides: list[ServiceOverrideSpec] = Field(default_factory=list, description="what differs from place to place")

    @model_validator(mode="before")
    @classmethod
    def _units_of_the_pack(cls, data: Any) -> Any:
        if not isinstance(data, dict) or isinstance(data.get("units"), list | dict | None):
            return data
        return {_UNITS if name == "units" else name: value for name, value in data.items()}

    @property
    def given(self) -> dict[str, Any]:
        """The parameters and capacities, as they are written."""
        return {"units" if name == _UNITS else name: value for name, value in (self.model_extra or {}).items()}


KEYS = frozenset(field.alias or name for name, field in ServiceSpec.model_fields.items())
RESERVED = KEYS - {"units"}
"""What no parameter of a pack can be called."""
