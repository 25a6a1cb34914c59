"""Choices of the reader of a dashboard that CloudWatch has, beyond accounts and Regions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Discriminator, Field, Tag

from generator.model.dashboard_variables import VariableInput
from generator.model.dashboards import VariableName
from generator.spec.dashboard_raw import JsonObject
from generator.spec.scalars import EnumScalar, RegexScalar
from generator.spec.strict import Strict

_Text = Annotated[str, Field(min_length=1, max_length=255)]
_AnyText = Annotated[str, Field(max_length=255)]


class ReaderVariableSpec(Strict):
    """A choice above the dashboard whose value replaces a property or a text everywhere in it."""

    forms: ClassVar[Mapping[str, str]] = {"": "account, region, or {id: …, property: …}"}

    id: Annotated[str, RegexScalar("[0-9A-Za-z_-]{1,32}", "an ID of letters, digits, - and _", "function", 32)] = Field(
        description="its ID, unique in the dashboard"
    )
    property: _Text | None = Field(
        default=None, description="the property or dimension whose value it replaces, such as FunctionName"
    )
    pattern: _Text | None = Field(default=None, description="the text that it replaces, instead of `property`")
    label: Annotated[str, Field(min_length=1, max_length=30)] | None = Field(
        default=None, description="text beside the choice (default: CloudWatch's)"
    )
    input: Annotated[VariableInput, EnumScalar("an input", "select", "radio", "input")] = Field(
        default="select", description="select, radio (buttons), or input (any text)"
    )
    values: dict[_AnyText, _AnyText] = Field(
        default_factory=dict, description="what can be chosen: the value, by its label", max_length=500
    )
    search: Annotated[str, Field(min_length=1, max_length=2048)] | None = Field(
        default=None, description="a search for metrics whose dimension gives the values, instead of `values`"
    )
    populate_from: _Text | None = Field(default=None, description="the dimension that gives the values of the search")
    default: _Text | None = Field(
        default=None, description="the value at first; __FIRST for the first that the search finds"
    )
    visible: bool = Field(default=True, description="false: only the address of the page can set it")
    more: JsonObject = Field(
        default_factory=dict, description="further properties, spelled as in the body of a dashboard"
    )


def _form(value: object) -> str:
    return "mapping" if isinstance(value, dict | ReaderVariableSpec) else "word"


AnyVariable = Annotated[
    Annotated[VariableName, EnumScalar("a variable", "account", "region"), Tag("word")]
    | Annotated[ReaderVariableSpec, Tag("mapping")],
    Discriminator(_form),
]
