"""Missing data in words: every alarm that does not treat it as breaching, and whose reason that has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.findings import parse_path
from generator.model.alarms import MissingData
from generator.model.estate import Estate
from generator.model.governance import Waiver
from generator.model.missing_data import RULE, MissingDataChoice, MissingDataReason, choices
from generator.render.words import missing_in_words
from generator.wording import pluralize


def catalogued(estate: Estate, path_alarms: Iterable[MissingDataReason]) -> Iterator[str]:
    """The catalogue's section, a row for each alarm. path_alarms: those of the alarm path, which no YAML names."""
    reasons = [*_of_estate(estate), *path_alarms]
    if not reasons:
        return
    yield from ("", "## Alarms that do not treat missing data as breaching", "")
    yield f"{pluralize(len(reasons), 'exception')} from `{RULE}` (H01); for every other alarm no data is bad news."
    yield from ("", "| alarm | no data | why | whose reason |", "| --- | --- | --- | --- |")
    for one in sorted(reasons, key=lambda row: (row.alarm, row.accounts)):
        alarm = f"{one.alarm} in {', '.join(one.accounts)}" if one.accounts else one.alarm
        choice = missing_in_words(one.missing_data).removeprefix("no data ")
        yield f"| {alarm} | {choice} | {_cell(one.reason)} | {one.given_by} |"


def _of_estate(estate: Estate) -> Iterator[MissingDataReason]:
    for alarm in estate.alarms:
        accounts: dict[tuple[MissingData, str, str], list[str]] = {}
        for choice in choices(alarm):
            for reason, given_by in _reasons(choice, estate.waivers):
                accounts.setdefault((choice.missing_data, reason, given_by), []).append(choice.account)
        for (missing_data, reason, given_by), names in accounts.items():
            # What holds for every other account holds in these, too.
            where = () if "" in names else tuple(names)
            yield MissingDataReason(alarm.name, where, missing_data, reason, given_by)


def _reasons(choice: MissingDataChoice, waivers: Iterable[Waiver]) -> Iterator[tuple[str, str]]:
    """The reason that comes with the alarm, or that of every waiver that covers it; a build has at least one."""
    if choice.reasoned_by:
        yield choice.alarm.silence, choice.reasoned_by
        return
    for waiver in waivers:
        subject = parse_path(waiver.subject)
        if waiver.rule == RULE and choice.subject[: len(subject)] == subject:
            yield waiver.reason, f"waiver until {waiver.until}" if waiver.until else "waiver"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
