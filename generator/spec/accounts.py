"""Sections that say where: environments, organization, hub, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Discriminator, Field, Tag

from generator.model.accounts import StackSets
from generator.spec.members import MembersSpec
from generator.spec.scalars import (
    AccountId,
    EnumScalar,
    EnvironmentName,
    Key,
    OrganizationId,
    RegionName,
    Scalar,
    UnitId,
    account_id,
    show,
    wrong,
)
from generator.spec.strict import Strict

StackSetsName = Annotated[
    StackSets, EnumScalar("a way to run stack sets", "delegated-admin", "management", "self-managed")
]


class OrganizationSpec(Strict):
    """The AWS organization that every account belongs to."""

    id: OrganizationId = Field(description="the organization's ID, such as o-a1b2c3d4e5")
    stack_sets: StackSetsName = Field(default="delegated-admin", description="who manages the stack sets")
    members: MembersSpec | None = Field(
        default=None, description="members from the organization, locked by `obsgen accounts --update`"
    )


class HubSpec(Strict):
    """The account and region everything is watched from."""

    account: AccountId = Field(description='the account ID of the hub, such as "111111111111"')
    region: RegionName = Field(default="us-east-1", description="the Region of the hub")


class AccountSpec(Strict):
    """A member account: name, ID, labels and Regions."""

    id: AccountId = Field(description='the account ID, such as "222222222222"')
    labels: dict[Key, str] = Field(
        default_factory=dict, description="labels by which overrides and placements select accounts"
    )
    unit: UnitId | None = Field(
        default=None, description="the ID of its organizational unit; required if conditions use units"
    )
    regions: list[RegionName] | None = Field(
        default=None, description="the only Regions in which it is monitored", min_length=1
    )
    management: bool = Field(
        default=False,
        description="true for the management account of the organization, to which stack sets do not deploy",
    )


def account_reference(value: object) -> str:
    """An account by its name or its id: whatever is only digits is an id."""
    if isinstance(value, str) and not value.strip().isdigit():
        return value.strip()
    if isinstance(value, str | int) and not isinstance(value, bool):
        return account_id(value)
    raise wrong(
        f"expected the name or ID of an account, got {show(value)}",
        'use a name such as sandbox, or an ID such as "222222222222"',
    )


AccountReference = Annotated[str, Scalar(account_reference, type="string", minLength=1)]
# As many as one request to a stack set may name.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-bestpractices.html
MOST_EXCLUDED = 500


class UnitSpec(Strict):
    """An organizational unit without some of its accounts."""

    forms: ClassVar[Mapping[str, str]] = {"": "ou-ab12-cdefgh34, or {id: ou-ab12-cdefgh34, except: [sandbox]}"}

    id: UnitId = Field(description="the ID of the unit, such as ou-ab12-cdefgh34")
    except_: list[AccountReference] = Field(
        alias="except",
        default_factory=list,
        description="accounts of the unit that are no members, by name or ID",
        min_length=1,
        max_length=MOST_EXCLUDED,
    )


Unit = Annotated[
    Annotated[UnitId, Tag("id")] | Annotated[UnitSpec, Tag("unit")],
    Discriminator(lambda value: "unit" if isinstance(value, dict | UnitSpec) else "id"),
]


LabelValues = Annotated[
    Annotated[str, Tag("value")] | Annotated[list[str], Field(min_length=1), Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list) else "value"),
]


class EnvironmentSpec(Strict):
    """The settings of one environment; a key that is left out is inherited from the file."""

    hub: HubSpec | None = Field(default=None, description="a hub of its own")
    accounts: list[Key] | None = Field(default=None, description="only these of the accounts", min_length=1)
    labels: dict[Key, LabelValues] = Field(
        default_factory=dict, description="only accounts with these labels, of those in `accounts` if it is set"
    )
    organizational_units: list[Unit] | None = Field(default=None, description="only these units")
    regions: list[RegionName] | None = Field(default=None, description="only these regions", min_length=1)
    tags: dict[str, str] = Field(default_factory=dict, description="tags in addition to those of the file")


EnvironmentList = Annotated[list[EnvironmentName], Field(min_length=1)]
EnvironmentMapping = Annotated[dict[EnvironmentName, EnvironmentSpec | None], Field(min_length=1)]


def _form(value: object) -> str:
    return "mapping" if isinstance(value, dict) else "list"


Environments = Annotated[
    Annotated[EnvironmentList, Tag("list")] | Annotated[EnvironmentMapping, Tag("mapping")], Discriminator(_form)
]
