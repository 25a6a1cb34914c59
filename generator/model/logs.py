"""Log groups, and what is counted in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.findings import Path
from generator.model.accounts import Account, Side
from generator.model.placement import Placement
from generator.model.signals import Metric
from generator.model.stack_values import filled

# The logical id, in the hub's and in the members' template, of the key that their log groups are encrypted with.
LOGS_KEY = "LogsKey"
# The kind of what keeps log groups in S3; its filters have this name on every log group, its alarms look for it.
LOG_ARCHIVE = "log-archive"
Encryption = Literal["aws-owned", "customer-key"]


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group. `create` is false where another owner creates it and the stacks only read or count in it.

    name: as generator.model.stack_values has it where it is another one in each account or Region.
    encryption: by a key that AWS owns, as every log group is from the start, or by the side's customer managed key.
    archive_days: how long its lines are kept in S3, too; 0 where they are not. former: the key that it had at first,
    where it was moved; its resources are named after that. placement: the members that have it; None for all.
    existing: those of them where another owner creates it though `create` is true; None for none. key_arn: of a key
    that its owner has, as generator.model.stack_values has it; empty for none.
    """

    key: str
    name: str
    logical_id: str
    path: Path
    side: Side
    create: bool
    retention_days: int
    encryption: Encryption = "aws-owned"
    archive_days: int = 0
    former: str = ""
    placement: Placement | None = None
    existing: Placement | None = None
    key_arn: str = ""

    def name_in(self, account: Account, region: str) -> str:
        """Its name in one account and Region; where members differ, see generator.model.stack_values."""
        return filled(self.name, account, region)

    @property
    def named(self) -> str:
        """The key that names are made of."""
        return self.former or self.key

    @property
    def keyed(self) -> bool:
        """True if the customer managed key of its side encrypts it."""
        return self.encryption == "customer-key"

    @property
    def is_nowhere(self) -> bool:
        """True if no account has it in this environment."""
        return self.placement is not None and self.placement.is_nowhere


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """A metric filter: which lines of a log group count, and as what metric.

    value: a number or `$field`. default: emitted in minutes in which lines came but none matched.
    dimensions: dimension name to `$field`. match, ignore: example lines that the build tries. placement: the
    members that have it and its log group; None for all. own_name: whether its entry says what it is called.
    """

    key: str
    name: str
    logical_id: str
    path: Path
    log_group: str
    side: Side
    pattern: str
    metric: Metric
    value: str
    default: float | None
    unit: str | None
    dimensions: tuple[tuple[str, str], ...] = ()
    match: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    placement: Placement | None = None
    own_name: bool = False

    @property
    def counts_lines(self) -> bool:
        """True if each line counts as a constant, as opposed to a value in it."""
        return not self.value.startswith("$")

    @property
    def is_nowhere(self) -> bool:
        """True if no account has it in this environment."""
        return self.placement is not None and self.placement.is_nowhere


@dataclass(frozen=True, slots=True)
class InsightFilter:
    """One condition of a Contributor Insights rule; operator in CloudWatch's own spelling (`EqualTo`)."""

    match: str
    operator: str
    value: float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Insight:
    """A Contributor Insights rule: who contributes most to what the log shows. `fields` only for CLF."""

    key: str
    name: str
    logical_id: str
    path: Path
    log_group: str
    format: str
    fields: tuple[tuple[int, str], ...]
    keys: tuple[str, ...]
    filters: tuple[InsightFilter, ...]
    aggregate: str
    value_of: str | None
