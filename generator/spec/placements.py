"""Placement of entries in members: the keys that every section has for it.

An account that joins a unit later has no name and no labels here: it has every entry whose rules use neither names nor
labels. Its unit is known where an environment has one. The hub is no member, and has only entries that name it:
`accounts: [hub]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from generator.model.accounts import HUB_ACCOUNT
from generator.spec.scalars import Key, RegionName, UnitId
from generator.spec.strict import Strict

# The keys of `PlacedSpec`, for the placement of all entries in members.
PLACE_KEYS = ("accounts", "labels", "units", "later", "regions")


def placed_by_itself(hint: str, keys: Sequence[str] = PLACE_KEYS) -> dict[str, str]:
    """The hints of `elsewhere` for a section with placement keys of its own."""
    return dict.fromkeys(keys, hint)


class ExceptAccountsSpec(Strict):
    """Every account but some."""

    forms: ClassVar[Mapping[str, str]] = {"": "[ledger, payments], or {except: [sandbox]}"}

    except_: list[Key] = Field(alias="except", description="excluded accounts", min_length=1)


class ExceptUnitsSpec(Strict):
    """Every organizational unit but some, and no unit at all."""

    forms: ClassVar[Mapping[str, str]] = {"": "[ou-ab12-cdefgh34], or {except: [ou-ab12-cdefgh34]}"}

    except_: list[UnitId] = Field(alias="except", description="units whose accounts are excluded", min_length=1)


class ExceptRegionsSpec(Strict):
    """Every Region but some."""

    forms: ClassVar[Mapping[str, str]] = {"": "[us-east-1], or {except: [eu-west-1]}"}

    except_: list[RegionName] = Field(alias="except", description="excluded Regions", min_length=1)


class ExceptValuesSpec(Strict):
    """Every value of a label but some, and no value at all."""

    forms: ClassVar[Mapping[str, str]] = {"": "critical, [critical, standard] or {except: [sandbox]}"}

    except_: list[str] = Field(alias="except", description="excluded values", min_length=1)


# A tag that is a key of the mapping too would be read as a step of its path.
def _form(value: object) -> Literal["text", "list", "all-but"]:
    if isinstance(value, str):
        return "text"
    return "all-but" if isinstance(value, dict | Strict) else "list"


AccountsRule = Annotated[
    Annotated[list[Key], Field(min_length=1), Tag("list")] | Annotated[ExceptAccountsSpec, Tag("all-but")],
    Discriminator(lambda value: "all-but" if _form(value) == "all-but" else "list"),
]
UnitsRule = Annotated[
    Annotated[list[UnitId], Field(min_length=1), Tag("list")] | Annotated[ExceptUnitsSpec, Tag("all-but")],
    Discriminator(lambda value: "all-but" if _form(value) == "all-but" else "list"),
]
RegionsRule = Annotated[
    Annotated[list[RegionName], Field(min_length=1), Tag("list")] | Annotated[ExceptRegionsSpec, Tag("all-but")],
    Discriminator(lambda value: "all-but" if _form(value) == "all-but" else "list"),
]
LabelRule = Annotated[
    Annotated[str, Tag("text")]
    | Annotated[list[str], Field(min_length=1), Tag("list")]
    | Annotated[ExceptValuesSpec, Tag("all-but")],
    Discriminator(_form),
]


class PlacedSpec(Strict):
    """A thing that not every member has to have."""

    accounts: AccountsRule | None = Field(default=None, description="accounts it is deployed to; or {except: […]}")
    labels: dict[Key, LabelRule] = Field(
        default_factory=dict, description="labels of the accounts it is deployed to: {tier: critical}"
    )
    units: UnitsRule | None = Field(
        default=None, description="units to whose accounts it is deployed; or {except: […]}"
    )
    later: bool | None = Field(
        default=None,
        description="whether it is deployed to accounts that join a unit later, if the rest leaves it open",
    )
    regions: RegionsRule | None = Field(default=None, description="Regions it is deployed to; or {except: […]}")

    @property
    def is_placed(self) -> bool:
        """True if any of it is said."""
        conditions = (self.accounts, self.units, self.later, self.regions)
        return bool(self.labels) or any(condition is not None for condition in conditions)

    @property
    def is_of_hub(self) -> bool:
        """True for an alarm that monitors the hub itself, and is created there."""
        return self.accounts == [HUB_ACCOUNT]

    @model_validator(mode="before")
    @classmethod
    def _in_the_hub(cls, data: Any) -> Any:
        """`accounts: [hub]` says `in: hub`, too."""
        has_side = "in_" in cls.model_fields
        is_of_hub = isinstance(data, dict) and data.get("accounts") == [HUB_ACCOUNT]
        return {"in": "hub", **data} if has_side and is_of_hub else data
