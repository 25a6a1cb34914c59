"""What the path does at its worst, in figures: the real code under virtual time, no faults but the one in question.

python -m tests.simulation.figures            all of them, as bench/ publishes them; some minutes
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.simulation import findings, system
from tests.simulation.script import Event, Script
from tests.simulation.simulation import Simulation
from tests.simulation.world import EPOCH, HOUR, MINUTE, MS, SECOND

# A decision takes 0.3 s at 128 MB: what its calls take here, and this.
DECIDING = 200 * MS
DECIDER = "jira-ticket-creator-prod"
ROUTES = {
    "critical": ["ops-pagerduty", "ops-jira", "ops-slack"],
    "high": ["ops-pagerduty", "ops-jira", "ops-slack"],
    "medium": ["ops-jira", "ops-slack"],
    "low": ["ops-slack"],
}
CHANNELS = {"ops-pagerduty": "pagerduty", "ops-jira": "jira", "ops-slack": "slack"}
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Figure:
    """What is to hold and what was measured. holds: whether it does."""

    case: str
    what: str
    limit: str
    measured: str
    holds: bool


class Scene:
    """A script without faults, run to its end. jira_call: seconds that Jira takes."""

    def __init__(self, script: Script, hours: float, jira_call: float = 0.57) -> None:
        self.simulation = Simulation(script)
        self.world = self.simulation.world
        self.simulation.account.functions[DECIDER].computing = DECIDING
        for vendor in self.simulation.vendors.values():
            if vendor.channel == "ops-jira":
                vendor.fastest = vendor.slowest = round(jira_call * SECOND)
        self.outcome = self.simulation.run(until=round(hours * HOUR))

    def at(self, alarm: str, index: int = 0, state: str = "ALARM") -> int:
        """When the alarm was in a state for the index-th time."""
        return [at for at, one in self.simulation.truth.changes[alarm] if one == state and at > 0][index]

    def seen(self, channel: str, *actions: str) -> Iterator[tuple[str, int]]:
        """Alarm and time of what people saw."""
        for sighting in self.simulation.sightings:
            if sighting.channel == channel and sighting.action in actions:
                label = sighting.incident.removeprefix("obsgen-")
                alarm = system.read(sighting.text).alarm or self.simulation.oracle.alarm_of.get(label, "")
                yield alarm, sighting.at

    def waits(self, channel: str, alarms: set[str], *actions: str) -> list[float]:
        """Seconds from an alarm's first ALARM to its first sighting; as long as a day where there was none."""
        first: dict[str, int] = {}
        for alarm, at in self.seen(channel, *actions):
            first.setdefault(alarm, at)
        return [(first.get(alarm, self.world.now + 24 * HOUR) - self.at(alarm)) / SECOND for alarm in sorted(alarms)]

    @property
    def dead_letters(self) -> int:
        """How many there are."""
        return len(self.simulation.dead_letters.messages)

    @property
    def rate_limited(self) -> int:
        """How often a vendor asked for less."""
        return sum(number for name, number in self.outcome.reached.items() if name.endswith("rate-limited"))

    def decisions(self) -> list[float]:
        """Seconds from each state change to its decision."""
        return [(decided - fact[1]) / SECOND for fact, decided in self.simulation.oracle.decided.items()]

    def most_in_a_minute(self, channel: str) -> int:
        """Calls."""
        calls, first, most = self.simulation.oracle.calls[channel], 0, 0
        for index, at in enumerate(calls):
            while calls[first] <= at - MINUTE:
                first += 1
            most = max(most, index - first + 1)
        return most

    def violations(self) -> list[str]:
        """Of what is guaranteed; but a list of hundreds shows the newest twenty, so not of each message."""
        return [
            str(one)
            for one in self.outcome.violations
            if one.code in system.GUARANTEED
            and not (one.code in ("L1", "L2", "L7") and one.text.startswith("ops-slack/"))
        ]


def name(number: int) -> str:
    """Of the number-th alarm."""
    return f"a{number:03}-alarm-prod"


def script(alarms: dict[str, str], events: list[Event], hours: float, **more: object) -> Script:
    given = {"channels": CHANNELS, "routes": ROUTES, "reopen_within": 900, **more}
    ordered = sorted(events, key=lambda event: event["t"])
    for number, event in enumerate(ordered):
        event["n"] = number
    return Script(1, alarms, events=tuple(ordered), heal_at=hours * 3_600, **given)  # type: ignore[arg-type]


def episode(alarm: str, begin: float, end: float | None) -> list[Event]:
    made: list[Event] = [{"t": round(begin, 3), "do": "state", "alarm": alarm, "state": "ALARM"}]
    if end is not None:
        made.append({"t": round(end, 3), "do": "state", "alarm": alarm, "state": "OK"})
    return made


def severity(number: int) -> str:
    share = number % 100
    return "critical" if share == 7 else "high" if share < 10 else "medium" if share < 50 else "low"


def at_most(case: str, what: str, measured: float, limit: float, unit: str = "s") -> Figure:
    return Figure(case, what, f"≤ {limit:g} {unit}".rstrip(), f"{measured:.1f} {unit}".rstrip(), measured <= limit)


