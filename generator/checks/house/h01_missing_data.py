"""H01: silence is bad news, so a period without data breaches.

An alarm on what has stopped reporting stays green for ever under any other setting, and nobody is told. A pack that
chooses otherwise states why, and its reason stands for a waiver as long as nobody changes the choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarms import MissingData
from generator.model.missing_data import BREACHING, RULE, MissingDataChoice, choices

CODE = "H01"
NAME = RULE
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
# As many accounts are named in a message, and the others counted.
_NAMED = 5
_COUNTS_AS = {"not-breaching": "counts as good", "ignore": "keeps the state", "missing": "means insufficient data"}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each value of an alarm, with the accounts that have it."""
    for alarm in subject.estate.alarms:
        # Accounts with one value from one place are one mistake, however many there are.
        by_value: dict[tuple[MissingData, Path, Path], list[MissingDataChoice]] = {}
        for choice in choices(alarm):
            if not choice.reasoned_by:
                by_value.setdefault((choice.missing_data, choice.subject, choice.source), []).append(choice)
        yield from (_finding(choices_of_value) for choices_of_value in by_value.values())


def _finding(with_value: list[MissingDataChoice]) -> Finding:
    # Where the alarm inherits it, the finding stays with the alarm, so that a waiver can be for this one alone.
    choice = with_value[0]
    own, source = choice.is_in_the_alarm, choice.source
    accounts = [item.account for item in with_value]
    scope = f" in {_listed(accounts)}" if all(accounts) and not own else ""
    message = f"a period without data {_COUNTS_AS[choice.missing_data]}{scope} for `{choice.alarm.key}`"
    also = ((source, "set here"),) if source and not own else ()
    hint = f"missing_data: {BREACHING}"
    return Finding(CODE, message, choice.subject, hint=hint, on="value" if own else "key", also=also)


def _listed(accounts: list[str]) -> str:
    more = len(accounts) - _NAMED
    return ", ".join(accounts[:_NAMED]) + (f" and {more} more" if more > 0 else "")
