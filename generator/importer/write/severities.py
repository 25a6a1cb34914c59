"""The severity of an alarm: its tag, else a word of its name, of its topics or of its description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

SEVERITIES = ("critical", "high", "medium", "low")
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("critical", "crit", "fatal", "emergency", "urgent", "p0", "p1", "sev0", "sev1", "page", "pager"), "critical"
    ),
    **dict.fromkeys(("high", "major", "error", "p2", "sev2", "pagerduty", "oncall"), "high"),
    **dict.fromkeys(("medium", "moderate", "warning", "warn", "p3", "sev3", "minor"), "medium"),
    **dict.fromkeys(("low", "info", "informational", "notice", "p4", "p5", "sev4", "sev5"), "low"),
}
# Words of how people are called: beside a word of a severity, such as in `oncall-low`, they say nothing.
_OF_CALLS = frozenset({"page", "pager", "pagerduty", "oncall"})
# Words that often name what is measured, such as high CPU and low storage, and only in topics and tags a severity.
_OF_METRICS = frozenset({"high", "low", "error", "page", "info", "major", "minor", "notice"})


def severity_of(tags: Mapping[str, str], name: str, topics: Iterable[str], description: str) -> tuple[str, str]:
    """A severity, and what says it: a tag, the name, a topic or the description; two empty texts where nothing does."""
    for key in sorted(tags):
        if re.sub(r"[^a-z]", "", key.lower()) in ("severity", "priority", "alarmseverity"):
            severity = "none" if tags[key].lower() == "none" else _word(tags[key], frozenset())
            if severity:
                return severity, "tag"
    severity = _word(name, _OF_METRICS)
    if severity:
        return severity, "name"
    of_topics = {_word(topic, frozenset({"error", "notice", "info"})) for topic in topics}
    severity = next((word for word in SEVERITIES if word in of_topics), "")
    if severity:
        return severity, "topic"
    severity = _word(description[:400], _OF_METRICS)
    return (severity, "description") if severity else ("", "")


def words_without_severity(text: str) -> list[str]:
    """The words of a text in lower case, without those that say a severity."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower()
    return [word for word in re.findall(r"[a-z0-9]+", spaced) if word not in _WORDS]


def _word(text: str, without: frozenset[str]) -> str:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower()
    words = [word.replace("-", "") for word in re.findall(r"p[0-5]|sev-?[0-5]|[a-z]+[0-9]?", spaced)]
    known = [word for word in words if word in _WORDS and word not in without]
    # The sort is stable: of words of one kind, the first decides.
    first = next(iter(sorted(known, key=_OF_CALLS.__contains__)), "")
    return _WORDS.get(first, "")