def exactly(case: str, what: str, measured: int, wanted: int) -> Figure:
    return Figure(case, what, str(wanted), str(measured), measured == wanted)


def _always(case: str, scene: Scene, *, dead_letters: bool = True) -> list[Figure]:
    made = [exactly(case, "violations of what is guaranteed", len(scene.violations()), 0)]
    return [*made, exactly(case, "dead letters", scene.dead_letters, 0)] if dead_letters else made


def storm(count: int = 5_000, hours: float = 3.0) -> list[Figure]:
    """So many alarms within a minute, all over half an hour later."""
    case = f"{count:,} alarms in a minute"
    alarms = {name(number): severity(number) for number in range(count)}
    events = [
        event
        for number, alarm in enumerate(alarms)
        for event in episode(alarm, 10 + 60 * number / count, 1_810 + 60 * number / count)
    ]
    scene = Scene(script(alarms, events, hours), hours)
    by_severity: dict[str, set[str]] = defaultdict(set)
    for alarm, its_severity in alarms.items():
        by_severity[its_severity].add(alarm)
    tickets = by_severity["critical"] | by_severity["high"] | by_severity["medium"]
    limits = {channel: system.calls_a_minute(kind, slow=False) for channel, kind in CHANNELS.items()}
    return [
        at_most(case, "last decision", max(scene.decisions()), 10),
        at_most(case, "each critical's page", max(scene.waits("ops-pagerduty", by_severity["critical"], "trigger")), 5),
        at_most(
            case, "each high's page", max(scene.waits("ops-pagerduty", by_severity["high"], "trigger")) / 60, 5, "min"
        ),
        at_most(case, "last ticket", max(scene.waits("ops-jira", tickets, "create")) / 60, 120, "min"),
        *(
            at_most(case, f"calls to {CHANNELS[channel]} in any minute", scene.most_in_a_minute(channel), limit, "")
            for channel, limit in limits.items()
        ),
        exactly(case, "answers that ask to wait", scene.rate_limited, 0),
        *_always(case, scene),
    ]


