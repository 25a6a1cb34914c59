"""One event for the hub besides errors in logs: a failed task, a deployment, a service that does not work; pure.

Everything in it goes through redaction here: whoever makes one cannot forget it.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.common.redact import LIMIT, Options, redact, redact_and_count
from handlers.common.text_size import cut
from handlers.error_logs.plain import plain

# Bytes, and how many.
MOST_TITLE, MOST_FACT, MOST_LINE, MOST_NAME = 200, 300, 300, 200
MOST_FACTS, MOST_LINES = 10, 10
TASK_FAILURE, DEPLOYMENT, HEALTH = "task-failure", "deployment", "health"
ALARM, OK, NEITHER = "ALARM", "OK", ""


@dataclass(frozen=True, slots=True)
class MonitoringEvent:
    """As it is found, unredacted. type: TASK_FAILURE, DEPLOYMENT or HEALTH. at: milliseconds since 1970.

    state: ALARM, OK or NEITHER. lines: the last lines of a log, newest last.
    """

    type: str
    subject: str
    at: int
    state: str
    title: str
    facts: Sequence[tuple[str, str]] = ()
    lines: Sequence[str] = ()
    service: str = ""
    log_group: str = ""

    def detail(self, head: dict[str, Any], options: Options, redacted: Counts[str]) -> dict[str, Any]:
        """The detail of the event. head: what every detail begins with. redacted: gets kinds and how many."""

        def redacted_text(text: str) -> str:
            result = redact_and_count(plain(text), options)
            redacted.update(result.counts)
            return result.text

        def clean(text: str, most: int) -> str:
            return cut(redacted_text(text), most)

        body = {
            "title": clean(self.title, MOST_TITLE),
            "facts": [[name, clean(value, MOST_FACT)] for name, value in self.facts[:MOST_FACTS] if value],
            "lines": [cut(line, MOST_LINE) for line in redacted_text(_newest(self.lines)).split("\n") if line.strip()],
            "service": clean(self.service, MOST_NAME),
            "log_group": cut(self.log_group, 512),
        }
        return {
            **head,
            "type": self.type,
            "subject": redacted_subject(self.subject, options),
            "at": self.at,
            "state": self.state,
            **{key: value for key, value in body.items() if value},
        }


def redacted_subject(subject: str, options: Options) -> str:
    """The name of a service or task as it may be said elsewhere."""
    return cut(redact(plain(subject), options), MOST_NAME)


def _newest(lines: Sequence[str]) -> str:
    """The last lines that redaction looks at as one text: a private key is known by the lines around it."""
    newest = [" ".join(plain(line).split("\n")) for line in lines[-MOST_LINES:]]
    while len(newest) > 1 and sum(map(len, newest)) + len(newest) > LIMIT:
        newest.pop(0)
    return "\n".join(newest)
