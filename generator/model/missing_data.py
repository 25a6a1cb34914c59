"""Alarms that do not treat missing data as breaching: what each does instead, and whose reason it has.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.findings import Path
from generator.model.alarms import Alarm, MissingData

# The house rule about missing data; a waiver has this name.
RULE = "alarms-treat-missing-data-as-breaching"
BREACHING = "breaching"
_FIELD = "missing_data"
# Layers whose choice comes with a reason of obsgen's own, in `silence`.
_PACK, _OBSGEN = "pack ", ("compliance", "event store", "log archive", "probe runner")


@dataclass(frozen=True, slots=True)
class MissingDataChoice:
    """An alarm whose periods without data do not breach: everywhere, or in the account of one of its variants.

    account: the variant's name, or a Region, or both; empty for every other. layer, source: where the value comes
    from, and its place in the YAML; empty where it has none.
    """

    alarm: Alarm
    account: str
    missing_data: MissingData
    layer: str
    source: Path

    @property
    def is_in_the_alarm(self) -> bool:
        """True if the value is in the alarm's own entry, not in a default."""
        return self.source[: len(self.alarm.path)] == self.alarm.path

    @property
    def subject(self) -> Path:
        """The subject of a waiver; the alarm alone, where it inherits the value."""
        return self.source if self.is_in_the_alarm else self.alarm.path

    @property
    def reasoned_by(self) -> str:
        """The source of the alarm's reason: a pack or obsgen; empty where a waiver is necessary."""
        if not self.alarm.silence:
            return ""
        return self.layer if self.layer.startswith(_PACK) else "obsgen" if self.layer.startswith(_OBSGEN) else ""


@dataclass(frozen=True, slots=True)
class MissingDataReason:
    """A choice with its reason, as the catalogue lists it.

    alarm: its name. accounts: the only ones it holds in; empty for all. given_by: waiver, pack or obsgen.
    """

    alarm: str
    accounts: tuple[str, ...]
    missing_data: MissingData
    reason: str
    given_by: str


def choices(alarm: Alarm) -> Iterator[MissingDataChoice]:
    """The choices of an alarm, and of each account and Region that has it otherwise."""
    tunings = [(alarm.tuning, alarm.origins, "")]
    tunings += [(variant.tuning, variant.origins, variant.account) for variant in alarm.variants]
    for regional in alarm.regional:
        if regional.tuning.missing_data != alarm.tuning.missing_data:
            tunings.append((regional.tuning, regional.origins, regional.region))
        for own in regional.variants:
            if own.tuning.missing_data != alarm.tuning_in(own.account).missing_data:
                tunings.append((own.tuning, own.origins, f"{own.account}, {regional.region}"))
    for tuning, origins, account in tunings:
        if tuning.enabled and tuning.missing_data != BREACHING:
            layer, source = next(
                ((origin.layer, origin.path) for origin in origins if origin.field == _FIELD), ("", ())
            )
            yield MissingDataChoice(alarm, account, tuning.missing_data, layer, source)