def outage(count: int = 500, hours: float = 6.0) -> list[Figure]:
    """Jira away for hours while incidents go on, half of which end meanwhile."""
    case = f"Jira down {hours:g} h, {count} incidents"
    alarms = {name(number): ("high", "medium")[number % 2] for number in range(count)}
    span, back = hours * 3_600 - 600, 60 + hours * 3_600
    events: list[Event] = [{"t": 60.0, "do": "down", "channel": "ops-jira", "how": "503", "until": back}]
    for number, alarm in enumerate(alarms):
        begin = 120 + span * number / count
        events += episode(alarm, begin, begin + 240 if number % 4 < 2 else None)
    total = hours + 2
    scene = Scene(script(alarms, events, total), total)
    created = sorted((at - EPOCH) / SECOND - back for _, at in scene.seen("ops-jira", "create"))
    jira = scene.simulation.vendors["ops-jira"]
    still_open = sum(issue.is_open for issue in jira.issues.values())  # type: ignore[attr-defined]
    pages = scene.waits("ops-pagerduty", {alarm for alarm, severity in alarms.items() if severity == "high"}, "trigger")
    return [
        exactly(case, "tickets, one each", len(created), count),
        exactly(case, "of them open", still_open, count - count // 2),
        at_most(case, "first ticket after it is back", created[0] / 60, 5, "min"),
        at_most(case, "last ticket after it is back", created[-1] / 60, count * 4 / 60 + 10, "min"),
        at_most(case, "each page meanwhile", max(pages), 5),
        *_always(case, scene),
    ]


def silence(days: float = 10.0, count: int = 60) -> list[Figure]:
    """Slack away for days, with incidents that are over when it is back; then a critical one."""
    case = f"Slack down {days:g} d, {count} incidents over"
    alarms = {name(number): "medium" for number in range(count)} | {name(count): "critical"}
    back = 60 + days * DAY_S
    events: list[Event] = [{"t": 60.0, "do": "down", "channel": "ops-slack", "how": "503", "until": back}]
    for number in range(count):
        begin = 120 + (back - 3_600) * number / count
        events += episode(name(number), begin, begin + 240)
    # The first after the outage, before anybody has found out that it is over.
    events += episode(name(count), back + 5, None)
    total = back / 3_600 + 1
    channels = {"ops-slack": "slack"}
    routes = {severity: ["ops-slack"] for severity in ROUTES}
    scene = Scene(script(alarms, events, total, channels=channels, routes=routes), total)
    posts = [s for s in scene.simulation.sightings if s.action in ("post", "reply")]
    own = [s for s in posts if not system.listed(s.text)]
    return [
        exactly(case, "lists", len(posts) - len(own), 1),
        exactly(case, "messages of their own about the past", sum(name(count) not in s.text for s in own), 0),
        at_most(case, "the new critical", max(scene.waits("ops-slack", {name(count)}, "post")), 5),
        exactly(case, "answers that ask to wait", scene.rate_limited, 0),
        *_always(case, scene),
    ]


def slow_jira(count: int = 40, call: float = 5.0) -> list[Figure]:
    """Every call to Jira takes seconds."""
    case = f"Jira takes {call:g} s a call, {count} incidents"
    alarms = {name(number): "high" for number in range(count)}
    events = [event for n, alarm in enumerate(alarms) for event in episode(alarm, 10 + 30 * n, 400 + 30 * n)]
    scene = Scene(script(alarms, events, 2.0), 2.0, jira_call=call)
    jira = scene.simulation.vendors["ops-jira"]
    issues = list(jira.issues.values())  # type: ignore[attr-defined]
    return [
        exactly(case, "tickets", len(issues), count),
        exactly(case, "resolved", sum(not issue.is_open for issue in issues), count),
        *_always(case, scene),
    ]


def joined_route(past: int = 120) -> list[Figure]:
    """An alarm with many incidents behind it, Jira and the pager join its route, and then it is in ALARM again."""
    case = f"Jira and the pager join, {past} incidents before"
    alarm = name(0)
    events = [e for n in range(past) for e in episode(alarm, 10 + 1_200 * n, 100 + 1_200 * n)]
    join = 1_200.0 * past
    events.append({"t": join, "do": "deploy", "routes": {"high": ["ops-slack", "ops-jira", "ops-pagerduty"]}})
    events += episode(alarm, join + 1_200, None)
    routes = {"high": ["ops-slack"]}
    total = join / 3_600 + 1
    scene = Scene(script({alarm: "high"}, events, total, routes=routes), total)
    told = [*scene.seen("ops-jira", "create", "comment"), *scene.seen("ops-pagerduty", "trigger", "resolve")]
    about_the_past = [at for _, at in told if at < scene.at(alarm, past)]
    return [
        exactly(case, "messages about the past", len(about_the_past), 0),
        exactly(case, "tickets and pages", len(told), 2),
        *_always(case, scene),
    ]


def findings_at_once(count: int = 1_200, criticals: int = 30) -> list[Figure]:
    """So many findings within a minute, because somebody wants each of them, and critical alarms among them."""
    case = f"{count:,} findings in a minute"
    told = {findings.name(number): "low" for number in range(count)}
    alarms = {name(number): "critical" for number in range(criticals)}
    events = [
        {"t": round(10 + 60 * number / count, 3), "do": "state", "alarm": finding, "state": "ALARM", "content": 1}
        for number, finding in enumerate(told)
    ]
    for number, alarm in enumerate(alarms):
        events += episode(alarm, 12 + 120 * number / criticals, None)
    scene = Scene(script({**told, **alarms}, events, 0.5), 0.5)
    return [
        at_most(case, "last decision", max(scene.decisions()), 10),
        at_most(case, "each critical alarm's page", max(scene.waits("ops-pagerduty", {*alarms}, "trigger")), 5),
        at_most(case, "each critical alarm's ticket", max(scene.waits("ops-jira", {*alarms}, "create")), 5),
        at_most(case, "each critical alarm's message", max(scene.waits("ops-slack", {*alarms}, "post")), 5),
        *_always(case, scene),
    ]


def aged_alarm(episodes: int = 150) -> list[Figure]:
    """What is remembered of an alarm that has been through much, with six channels."""
    case = f"{episodes} episodes, 6 channels"
    channels = {f"ops-{kind}": kind for kind in ("pagerduty", "jira", "slack", "email", "opsitem", "webhook")}
    alarm = name(0)
    events = [e for n in range(episodes) for e in episode(alarm, 10 + 1_200 * n, 100 + 1_200 * n)]
    total = episodes / 3 + 1
    routes = {"high": list(channels)}
    scene = Scene(script({alarm: "high"}, events, total, channels=channels, routes=routes), total)
    largest = max(table.largest[0] for table in scene.simulation.tables.values())
    return [at_most(case, "largest item", largest / 1_000, 8, "KB"), *_always(case, scene)]


CASES: tuple[Callable[[], list[Figure]], ...] = (
    storm,
    outage,
    silence,
    slow_jira,
    joined_route,
    findings_at_once,
    aged_alarm,
)


def rows(figures: list[Figure]) -> Iterator[str]:
    """As a table of docs/performance.md."""
    for figure in figures:
        mark = "" if figure.holds else " **not held**"
        yield f"| {figure.case} | {figure.what} | {figure.limit} | {figure.measured}{mark} |"


def measure(cases: Sequence[Callable[[], list[Figure]]]) -> int:
    """Show them as a table; exit code 1 where one does not hold."""
    failed = False
    sys.stdout.write("| case | figure | held | measured |\n| --- | --- | --- | --- |\n")
    for case in cases:
        began = time.process_time()
        figures = case()
        failed |= not all(figure.holds for figure in figures)
        sys.stdout.write("\n".join(rows(figures)) + "\n")
        sys.stdout.flush()
        sys.stderr.write(f"{case.__name__}: {time.process_time() - began:.0f} s of CPU\n")
    return 1 if failed else 0


def main() -> int:
    """Exit code 1 where one does not hold."""
    return measure(CASES)


if __name__ == "__main__":
    sys.exit(main())
