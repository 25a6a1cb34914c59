"""A run: experiments side by side in one thread, each until it ends, and then without what it created.

An experiment yields while it waits, so that twenty waits of some minutes take as long as the longest.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from generator.rollout.aws.errors import AwsError
from generator.rollout.progress import ProgressReporter
from generator.rollout.selftest.calls import GuardedCalls
from generator.rollout.selftest.clean_up import delete
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.pseudonyms import Pseudonyms
from generator.rollout.selftest.state import RunState
from generator.rollout.selftest.types import (
    DIFFERS,
    MINUTE_S,
    UNTRIED,
    CallRefused,
    Experiment,
    ExperimentOutcome,
    ExperimentSteps,
    NotTried,
    Verdict,
)

# Beyond an experiment's own time, for calls that are slow.
GRACE_S = 120.0
MOST_ERROR = 1000
# How long the name of a deleted queue cannot be used.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
QUEUE_NAME_S = 61.0


@dataclass(order=True, slots=True)
class _Running:
    """An experiment that waits until due_ms. order: of experiments that are due at the same time."""

    due_ms: float
    order: int
    started_ms: int = field(compare=False)
    context: SelftestContext = field(compare=False)
    steps: ExperimentSteps = field(compare=False)


@dataclass
class SelftestRun:
    """state: of a new run, or of one that was interrupted; its outcomes are not tried again."""

    calls: GuardedCalls
    state: RunState
    experiments: Sequence[Experiment]
    reporter: ProgressReporter
    pseudonyms: Pseudonyms

    def perform(self) -> None:
        """Run what has no outcome. Raises AwsError where the session ended, KeyboardInterrupt."""
        self._delete_unfinished()
        now_ms = self.calls.aws.now_ms()
        waiting = [
            self._started(order, experiment, now_ms)
            for order, experiment in enumerate(self.experiments)
            if experiment.name not in self.state.outcomes
        ]
        heapq.heapify(waiting)
        while waiting:
            running = heapq.heappop(waiting)
            self.calls.aws.sleep(max(0.0, (running.due_ms - self.calls.aws.now_ms()) / 1000))
            if self._has_more(running):
                heapq.heappush(waiting, running)
            self.reporter.at("experiments", len(self.state.outcomes), len(self.experiments))

    def _delete_unfinished(self) -> None:
        """Delete what an interrupted run has left, before the same names are created again."""
        unfinished = list(self.state.resources)
        delete(self.calls, unfinished, self.state.is_deleted)
        if any(resource.kind == "queue" for resource in unfinished):
            self.calls.aws.sleep(QUEUE_NAME_S)

    def _started(self, order: int, experiment: Experiment, now_ms: int) -> _Running:
        context = SelftestContext(experiment, self.calls, self.state, self.pseudonyms)
        return _Running(now_ms, order, now_ms, context, experiment.run(context))

    def _has_more(self, running: _Running) -> bool:
        """Run an experiment until it waits; False where it has ended."""
        context, now_ms = running.context, self.calls.aws.now_ms
        try:
            pause_s = next(running.steps)
        except StopIteration:
            self._end(running, context.verdict)
            return False
        except (CallRefused, NotTried) as error:
            self._end(running, _without_end(context), str(error))
            return False
        except AwsError:
            raise
        except Exception as error:  # an answer of an unknown form: the other experiments go on
            self._end(running, _without_end(context), f"{type(error).__name__}: {error}")
            return False
        most_ms = (context.experiment.minutes * MINUTE_S + GRACE_S) * 1000
        if now_ms() + pause_s * 1000 > running.started_ms + most_ms:
            running.steps.close()  # type: ignore[attr-defined]  # a generator
            self._end(running, _without_end(context), f"no answer within {context.experiment.minutes} min")
            return False
        running.due_ms = now_ms() + pause_s * 1000
        return True

    def _end(self, running: _Running, verdict: Verdict, error: str = "") -> None:
        """Note the outcome, then delete what the experiment created."""
        context, name = running.context, running.context.experiment.name
        errors = (self.pseudonyms.text(error)[:MOST_ERROR],) if error else ()
        ended_ms = self.calls.aws.now_ms()
        self.state.end(ExperimentOutcome(name, verdict, running.started_ms, ended_ms, context.observations, errors))
        own = [resource for resource in self.state.resources if resource.experiment == name]
        delete(self.calls, own, self.state.is_deleted, rounds=1)
        self.reporter.line(f"{verdict:19} {name}")


def _without_end(context: SelftestContext) -> Verdict:
    """The verdict of an experiment that could not go on: what AWS has answered differently remains an answer."""
    return DIFFERS if context.verdict == DIFFERS else UNTRIED
