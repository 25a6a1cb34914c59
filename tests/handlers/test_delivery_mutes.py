"""What a channel's worker does with an open incident whose alarms are muted, in virtual time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from handlers.incident.events import Key
from handlers.incident.state.records import Incident, Kind, Member, Summary
from tests.handlers.delivery_world import Place

MINUTE = 60_000
CHANNELS = {"pager": {"type": "pagerduty"}, "jira": {"type": "jira"}, "hook": {"type": "webhook"}}


@dataclass
class Muted:
    """A channel, and alarms that are muted until a time."""

    place: Place = field(default_factory=lambda: Place(dict(CHANNELS)))
    until: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.place.ports = replace(self.place.ports, muted_until=self.muted_until)

    def muted_until(self, keys: Iterable[Key]) -> int:
        now = self.place.clock.now()
        ends = [self.until.get(key.alarm, 0) for key in keys]
        return min(ends) if ends and min(ends) > now else 0

    def mute(self, minutes: int, *alarms: str) -> None:
        self.until |= dict.fromkeys(alarms, self.place.clock.now() + minutes * MINUTE)

    @property
    def pages(self) -> list[str]:
        return self.place.sinks["pager"].steps()


def test_what_was_owed_before_the_mute_waits_for_its_end() -> None:
    world = Muted()
    world.place.open("a", "pager")
    world.mute(30, "errors")
    world.place.run("pager", 29 * 60)
    assert world.pages == []
    world.place.run("pager", 3 * 60)
    assert world.pages == ["open"]


def test_an_early_end_of_the_mute_is_noticed_within_two_minutes() -> None:
    world = Muted()
    world.place.open("a", "pager")
    world.mute(600, "errors")
    world.place.run("pager", 10 * 60)
    world.until.clear()
    world.place.run("pager", 2 * 60)
    assert world.pages == ["open"]


def test_an_end_is_sent_and_what_comes_due_meanwhile_is_sent_once_after_it() -> None:
    world = Muted()
    world.place.open("a", "pager", "jira")
    world.place.open("b", "pager", alarm="other")
    world.place.run("pager", 60)
    world.mute(30, "errors", "other")
    world.place.end("a")
    reminded = [world.place.clock.now(), world.place.clock.now() + 1]
    for at in reminded:
        world.place.change("b", reminded_at=at)
    world.place.run("pager", 20 * 60)
    assert world.place.sinks["pager"].steps("a") == ["open", "resolve"]
    assert world.place.sinks["pager"].steps("b") == ["open"]
    world.place.run("pager", 15 * 60)
    assert world.place.sinks["pager"].steps("b") == ["open", "reminder"]


def test_what_is_over_before_it_was_sent_and_is_muted_is_dealt_with_as_ever() -> None:
    world = Muted()
    world.place.open("a", "jira")
    world.mute(30, "errors")
    world.place.run("jira", 60)
    assert world.place.sinks["jira"].steps() == []
    world.place.end("a")
    world.place.run("jira", 120)
    assert world.place.sinks["jira"].steps() == ["open", "resolve"]


def test_a_channel_that_lags_behind_is_told_the_end_and_not_what_is_withheld() -> None:
    world = Muted()
    opened = world.place.open("a", "jira")
    world.place.run("jira", 60)
    ended = world.place.clock.now()
    world.place.change(
        "a", alarm_at=ended + 1, alarm_count=2, withheld_from=3, known_alarm_at=opened.alarm_at, known_ended=ended
    )
    world.place.run("jira", 120)
    assert world.place.sinks["jira"].steps() == ["open", "resolve"]
    world.place.change("a", state="OK", ended=ended + 2)
    world.place.run("jira", 120)
    assert world.place.sinks["jira"].steps() == ["open", "resolve"]


def group(world: Muted, *alarms: str, members: int = 0) -> Incident:
    now = world.place.clock.now()
    keys = [Key("2" * 12, "us-east-1", name) for name in alarms]
    parts = [Member(name.alarm, name, Kind.ALONE, "high", "ALARM", now, now, now, 1, now) for name in keys]
    number = members or len(parts)
    opened = Incident("g", keys[0], Kind.GROUP, "high", now, "ALARM", now, now, recipients=("hook",))
    opened = replace(opened, members=number, open_members=number, summary=Summary(tuple(parts)))
    world.place.table.commit(opened, ["hook"])
    return opened


def test_several_alarms_are_held_only_while_all_that_are_open_are_muted() -> None:
    world = Muted()
    group(world, "x", "y")
    world.mute(30, "x", "y")
    world.place.run("hook", 10 * 60)
    assert world.place.sinks["hook"].steps() == []
    del world.until["y"]
    world.place.run("hook", 2 * 60)
    assert world.place.sinks["hook"].steps() == ["open"]


def test_where_not_all_alarms_are_known_nothing_is_held() -> None:
    world = Muted()
    group(world, "x", "y", members=80)
    world.mute(30, "x", "y")
    world.place.run("hook", 60)
    assert world.place.sinks["hook"].steps() == ["open"]
