"""One-time schedules that put a reminder into the function's own queue.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#one-time
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handlers.incident.events import LOOK_AGAIN, OWN_SOURCE, Key


@dataclass(frozen=True, slots=True)
class Schedule:
    """client: of EventBridge Scheduler. role: what it assumes to send to the queue, or to the dead letters."""

    client: Any
    group: str
    queue: str
    role: str
    dead_letters: str

    def look(self, key: Key, at: int) -> None:
        """Look at an episode at that time, in milliseconds; asked for twice, it happens once."""
        seconds = at // 1000
        body = {
            "source": OWN_SOURCE,
            "detail-type": LOOK_AGAIN,
            "account": key.account,
            "region": key.region,
            "detail": {"alarm": key.alarm},
        }
        text = f"{key.account}/{key.region}/{key.alarm}/{seconds}"
        try:
            self.client.create_schedule(
                Name=f"look-{hashlib.sha256(text.encode()).hexdigest()[:24]}",
                GroupName=self.group,
                ScheduleExpression=f"at({datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S})",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={
                    "Arn": self.queue,
                    "RoleArn": self.role,
                    "Input": json.dumps(body),
                    "DeadLetterConfig": {"Arn": self.dead_letters},
                },
            )
        except self.client.exceptions.ConflictException:
            return
