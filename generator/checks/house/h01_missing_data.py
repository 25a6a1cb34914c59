"""H01: silence is bad news, so a period without data breaches.

An alarm on what has stopped reporting stays green for ever under any other setting, and nobody is told. A pack that
chooses otherwise states why, and its reason stands for a waiver as long as nobody changes the choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarms import Alarm, Origin

CODE = "H01"
NAME = "alarms-treat-missing-data-as-breaching"
TITLE = "Every metric alarm treats missing data as breaching, in every account."
WHY = (
    "When the thing that is watched dies, its metric stops. With any other setting the alarm then stays as it is or"
    " goes to OK or INSUFFICIENT_DATA, and nobody hears that nothing is reported any more. A metric that is silent by"
    " nature, because nobody works at night, deserves a waiver that says so. A service's pack states its own reason."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"
BAD = """\
alarms:
  errors: {missing_data: not-breaching}
"""
GOOD = """\
alarms:
  errors: {missing_data: breaching}
"""
_FIELD = "missing_data"
_WANTED = "breaching"
# What the layers of packs and of obsgen's own alarms begin with.
_WITH_REASONS = ("pack ", "compliance", "event store", "log archive")
_COUNTS_AS = {"not-breaching": "counts as good", "ignore": "keeps the state", "missing": "means insufficient data"}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm, and for each account that has it otherwise."""
    for alarm in subject.estate.alarms:
        tunings = [(alarm.tuning, alarm.origins, "")]
        tunings += [(v.tuning, v.origins, f" in {v.account}") for v in alarm.variants]
        for tuning, origins, place in tunings:
            if tuning.enabled and tuning.missing_data != _WANTED and not _reasoned(alarm, origins):
                yield _finding(alarm, tuning.missing_data, origins, place)


def _reasoned(alarm: Alarm, origins: tuple[Origin, ...]) -> bool:
    """Whether the choice is obsgen's own, a pack's or a system's own, with its reason."""
    own = any(o.field == _FIELD and o.layer.startswith(_WITH_REASONS) for o in origins)
    return own and alarm.silence != ""


def _finding(alarm: Alarm, missing_data: str, origins: tuple[Origin, ...], place: str) -> Finding:
    source: Path = next((o.path for o in origins if o.field == _FIELD), ())
    # Where the alarm inherits it, the finding stays with the alarm, so that a waiver can be for this one alone.
    own = source[: len(alarm.path)] == alarm.path
    message = f"a period without data {_COUNTS_AS[missing_data]}{'' if own else place} for `{alarm.key}`"
    also = ((source, "set here"),) if source and not own else ()
    hint = f"missing_data: {_WANTED}"
    return Finding(CODE, message, source if own else alarm.path, hint=hint, on="value" if own else "key", also=also)
