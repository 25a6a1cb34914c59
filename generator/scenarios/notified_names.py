"""Names under which the incident function notifies: of an alarm, its contributors, and the subjects of event rules.

The function makes them (handlers/common/contributor_names.py, event_names.py); these are patterns for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from generator.drill.incident_process import Result
from generator.evaluate.types import AlarmId
from generator.scenarios.entries import IncidentText
from generator.wording import first_of

# As the function has them: characters that it replaces, and how long a name may be that it leaves as it is.
_FOREIGN = re.compile(r"[^A-Za-z0-9._:/=+, -]|(?<=/)/")
_LONGEST, _MOST, _DIGITS = 120, 10, 8
# The same of a subject: handlers/incident/event_rules.py.
_UNFIT = re.compile(r"[^A-Za-z0-9:/._+=@-]|(?<=/)/")
_SUBJECT_DIGITS = 16
_MOST_NAMES = 3


def glob(pattern: str) -> re.Pattern[str]:
    """A pattern in which * is any text."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def labels_in_words(labels: Mapping[str, str]) -> str:
    """`FunctionName=checkout, Resource=live`."""
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()))


def notified_names(expected: IncidentText, name: str) -> re.Pattern[str]:
    """The names of the incidents that are expected. name: of the alarm or the event rule.

    That an alarm has no incident is said of its contributors, too.
    """
    if expected.event is not None:
        subject = ".*" if expected.subject is None else _subject(expected.subject)
        return re.compile(f"{re.escape(f'event/{name}/')}(?:{subject})", re.DOTALL)
    if expected.contributor is None:
        contributors = "(?: of .*)?" if expected.is_ == "none" else ""
        return re.compile(re.escape(name) + contributors)
    return re.compile(f"{re.escape(name)} of {_contributor(expected.contributor)}")


def _subject(text: str) -> str:
    """A subject's part of the name: the text itself or, where the function changes it, with digits at the end."""
    digits = f"-[0-9a-f]{{{_SUBJECT_DIGITS}}}"
    if "*" in text:
        fit = ".*".join(re.escape(_UNFIT.sub("_", piece)) for piece in text.split("*"))
        return f"{glob(text).pattern}|x?{fit}(?:{digits})?"
    fit = _UNFIT.sub("_", text)
    fit = fit if fit[:1].isalnum() else f"x{fit}"
    if fit == text and "/" not in text and len(text) <= _LONGEST:
        return re.escape(text)
    return f"{re.escape(text)}|{re.escape(fit[:1] + fit[1:][-(_LONGEST - _SUBJECT_DIGITS - 2) :])}{digits}"


def _contributor(labels: Mapping[str, str]) -> str:
    """A contributor's part of the name; with digits at the end where the labels are not a name as they are."""
    written = labels_in_words(labels)
    label = " ".join(_FOREIGN.sub("_", written).split())
    is_clear = not any(", " in key or "=" in key or ", " in value for key, value in labels.items())
    if is_clear and label == written and label and len(label) <= _LONGEST and len(labels) <= _MOST:
        return re.escape(label)
    start = label[: _LONGEST - _DIGITS - 1] or "contributor"
    return f"{re.escape(start)}~[0-9a-f]{{{_DIGITS}}}"


def contributors_in_words(incidents: Result, alarm: AlarmId) -> str:
    """The contributors of an alarm that have incidents, where the alarm itself has none; empty without any."""
    before = f"{alarm.name} of "
    names = {
        notification.alarm.removeprefix(before).replace("=", ": ")
        for notification in incidents.notifications
        if (notification.account, notification.region) == (alarm.account, alarm.region)
        and notification.alarm.startswith(before)
    }
    return f", but of contributor: {first_of([f'{{{name}}}' for name in sorted(names)], _MOST_NAMES)}" if names else ""
