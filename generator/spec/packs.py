"""A pack: what is worth an alarm in one type of service, as data. One file a type, `<type>.yaml`.

Packs of obsgen itself lie in generator/packs/, a user's in packs/ beside observability.yaml; both are read by this.
A threshold is a number, or a share of a capacity that the entry declares: `> 80 % of timeout`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import Field, ValidationError

from generator.findings import Finding
from generator.model.alarms import Comparison
from generator.spec.load import Source, load
from generator.spec.other_files import of_another_file
from generator.spec.quantities import DatapointsText, Seconds, Threshold, TimeUnit, duration, threshold
from generator.spec.scalars import (
    Date,
    EnumScalar,
    Key,
    MissingDataName,
    RegexScalar,
    RegionName,
    Scalar,
    SecureUrl,
    SeverityName,
    Statistic,
    show,
    wrong,
)
from generator.spec.signals import MetricId
from generator.spec.strict import Strict, findings_of

_SIZES = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
ParameterName = Annotated[str, RegexScalar(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", "a parameter's name", "target_group", 40)]
# In two braces each it is the text itself: the file's placeholders have the same escape (resolve/names.py).
_PARAMETER = re.compile(r"\{\{[a-z][a-z0-9_]*\}\}|\{([a-z][a-z0-9_]*)\}")


class Relative(NamedTuple):
    """`> 80 % of timeout`: the comparison that breaches, and the share of a capacity that it compares with."""

    comparison: Comparison
    percent: float
    capacity: str


def pack_threshold(value: object) -> Threshold | Relative:
    """`> 5`, or `> 80 % of timeout`."""
    match = (
        re.fullmatch(r"(>=|<=|>|<)\s*(\d+(?:\.\d+)?)\s*%\s*of\s+([a-z][a-z0-9_]*)", value.strip())
        if isinstance(value, str)
        else None
    )
    if not match and isinstance(value, str) and "%" in value:
        raise wrong(
            f'expected a threshold such as "> 80 % of timeout", got {show(value)}',
            "use >, >=, < or <=, a percentage, and a capacity of the pack",
        )
    if not match:
        return threshold(value)
    comparison: Comparison = match.group(1)  # type: ignore[assignment]  # the regular expression admits nothing else
    return Relative(comparison, float(match.group(2)), match.group(3))


def capacity(value: object, unit: str) -> float:
    """A declared capacity in the unit of its metric: `30s`, `100 GiB`, or a plain number.

    Raises PydanticCustomError, as every scalar of the language does.
    """
    if unit in ("Milliseconds", "Seconds"):
        return float(duration(value) * (1000 if unit == "Milliseconds" else 1))
    if unit in ("Bytes", "Megabytes"):
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]i?B)", value.strip()) if isinstance(value, str) else None
        if not match:
            raise wrong(f"expected a size such as 512 MiB or 100 GiB, got {show(value)}")
        return float(match.group(1)) * _SIZES[match.group(2)] / (1 if unit == "Bytes" else 2**20)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise wrong(f"expected a number above zero, got {show(value)}", "write a number without quotes, such as 100")
    return float(value)


PackThreshold = Annotated[
    Threshold | Relative,
    Scalar(pack_threshold, type="string", pattern=r"^(>=|<=|>|<)\s*[-+]?\d", examples=["> 5", "> 80 % of timeout"]),
]
CapacityUnit = Annotated[
    Literal["Milliseconds", "Seconds", "Bytes", "Megabytes", "Count"],
    EnumScalar("a unit of a capacity", "Milliseconds", "Seconds", "Bytes", "Megabytes", "Count"),
]


class PackParameter(Strict):
    """A parameter of a pack, mostly the value of a dimension."""

    what: str = Field(description="short description of the value")
    example: str = Field(description="an example value")
    form: str | None = Field(default=None, description="regular expression for the whole value")
    optional: bool = Field(default=False, description="whether an entry can omit it")
    default: str | None = Field(default=None, description="value if an entry does not set it")


class PackCapacity(Strict):
    """The capacity of a resource; thresholds may be a percentage of it."""

    what: str = Field(description="short description of the value")
    unit: CapacityUnit = Field(description="unit of the metric that is compared with it")
    example: str | int | float = Field(description="an example value")
    per_second: bool = Field(default=False, description="a rate per second; the threshold is multiplied by the period")


class PackMetric(Strict):
    """A metric of the thing; `{function}` is the value of that parameter."""

    namespace: str = Field(description="such as AWS/Lambda", min_length=1, max_length=255)
    name: str = Field(description="such as Duration", min_length=1, max_length=255)
    dimensions: dict[str, str] = Field(
        default_factory=dict, description="all dimensions; those without a value for their parameter are omitted"
    )


class PackOperand(PackMetric):
    """A metric of an expression, and its statistic."""

    statistic: Statistic = Field(description="such as Sum, Average or p99")


class PackTraffic(Strict):
    """Below how much traffic the alarm stays quiet."""

    metric: PackOperand = Field(description="what is counted as traffic, and its statistic")
    at_least: float = Field(description="in one period; below it the alarm is quiet", gt=0)


class PackExamples(Strict):
    """Lines that are tried on a pattern whenever the pack is read."""

    match: list[str] = Field(description="lines that must match", min_length=1)
    ignore: list[str] = Field(description="lines that must not match", min_length=1)


class PackFilter(Strict):
    """A metric filter over a log group of the entry; it counts lines."""

    log_group: str = Field(description='the key of a log group, mostly a parameter: "{log_group}"', min_length=1)
    pattern: str = Field(description="a CloudWatch Logs filter pattern, in quotes", max_length=1024)
    wildcards: str | None = Field(
        default=None, description="why the pattern has wildcards; replaces a waiver of H03", min_length=10
    )
    examples: PackExamples = Field(description="lines that the pattern must match, and must not match")


class PackSilence(Strict):
    """The treatment of a period without data, and the reason."""

    as_: MissingDataName = Field(alias="as", description="breaching, not-breaching, ignore or missing")
    because: str = Field(description="why missing data has this meaning", min_length=10, max_length=200)


class PackAlarm(Strict):
    """An alarm of a pack."""

    metric: PackMetric | None = Field(default=None, description="the metric; alternative to `expression` and `filter`")
    filter: Key | None = Field(default=None, description="one of the pack's filters, whose lines are counted")
    statistic: Statistic | None = Field(
        default=None, description="statistic of the metric, such as Sum, Average or p99"
    )
    expression: str | None = Field(default=None, description="metric math over `metrics`, such as 100 * errors / calls")
    metrics: dict[MetricId, PackOperand] = Field(
        default_factory=dict, description="the metrics of the expression, by the ids that it uses"
    )
    minimum_traffic: PackTraffic | None = Field(default=None, description="too little traffic to say anything")
    threshold: PackThreshold = Field(description='such as "> 5", or a share of a capacity: "> 80 % of timeout"')
    period: Seconds = Field(description="evaluation period, such as 1m")
    datapoints: DatapointsText = Field(description="datapoints to alarm, M of N, such as 2 of 3")
    missing_data: PackSilence = Field(description="treatment of missing data, with a reason")
    severity: SeverityName = Field(description="how severe it is; selects the notified channels")
    summary: str = Field(description="one-line description for the person on call", min_length=1, max_length=200)
    why: str = Field(description="the problem it detects and the reason for the threshold", min_length=10)
    source: SecureUrl | None = Field(default=None, description="documentation page (default: that of the pack)")
    read: Date | None = Field(default=None, description="when its source was read (default: the date of the pack)")
    enabled: bool = Field(default=True, description="false: off unless an entry enables it")
    needs: list[ParameterName] = Field(default_factory=list, description="optional parameters that the alarm requires")

    @property
    def measured(self) -> list[tuple[tuple[str, ...], PackMetric]]:
        """Every metric that the alarm evaluates, each with its path."""
        references: list[tuple[tuple[str, ...], PackMetric]] = [(("metric",), self.metric)] if self.metric else []
        references += [(("metrics", key), metric) for key, metric in self.metrics.items()]
        return references + (
            [(("minimum_traffic", "metric"), self.minimum_traffic.metric)] if self.minimum_traffic else []
        )


class PackCounts(Strict):
    """Events that are counted: metric math, in which a metric without data is 0."""

    expression: str = Field(description="metric math over `metrics`, such as targets + balancer", min_length=1)
    metrics: dict[MetricId, PackOperand] = Field(description="the metrics of the expression, by ID", min_length=1)


class PackLatency(Strict):
    """The metric of a duration."""

    metric: PackMetric = Field(description="the metric, one value for each request")
    unit: TimeUnit = Field(description="unit of the metric: ms or s")


class PackObjective(Strict):
    """The share of good events of the resource, for `slos`."""

    bad: PackCounts | None = Field(default=None, description="bad events; alternative to `good`")
    good: PackCounts | None = Field(default=None, description="good events; alternative to `bad`")
    total: PackCounts = Field(description="all events")
    latency: PackLatency | None = Field(default=None, description="duration of a request, for `latency` of slos")
    why: str = Field(description="which events are bad, and what is not counted", min_length=10)
    source: SecureUrl = Field(description="documentation page of the metrics")
    read: Date = Field(description="when that page was read")

    @property
    def measured(self) -> list[tuple[tuple[str, ...], PackMetric]]:
        """Every metric, each with its path."""
        counts = [(kind, counts) for kind in ("bad", "good", "total") if (counts := getattr(self, kind))]
        metrics: list[tuple[tuple[str, ...], PackMetric]] = [
            ((kind, "metrics", key), metric) for kind, counts in counts for key, metric in counts.metrics.items()
        ]
        return metrics + ([(("latency", "metric"), self.latency.metric)] if self.latency else [])


class Pack(Strict):
    """A type of service."""

    title: str = Field(description="the resource, such as AWS Lambda function", min_length=1)
    source: SecureUrl = Field(description="documentation page of its metrics")
    read: Date | None = Field(default=None, description="when the sources of its alarms were read")
    region: RegionName | None = Field(default=None, description="the only Region that has its metrics")
    parameters: dict[ParameterName, PackParameter] = Field(default_factory=dict, description="parameters of an entry")
    capacities: dict[ParameterName, PackCapacity] = Field(
        default_factory=dict, description="capacities of the resource"
    )
    groups: dict[Key, list[Key]] = Field(default_factory=dict, description="group names, each for several alarms")
    filters: dict[Key, PackFilter] = Field(default_factory=dict, description="metric filters by name, for its alarms")
    alarms: dict[Key, PackAlarm] = Field(description="alarms by name; entries override them by it", min_length=1)
    objective: PackObjective | None = Field(default=None, description="the share of good events, for `slos`")


def read_pack(content: bytes, file: str) -> tuple[Pack | None, Source, list[Finding]]:
    """The pack of a file, and what is wrong with it (Y01 to Y06, S01 to S03), with places in that file."""
    return read_data(content, file, Pack)


Model = TypeVar("Model", bound=Strict)
_PRINTED = "`obsgen packs show NAME --yaml` prints a pack to start from"


def read_data(content: bytes, file: str, model: type[Model]) -> tuple[Model | None, Source, list[Finding]]:
    """A file of data of obsgen's own shape, and what is wrong with it, with places in that file."""
    loaded = load(content, file)
    findings = [of_another_file(finding, "a mapping", _PRINTED) for finding in loaded.findings]
    read: Model | None = None
    if loaded.data is not None and not findings:
        try:
            read = model.model_validate(loaded.data)
        except ValidationError as error:
            findings = findings_of(error, model, loaded.data)
    return read, loaded.source, [replace(finding, file=file) for finding in findings]


def parameters_in(text: str) -> list[str]:
    """The parameters that a text of a pack speaks of."""
    return [name for name in _PARAMETER.findall(text) if name]


def filled(text: str, values: Mapping[str, Any]) -> str:
    """A text with the parameters' values; what is not given stays as it is."""
    return _PARAMETER.sub(lambda match: str(values.get(match.group(1), match.group(0))), text)
