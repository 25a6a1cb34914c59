"""The life of an agent: its stack instance, its heartbeats, and that there are none; pure.

A window is a heartbeat. That an agent is silent is judged by the time for which a tick was scheduled, since ticks wait
in the same queue as windows: a hub that is late finds nobody silent for it. After a time in which the hub itself did
not work, its table say, windows of that time wait in its queue for longer than the first tick does: it finds nobody
silent until they had the time to come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from handlers.events.messages import AgentWindow
from handlers.events.records import Agent, Pulse, Source, Status
from handlers.events.settings import Settings

# Ticks come every five minutes; with one missing, windows of that time may wait in the queue still.
MISSING_TICK_MS = 450_000


@dataclass(frozen=True, slots=True)
class StackChange:
    """What became of an agent's stack instance: registered, updated, removed or failed. reason: of a failure."""

    source: Source
    status: Status
    at: int
    reason: str = ""


def heartbeat(agent: Agent | None, window: AgentWindow, now: int, settings: Settings) -> Agent:
    """The agent after one of its windows; the same where the window is an old one."""
    if agent is None:
        agent = Agent(window.source, Status.REGISTERED, window.start, registered_at=window.start)
    if window.end <= agent.window_end:
        return agent
    is_fresh = window.end + settings.silent_after >= window.sent_at
    status = _status(agent, window) if is_fresh else agent.status
    if status is Status.REGISTERED and agent.status is Status.REMOVED:
        agent = replace(agent, registered_at=window.start, learned=0)
    return replace(
        agent,
        status=status,
        status_at=agent.status_at if status is agent.status else window.end,
        agent_version=window.agent_version or agent.agent_version,
        heartbeat_at=now,
        window_end=window.end,
        body=window.agent,
    )


def _status(agent: Agent, window: AgentWindow) -> Status:
    """A failed one is well when its stack instance is; a removed one sends its last windows late."""
    if agent.status is Status.FAILED or (agent.status is Status.REMOVED and window.end <= agent.status_at):
        return agent.status
    if agent.status is Status.REMOVED:
        return Status.REGISTERED
    is_other = agent.agent_version and agent.agent_version != window.agent_version
    return Status.UPDATED if is_other else Status.REGISTERED if agent.status is Status.SILENT else agent.status


def stack_changed(agent: Agent | None, change: StackChange) -> Agent:
    """The agent after its stack instance changed; the same where the change is an old one."""
    if agent is None:
        agent = Agent(change.source, change.status, change.at, registered_at=change.at)
    elif change.at <= agent.stack_at:
        return agent
    if change.status is Status.REGISTERED and agent.status is Status.REMOVED:
        agent = replace(agent, registered_at=change.at, learned=0)
    return replace(agent, status=change.status, status_at=change.at, stack_at=change.at, reason=change.reason)


def beat(pulse: Pulse | None, at: int) -> Pulse:
    """The hub's pulse after the tick of a time; the same after one that comes late or twice."""
    if pulse is None:
        return Pulse(at)
    if at <= pulse.at:
        return pulse
    return replace(pulse, at=at, since=at if at - pulse.at > MISSING_TICK_MS else pulse.since)


def is_silent(agent: Agent, at: int, settings: Settings, hub_since: int = 0) -> bool:
    """Whether two windows are missing; never before the first one, nor of an agent that was taken out.

    hub_since: from when on the hub has missed no tick, see `Pulse`. One that was silent before stays so.
    """
    is_watched = agent.status in (Status.REGISTERED, Status.UPDATED, Status.SILENT)
    since = max(agent.window_end, max(agent.status_at, hub_since) if agent.status is not Status.SILENT else 0)
    return is_watched and agent.window_end > 0 and at > since + settings.silent_after


def is_learning(agent: Agent, window_end: int, settings: Settings) -> bool:
    """Whether a window is of the time in which the errors of an account and Region are recorded silently."""
    return settings.learn > 0 and window_end < agent.registered_at + settings.learn


def has_learned(agent: Agent, at: int, settings: Settings) -> bool:
    """Whether that time is over and nobody was told what it brought."""
    is_over = at >= agent.registered_at + settings.learn
    return is_over and settings.learn > 0 and not agent.learned and agent.window_end > 0
