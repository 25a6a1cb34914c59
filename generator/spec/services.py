"""The services section: a resource of a known type, with the alarms that are usual for the type.

A pack (`generator.spec.packs`) has the alarms and parameters of a type; this module has the keys of every entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from generator.spec.alarm_states import Actions, ActionStates
from generator.spec.alarms import AlarmDefaults, AlarmOverrideSpec
from generator.spec.fleet import Fleet
from generator.spec.incident_words import RoutedSeverity
from generator.spec.incidents import Alone, PageAgain
from generator.spec.own_names import AlarmName
from generator.spec.placements import PlacedSpec
from generator.spec.quantities import ThresholdText
from generator.spec.scalars import Key, SeverityName, SideName, Url
from generator.spec.strict import Strict


class ServiceAlarmSpec(AlarmDefaults):
    """The settings of an entry that differ from its pack, in one alarm or in a group of alarms."""

    elsewhere: ClassVar[Mapping[str, str]] = {"service": "`service` is the key of this entry: remove it"}

    name: AlarmName | None = None
    thresholds: dict[RoutedSeverity, ThresholdText] = Field(
        default_factory=dict, description='thresholds by severity, {high: "> 80", critical: "> 95"}: one alarm for each'
    )
    names: dict[RoutedSeverity, AlarmName] = Field(
        default_factory=dict, description="with `thresholds`: the own names of their alarms, by severity"
    )
    summary: str | None = Field(default=None, description="one-line description for the person on call", max_length=400)
    at_least: float | None = Field(
        default=None, description="minimum traffic in a period; below it the alarm does not fire", gt=0
    )
    group: Alone | None = Field(default=None, description="none: its incidents are never grouped with other alarms")
    ok: bool | None = Field(default=None, description="false: no e-mail and no chat message when it recovers")
    page_again: PageAgain | None = Field(default=None, description="how soon a pager is called again, such as 30m")
    actions: Actions
    actions_in: ActionStates | None = None
    actions_enabled: bool | None = Field(
        default=None, description="false: CloudWatch invokes no action, and no channel is called"
    )
    overrides: list[AlarmOverrideSpec] = Field(
        default_factory=list, description="overrides by account, label, unit, Region or environment"
    )


class ServiceOverrideSpec(Strict):
    """The settings of all alarms of an entry in some accounts, environments or Regions."""

    where: dict[str, str | list[str]] = Field(
        description="account: name, environment: name, region: name, unit: ID, or label: value; all must match",
        min_length=1,
    )
    severity: SeverityName | None = Field(
        default=None, description="how severe they are; selects the notified channels"
    )
    enabled: bool | None = Field(default=None, description="false removes the alarms")


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
    fleet: Fleet = Field(
        default=False, description="all resources of the type instead of one: true, or {tags: {team: payments}}"
    )
    severity: SeverityName | None = Field(
        default=None, description="severity of all its alarms, instead of the severities of the pack"
    )
    owner: str | None = Field(default=None, description="the responsible team")
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    enabled: bool | None = Field(default=None, description="false removes all its alarms")
    alarms: dict[Key, ServiceAlarm] = Field(
        default_factory=dict, description="alarms of the pack: false, true, or settings that differ"
    )
    overrides: list[ServiceOverrideSpec] = Field(
        default_factory=list, description="overrides by account, label, unit, Region or environment"
    )

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
