"""`organization.members`: which accounts of the organization are members; and the lock that has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from generator.accounts.selection import is_id
from generator.spec.scalars import (
    AccountId,
    Key,
    OrganizationId,
    RegexScalar,
    Scalar,
    UnitId,
    account_id,
    show,
    wrong,
)
from generator.spec.strict import Strict

# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Tag.html
MOST_TAG_KEY, MOST_TAG_VALUE = 128, 256
TagKey = Annotated[str, RegexScalar(r"[^\x00-\x1f]{1,128}", "the key of a tag", "CostCenter", MOST_TAG_KEY)]
TagValue = Annotated[str, RegexScalar(r"[^\x00-\x1f]{0,256}", "the value of a tag", "prod", MOST_TAG_VALUE)]
TagValues = Annotated[
    Annotated[TagValue, Tag("value")] | Annotated[list[TagValue], Field(min_length=1), Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "value"),
]
TagSelection = dict[TagKey, TagValues]


def _exception(value: object) -> str:
    """An account by ID, key or name in AWS, or a unit by ID."""
    if isinstance(value, int) and not isinstance(value, bool):
        return account_id(value)
    if not isinstance(value, str) or not value.strip():
        message = f"expected an account, a unit or tags, got {show(value)}"
        raise wrong(message, 'use a name such as sandbox, an ID such as "222222222222", ou-…, or {stage: sandbox}')
    word = value.strip()
    if word.startswith("ou-") and not is_id(word):
        raise wrong(
            f"expected the ID of an organizational unit, got {show(value)}", "use an ID such as ou-ab12-cdefgh34"
        )
    return account_id(word) if word.isdigit() else word


Exceptional = Annotated[
    Annotated[Annotated[str, Scalar(_exception, type="string", minLength=1)], Tag("name")]
    | Annotated[Annotated[TagSelection, Field(min_length=1)], Tag("tags")],
    Discriminator(lambda value: "tags" if isinstance(value, dict) else "name"),
]


class MembersSpec(Strict):
    """Accounts of the organization that are members, as `obsgen accounts --update` locks them."""

    forms: ClassVar[Mapping[str, str]] = {"": "{units: [ou-ab12-cdefgh34], tags: {monitoring: enabled}}"}

    units: list[UnitId] = Field(
        default_factory=list, description="only accounts in these units, or in units below them", min_length=1
    )
    tags: TagSelection = Field(default_factory=dict, description="only accounts with all of these tags")
    except_: list[Exceptional] = Field(
        alias="except",
        default_factory=list,
        description="accounts that are no members: by ID, by name, by unit, or by tags",
    )
    labels: dict[Key, TagKey] = Field(
        default_factory=dict, description="labels of the accounts, each from the tag with this key"
    )


class LockedUnitSpec(Strict):
    """A unit of the lock."""

    name: str
    parent: UnitId | None = None


class LockedAccountSpec(Strict):
    """An account of the lock."""

    id: AccountId
    name: str
    unit: UnitId
    labels: dict[Key, str] = Field(default_factory=dict)


class LockSpec(Strict):
    """The file that `obsgen accounts --update` writes."""

    version: Literal[1]
    organization: OrganizationId
    selection: MembersSpec
    units: dict[UnitId, LockedUnitSpec]
    accounts: dict[Key, LockedAccountSpec]
