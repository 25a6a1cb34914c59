"""Sections that say where: environments, organization, hub, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Discriminator, Field, Tag

from generator.model.accounts import StackSets
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

    id: OrganizationId = Field(description="the organization's id, such as o-a1b2c3d4e5")
    stack_sets: StackSetsName = Field(default="delegated-admin", description="who creates the stack set")


class HubSpec(Strict):
    """The account and region everything is watched from."""

    account: AccountId = Field(description='the hub\'s account id, such as "111111111111"')
    region: RegionName = Field(default="us-east-1", description="the hub's region")


class AccountSpec(Strict):
    """A member account."""

    id: AccountId = Field(description='the account\'s id, such as "222222222222"')
    labels: dict[Key, str] = Field(default_factory=dict, description="what overrides select accounts by")
    unit: UnitId | None = Field(default=None, description="the organizational unit that it belongs to, where one asks")
    regions: list[RegionName] | None = Field(
        default=None, description="the only Regions in which it is watched", min_length=1
    )
    management: bool = Field(
        default=False, description="whether it is the organization's management account, which no stack set reaches"
    )


def account_reference(value: object) -> str:
    """An account by its name or its id: whatever is only digits is an id."""
    if isinstance(value, str) and not value.strip().isdigit():
        return value.strip()
    if isinstance(value, str | int) and not isinstance(value, bool):
        return account_id(value)
    raise wrong(f"an account's name or id is wanted here, not {show(value)}", 'sandbox, or "222222222222"')


AccountReference = Annotated[str, Scalar(account_reference, type="string", minLength=1)]
# As many as one request to a stack set may name.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-bestpractices.html
MOST_EXCLUDED = 500


class UnitSpec(Strict):
    """An organizational unit without some of its accounts."""

    forms: ClassVar[Mapping[str, str]] = {"": "ou-ab12-cdefgh34, or {id: ou-ab12-cdefgh34, except: [sandbox]}"}

    id: UnitId = Field(description="the unit's id, such as ou-ab12-cdefgh34")
    except_: list[AccountReference] = Field(
        alias="except",
        default_factory=list,
        description="accounts of it that are no members, by name or id",
        min_length=1,
        max_length=MOST_EXCLUDED,
    )


Unit = Annotated[
    Annotated[UnitId, Tag("id")] | Annotated[UnitSpec, Tag("unit")],
    Discriminator(lambda value: "unit" if isinstance(value, dict | UnitSpec) else "id"),
]


class EnvironmentSpec(Strict):
    """What one environment has of its own; what is left out is the file's."""

    hub: HubSpec | None = Field(default=None, description="a hub of its own")
    accounts: list[Key] | None = Field(default=None, description="only these of the accounts", min_length=1)
    organizational_units: list[Unit] | None = Field(default=None, description="only these units")
    regions: list[RegionName] | None = Field(default=None, description="only these regions", min_length=1)
    tags: dict[str, str] = Field(default_factory=dict, description="tags added to the file's")


EnvironmentList = Annotated[list[EnvironmentName], Field(min_length=1)]
EnvironmentMapping = Annotated[dict[EnvironmentName, EnvironmentSpec | None], Field(min_length=1)]


def _form(value: object) -> str:
    return "mapping" if isinstance(value, dict) else "list"


Environments = Annotated[
    Annotated[EnvironmentList, Tag("list")] | Annotated[EnvironmentMapping, Tag("mapping")], Discriminator(_form)
]
