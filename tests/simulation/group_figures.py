"""One cause, one incident, in figures: the real code under virtual time, no faults but the one in question.

python -m tests.simulation.group_figures      all of them, as bench/ publishes them; some minutes
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

from tests.simulation.figures import (
    CHANNELS,
    Figure,
    Scene,
    at_most,
    episode,
    exactly,
    measure,
    name,
    script,
    severity,
)
from tests.simulation.group_records import Records
from tests.simulation.script import Event

# What holds where the file says nothing.
DEFAULTS: dict[str, Any] = {
    "group": {
        "by": ["service", "account"],
        "wait_seconds": {"critical": 0, "high": 30, "medium": 30, "low": 60},
        "update_every_seconds": 300,
        "collect_seconds": 3_600,
    },
    "storm": {
        "environment_per_minute": 30,
        "account_per_minute": 10,
        "own_pages": 10,
        "calm_seconds": 600,
        "split": 20,
        "severity": "critical",
    },
    "flapping": {"repeats": 4, "within_seconds": 3_600, "every_seconds": 900, "page_every_seconds": 1_800},
    "remind_seconds": {"critical": 1_800, "high": 14_400},
    "escalate": {},
    "acknowledge": ["ticket", "reaction", "command"],
}
WITH_MAIL = {**CHANNELS, "ops-email": "email"}
ROUTES = {
    "critical": ["ops-pagerduty", "ops-jira", "ops-slack", "ops-email"],
    "high": ["ops-pagerduty", "ops-jira", "ops-slack", "ops-email"],
    "medium": ["ops-jira", "ops-slack", "ops-email"],
    "low": ["ops-slack"],
}
PAGES, MESSAGES = ("trigger", "resolve"), ("post", "reply")


class Groups(Scene):
    """A scene with incidents of several alarms."""

    def number(self, channel: str, *actions: str) -> int:
        """How often people saw that."""
        return sum(one.channel == channel and one.action in actions for one in self.simulation.sightings)

    def incidents(self) -> int:
        """That people heard of."""
        return len(Records([*self.simulation.tables.values()]).roots())

    def violations(self) -> list[str]:
        """Of everything that the oracle judges."""
        return [str(one) for one in self.outcome.violations]


def _scene(alarms: dict[str, str], events: list[Event], hours: float, **more: object) -> Groups:
    given = {"channels": WITH_MAIL, "routes": ROUTES, "incidents": DEFAULTS, **more}
    return Groups(script(alarms, events, hours, **given), hours)


def _quietly(case: str, scene: Groups) -> list[Figure]:
    return [
        exactly(case, "answers that ask to wait", scene.rate_limited, 0),
        exactly(case, "violations", len(scene.violations()), 0),
        exactly(case, "dead letters", scene.dead_letters, 0),
    ]


def storm(count: int = 5_000, hours: float = 2.0) -> list[Figure]:
    """So many alarms within a minute that share nothing, all over half an hour later."""
    case = f"{count:,} alarms in a minute"
    alarms = {name(number): severity(number) for number in range(count)}
    events = [
        {**event, "cause": 1}
        for number, alarm in enumerate(alarms)
        for event in episode(alarm, 10 + 60 * number / count, 1_810 + 60 * number / count)
    ]
    scene = _scene(alarms, events, hours)
    criticals = {alarm for alarm, severity in alarms.items() if severity == "critical"}
    return [
        at_most(case, "last decision", max(scene.decisions()), 10),
        at_most(case, "first critical's page", min(scene.waits("ops-pagerduty", criticals, "trigger")), 2),
        at_most(case, "incidents", scene.incidents(), 50, ""),
        at_most(case, "pages, triggers and resolves", scene.number("ops-pagerduty", *PAGES), 60, ""),
        at_most(case, "messages in chat", scene.number("ops-slack", *MESSAGES), 60, ""),
        at_most(case, "mails", scene.number("ops-email", "post"), 40, ""),
        at_most(case, "tickets", scene.number("ops-jira", "create"), 50, ""),
        at_most(case, "largest item", max(t.largest[0] for t in scene.simulation.tables.values()) / 1_000, 12, "KB"),
        at_most(case, "items of a transaction", max(t.widest for t in scene.simulation.tables.values()), 60, ""),
        *_quietly(case, scene),
    ]


def one_cause(count: int = 5_000, hours: float = 2.0) -> list[Figure]:
    """So many parts of one composite, which is in ALARM after the first thousand of them."""
    case = f"{count:,} alarms under one composite"
    top = name(count)
    alarms = {name(number): ("high", "medium", "low")[number % 3] for number in range(count)} | {top: "critical"}
    events = [
        event
        for number in range(count)
        for event in episode(name(number), 10 + 60 * number / count, 1_810 + 60 * number / count)
    ]
    events += episode(top, 22, 1_880)
    events = [{**event, "cause": 1} for event in events]
    scene = _scene(alarms, events, hours, about={alarm: {"parts_of": [top]} for alarm in alarms})
    return [
        at_most(case, "last decision", max(scene.decisions()), 10),
        exactly(case, "incidents", scene.incidents(), 1),
        exactly(case, "pages", scene.number("ops-pagerduty", "trigger"), 1),
        at_most(case, "messages in chat", scene.number("ops-slack", *MESSAGES), 5, ""),
        exactly(case, "tickets", scene.number("ops-jira", "create"), 1),
        exactly(case, "of them open", _open_tickets(scene), 0),
        *_quietly(case, scene),
    ]


def composite(parts: int = 10, orders: int = 12) -> list[Figure]:
    """A composite with its parts, in any order of arrival."""
    case = f"a composite with {parts} parts, {orders} orders of arrival"
    most, violations = 0, 0
    for number in range(orders):
        dice = random.Random(number)
        names = [name(index) for index in range(parts + 1)]
        alarms = {alarm: dice.choice(("critical", "high", "medium")) for alarm in names} | {names[0]: "critical"}
        order, gap = dice.sample(names, len(names)), dice.choice((0.05, 1.0, 40.0))
        events = [e for index, alarm in enumerate(order) for e in episode(alarm, 10 + gap * index, 900 + index)]
        scene = _scene(alarms, events, 0.6, about={alarm: {"parts_of": [names[0]]} for alarm in names})
        most = max(most, scene.number("ops-jira", "create"))
        violations += len(scene.violations())
    return [exactly(case, "tickets, the most", most, 1), exactly(case, "violations", violations, 0)]


def silence(count: int = 500) -> list[Figure]:
    """So many alarms without data at once."""
    case = f"{count} alarms without data"
    events: list[Event] = []
    for number in range(count):
        about: Event = {"do": "state", "alarm": name(number)}
        events.append({**about, "t": 10 + 30 * number / count, "state": "INSUFFICIENT_DATA"})
        events.append({**about, "t": 1_200 + 30 * number / count, "state": "OK"})
    scene = _scene({name(number): "high" for number in range(count)}, events, 1.0)
    paged = scene.number("ops-jira", "create") + scene.number("ops-pagerduty", *PAGES)
    # Ten before it is a storm, one of the storm or of the list that names it, one where a list was begun.
    return [
        at_most(case, "messages in chat", scene.number("ops-slack", *MESSAGES), 12, ""),
        at_most(case, "mails", scene.number("ops-email", "post"), 12, ""),
        exactly(case, "tickets and pages", paged, 0),
        *_quietly(case, scene),
    ]


def flapping(times: int = 200, hours: float = 10.0) -> list[Figure]:
    """An alarm that goes to and fro for a night."""
    case = f"{times} repeats in {hours:g} h"
    gap = hours * 3_600 / times
    events = [event for number in range(times) for event in episode(name(0), 10 + gap * number, 60 + gap * number)]
    scene = _scene({name(0): "critical"}, events, hours + 1.5, about={name(0): {"service": "checkout"}})
    pages = [one.at for one in scene.simulation.sightings if one.channel == "ops-pagerduty" and one.action == "trigger"]
    half_hours = hours * 2
    # Up to the limit each of the first ones pages.
    return [
        at_most(case, "pages", len(pages), half_hours + 5, ""),
        at_most(case, "messages in chat", scene.number("ops-slack", *MESSAGES), 4 * hours * 2 + 12, ""),
        exactly(case, "tickets", scene.number("ops-jira", "create"), 1),
        exactly(case, "of them open", _open_tickets(scene), 0),
        *_quietly(case, scene),
    ]


def outage(groups: int = 60, hours: float = 6.0) -> list[Figure]:
    """Jira away for hours while composites with five parts each come and go."""
    case = f"Jira down {hours:g} h, {groups} composites with 5 parts"
    alarms, about = dict[str, str](), dict[str, dict[str, Any]]()
    span, back = hours * 3_600 - 900, 60 + hours * 3_600
    events: list[Event] = [{"t": 60.0, "do": "down", "channel": "ops-jira", "how": "503", "until": back}]
    for group in range(groups):
        top, begin = name(6 * group), 120 + span * group / groups
        for index in range(6):
            alarm = name(6 * group + index)
            alarms[alarm], about[alarm] = ("high" if index == 0 else "medium"), {"parts_of": [top]}
            end = begin + 240 + index if group % 2 else None
            events += [{**event, "cause": group} for event in episode(alarm, begin + 3 * index, end)]
    total = hours + 1.5
    scene = _scene(alarms, events, total, about=about)
    tops = {name(6 * group) for group in range(groups)}
    return [
        exactly(case, "tickets, one a composite", scene.number("ops-jira", "create"), groups),
        exactly(case, "of them open", _open_tickets(scene), groups - groups // 2),
        at_most(case, "each page meanwhile", max(scene.waits("ops-pagerduty", tops, "trigger")), 100),
        *_quietly(case, scene),
    ]


def _open_tickets(scene: Groups) -> int:
    return sum(issue.is_open for issue in scene.simulation.vendors["ops-jira"].issues.values())  # type: ignore[attr-defined]


CASES: tuple[Callable[[], list[Figure]], ...] = (storm, one_cause, composite, silence, flapping, outage)


def main() -> int:
    """Exit code 1 where one does not hold."""
    return measure(CASES)


if __name__ == "__main__":
    sys.exit(main())
