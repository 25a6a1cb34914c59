"""The steps of a drill on this machine: an event is sent, decided on, and delivered; each hop is dated."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.drill.drill_result import DrillEvent, DrillResult, Step
from generator.drill.process import Invocation, LocalFunction
from generator.drill.receivers import ChannelReceiver

# The queue's own waits between receives are minutes; here the next receive follows at once.
MOST_RECEIVES = 3
# Wake-ups of one step; each channel has one, and some come again.
MOST_WAKE_UPS = 50


@dataclass(frozen=True, slots=True)
class EventSender:
    """EventBridge's part: it puts events into the queue. sqs: a client. url: of the queue."""

    sqs: Any
    url: str

    def send(self, event: Mapping[str, Any]) -> float:
        """Send an event; when that was done, in seconds since 1970."""
        self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(event))
        return time.time()


@dataclass(frozen=True, slots=True)
class DrillPath:
    """The way of an event, from the sender to the receivers."""

    function: LocalFunction
    notifier: LocalFunction
    sender: EventSender
    receivers: list[ChannelReceiver]


def run_steps(result: DrillResult, path: DrillPath) -> None:
    """Run one step for each event of the drill, up to the first that the function fails at."""
    for event in result.events:
        step = Step(event.title, event.state)
        result.steps.append(step)
        _run_step(step, result, path, event)
        if step.failed:
            return


def _run_step(step: Step, result: DrillResult, path: DrillPath, event: DrillEvent) -> None:
    before = {receiver.name: len(receiver.deliveries()) for receiver in path.receivers}
    started = time.time()
    for body in (*event.before, event.body):
        message = body()
        of_alarm = f" of {message['detail']['alarmName']}" if event.before else ""
        sent = path.sender.send(message)
        step.hops.append((sent - started, f"{result.queue} has the event{of_alarm}"))
        _decide(step, result, path.function, started)
    served = {} if step.failed else _notify(step, path.notifier, started)
    for receiver in path.receivers:
        times = receiver.deliveries()[before[receiver.name] :]
        step.notified += [receiver.name] if times else []
        step.hops += [(max(0.0, at - started), f"{receiver.name} is notified ({receiver.type})") for at in times]
        if times and served.get(receiver.name, times[-1]) < times[-1]:
            step.hops.append((served[receiver.name] - started, f"{result.notifier} serves {receiver.name}"))
    step.hops.sort(key=lambda hop: hop[0])


def _decide(step: Step, result: DrillResult, function: LocalFunction, started: float) -> None:
    """Let the function decide, as often as the queue delivers the event."""
    for receive in range(1, MOST_RECEIVES + 1):
        invocation = function.invoke()
        if invocation.received:
            step.hops.append((invocation.received - started, f"{result.function} receives it"))
        step.failed = invocation.failed
        _add_refusals(step, invocation, started)
        if not invocation.failed or not invocation.received:
            break
        then = "the queue waits, then delivers it again" if receive < MOST_RECEIVES else "no more receives"
        problem = f" ({invocation.problem})" if invocation.problem else ""
        step.hops.append((invocation.ended - started, f"it fails{problem}; {then}"))
    if invocation.received and not step.failed:
        step.hops.append((invocation.ended - started, f"{result.function} is done"))


def _notify(step: Step, notifier: LocalFunction, started: float) -> dict[str, float]:
    """Serve the wake-ups in the queue; when each channel was served first, in seconds since 1970."""
    served: dict[str, float] = {}
    for _ in range(MOST_WAKE_UPS):
        invocation = notifier.invoke()
        if not invocation.received:
            break
        served.setdefault(str(json.loads(invocation.body)["wake"]), invocation.received)
        _add_refusals(step, invocation, started)
        if invocation.problem:
            step.hops.append((invocation.ended - started, f"the notifier fails ({invocation.problem})"))
    return served


def _add_refusals(step: Step, invocation: Invocation, started: float) -> None:
    step.hops += [
        (invocation.ended - started, f"{channel} does not accept it; it would be retried: {reason}")
        for channel, reason in invocation.refusals
    ]
