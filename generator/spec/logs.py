"""Sections about logs: log groups, metric filters, Contributor Insights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from generator.model.logs import Encryption
from generator.spec.arns import KeyArn
from generator.spec.metric_units import UnitName
from generator.spec.own_names import FilterName
from generator.spec.placements import PlacedSpec, placed_by_itself
from generator.spec.quantities import Seconds
from generator.spec.scalars import EnumScalar, Key, LogGroupName, Scalar, SideName, show, wrong
from generator.spec.strict import Strict

EncryptionName = Annotated[Encryption, EnumScalar("a way to encrypt a log group", "aws-owned", "customer-key")]


def _value(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, str) and value.startswith("$") and len(value) > 1:
        return value
    raise wrong(f"expected a number or a field, got {show(value)}", "use 1, $duration or $.latency")


ValueText = Annotated[str, Scalar(_value, type=["number", "string"], examples=[1, "$duration"])]


class ArchiveSpec(Strict):
    """The archive of a log group in S3."""

    forms: ClassVar[Mapping[str, str]] = {"": "{retain: 365d}"}

    retain: Seconds = Field(description="retention of the archive, in whole days")


class ExistsSpec(PlacedSpec):
    """The members in which a log group is created outside this stack, while the stacks of the others create it."""

    forms: ClassVar[Mapping[str, str]] = {"": "{accounts: [ledger]}"}


class LogGroupSpec(PlacedSpec):
    """A log group of the members or of the hub."""

    name: LogGroupName = Field(description='name of the log group, such as "/aws/application/{environment}"')
    in_: SideName = Field(default="members", alias="in", description="members or hub")
    create: bool = Field(default=True, description="false if the log group is created outside obsgen")
    exists: ExistsSpec | None = Field(
        default=None, description="members in which the log group is created outside obsgen: {accounts: [ledger]}"
    )
    retention: Seconds | None = Field(default=None, description="retention of log events")
    encryption: EncryptionName | None = Field(default=None, description="aws-owned, or customer-key")
    key: KeyArn | None = Field(
        default=None, description="the ARN of a KMS key of your own that encrypts it, instead of `encryption`"
    )
    archive: ArchiveSpec | None = Field(default=None, description="archive its lines in S3, too: {retain: 365d}")


class FilterMetricSpec(Strict):
    """The metric that a filter emits."""

    name: str = Field(description="name of the metric", min_length=1, max_length=255)
    namespace: str = Field(description="namespace of the metric, not AWS/…", min_length=1, max_length=255)
    unit: UnitName | None = Field(default=None, description="unit of the metric")
    default: int | float | None = Field(default=None, description="value for minutes with log events but no match")
    value: ValueText = Field(default="1", description="published value: a number, or a field of the pattern")
    dimensions: dict[str, str] = Field(default_factory=dict, description="fields by dimension name: {Name: $field}")


class ExamplesSpec(Strict):
    """Lines that the build tries on the pattern."""

    match: list[str] = Field(default_factory=list, description="lines that must match")
    ignore: list[str] = Field(default_factory=list, description="lines that must not match")


class MetricFilterSpec(PlacedSpec):
    """A metric filter of a log group."""

    name: FilterName | None = None
    log_group: Key = Field(description="the key of a log group")
    pattern: str = Field(description="a CloudWatch Logs filter pattern, in quotes")
    metric: FilterMetricSpec = Field(description="the published metric")
    examples: ExamplesSpec = Field(default_factory=ExamplesSpec, description="example lines to test the pattern")


class InsightFilterSpec(Strict):
    """One condition; give exactly one comparison."""

    match: str = Field(description="the field to compare")
    equal: int | float | None = Field(default=None, description="a number")
    not_equal: int | float | None = Field(default=None, description="a number")
    greater: int | float | None = Field(default=None, description="a number")
    less: int | float | None = Field(default=None, description="a number")
    in_: list[str] | None = Field(default=None, alias="in", description="texts", min_length=1, max_length=10)
    not_in: list[str] | None = Field(default=None, description="texts", min_length=1, max_length=10)
    starts_with: list[str] | None = Field(default=None, description="beginnings", min_length=1, max_length=10)
    present: bool | None = Field(default=None, description="whether the field is present")

    def given(self) -> dict[str, Any]:
        """The comparisons that were written, by name."""
        every = {name: getattr(self, name) for name in type(self).model_fields if name != "match"}
        return {name: value for name, value in every.items() if value is not None}


class InsightSpec(Strict):
    """A Contributor Insights rule over a log group."""

    elsewhere: ClassVar[Mapping[str, str]] = placed_by_itself(
        "set it at the log group: the rule is in the hub and reads the log group where it is"
    )

    log_group: Key = Field(description="the key of a log group")
    format: Annotated[str, EnumScalar("a log format", "json", "clf")] = Field(default="json", description="json or clf")
    fields: dict[str, int] = Field(default_factory=dict, description="(clf) positions by field name, from 1")
    keys: list[str] = Field(description="fields that identify a contributor", min_length=1, max_length=4)
    filters: list[InsightFilterSpec] = Field(
        default_factory=list, description="conditions, all of which must match", max_length=4
    )
    aggregate: Annotated[str, EnumScalar("an aggregation", "count", "sum")] = Field(
        default="count", description="count or sum"
    )
    value_of: str | None = Field(default=None, description="(sum) the field to add up")
