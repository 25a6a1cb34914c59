"""One event for the hub besides errors in logs: a failed task, a deployment, a service that does not work; pure.

Everything in it goes through redaction here: whoever makes one cannot forget it.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.common.printable import printable
from handlers.common.redact import Options, redact_and_count
from handlers.common.text_size import cut

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

        def clean(text: str, most: int) -> str:
            found = redact_and_count(str(printable(text)), options)
            redacted.update(found.counts)
            return cut(found.text, most)

        said = {
            "title": clean(self.title, MOST_TITLE),
            "facts": [[name, clean(value, MOST_FACT)] for name, value in self.facts[:MOST_FACTS] if value],
            "lines": [clean(line, MOST_LINE) for line in self.lines[-MOST_LINES:]],
            "service": clean(self.service, MOST_NAME),
            "log_group": cut(self.log_group, 512),
        }
        return {
            **head,
            "type": self.type,
            "subject": clean(self.subject, MOST_NAME),
            "at": self.at,
            "state": self.state,
            **{key: value for key, value in said.items() if value},
        }
