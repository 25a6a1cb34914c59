"""H01: an alarm treats missing data as breaching.

With any other setting, an alarm on a resource that stopped reporting never fires. A pack that chooses another one
states why; its reason replaces a waiver until the file overrides the choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarms import MissingData
from generator.model.missing_data import BREACHING, RULE, MissingDataChoice, choices
from generator.model.signals import PromqlSignal

CODE = "H01"
NAME = RULE
TITLE = "Every metric alarm treats missing data as breaching, in every account."
WHY = (
    "When the monitored resource fails, its metric stops. With any other setting the alarm then keeps its state or"
    " goes to OK or INSUFFICIENT_DATA, and no channel is notified that nothing is reported any more. A metric that is"
    " missing by nature, for example at night, deserves a waiver that states the reason. A service's pack states its"
    " own reason."
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
# The number of accounts that a message names; it counts the others.
_NAMED = 5
_TREATMENT = {"not-breaching": "is not breaching", "ignore": "is ignored", "missing": "leads to INSUFFICIENT_DATA"}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each setting of an alarm, with its accounts."""
    for alarm in subject.estate.alarms:
        # Accounts that inherit one value from one path are one mistake.
        by_value: dict[tuple[MissingData, Path, Path], list[MissingDataChoice]] = {}
        for choice in choices(alarm):
            if not choice.reasoned_by:
                by_value.setdefault((choice.missing_data, choice.subject, choice.source), []).append(choice)
        yield from (_finding(choices_of_value) for choices_of_value in by_value.values())


def _finding(with_value: list[MissingDataChoice]) -> Finding:
    # An inherited value is reported at the alarm, so that a waiver can apply to this alarm alone.
    choice = with_value[0]
    own, source = choice.is_in_the_alarm, choice.source
    accounts = [item.account for item in with_value]
    scope = f" in {_listed(accounts)}" if all(accounts) and not own else ""
    message = f"missing data {_TREATMENT[choice.missing_data]}{scope} for `{choice.alarm.key}`"
    also = ((source, "set here"),) if source and not own else ()
    hint = f"set missing_data: {BREACHING}"
    if isinstance(choice.alarm.signal, PromqlSignal):
        hint = "add `or absent(…)` to the query, which finds a series where there is no data"
    return Finding(CODE, message, choice.subject, hint=hint, on="value" if own else "key", also=also)


def _listed(accounts: list[str]) -> str:
    more = len(accounts) - _NAMED
    return ", ".join(accounts[:_NAMED]) + (f" and {more} more" if more > 0 else "")
