"""The errors of a window, one after the other: what each occurrence makes of its error, and whether it is a spike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from handlers.events.aliases import follow
from handlers.events.conditions import open_condition
from handlers.events.errors import (
    Novelty,
    ObservedOccurrence,
    is_reached,
    new_error,
    novelty,
    observe_in,
    updated_error,
    with_limit_reached,
    with_next_due,
    with_open_finding,
)
from handlers.events.finding_detail import ERROR_SPIKE
from handlers.events.messages import AgentWindow, Occurrence
from handlers.events.outputs import Outputs
from handlers.events.records import Condition, Conflict, Deployment, Error, State
from handlers.events.saving import TRIES, change_condition
from handlers.events.spikes import DAY_MS, may_be_one, spike_of
from handlers.events.states import MOST_MERGED, merge
from handlers.events.store import Store
from handlers.events.wording import error_opened, spike

# A spike is over when two windows were none.
SPIKE_WINDOWS = 2
# Within how long before an error a deployment may be its cause: of the same service, and of any.
SAME_SERVICE_MS, ANY_SERVICE_MS = 86_400_000, 3_600_000


def known_heads(window: AgentWindow, store: Store) -> dict[str, Error]:
    """What each occurrence of a window counts as, by its own fingerprint; those that are not known are left out.

    Whatever an agent says that a fingerprint was called before, an error takes MOST_MERGED of them and no more.
    """
    fingerprints = dict.fromkeys(
        key for occurrence in window.errors for key in (occurrence.fingerprint, *occurrence.also)
    )
    heads = store.heads(fingerprints)
    known = {}
    for occurrence in window.errors:
        head = next((heads[key] for key in (occurrence.fingerprint, *occurrence.also) if key in heads), None)
        root = follow(head, store) if head else None
        if root and _accepts(root, occurrence):
            known[occurrence.fingerprint] = root
    return known


def _accepts(error: Error, occurrence: Occurrence) -> bool:
    """Whether an occurrence is of an error, or can become so."""
    return _counts_as(occurrence, error) or len(error.merged) < MOST_MERGED


def _counts_as(occurrence: Occurrence, error: Error) -> bool:
    return occurrence.fingerprint in (error.fingerprint, *error.merged)


@dataclass(slots=True)
class Observer:
    """The occurrences of one window. summarised: fingerprints that a summary tells. heads: see `known_heads`.

    check: raises where there is no time for another.
    """

    window: AgentWindow
    learning: bool
    summarised: frozenset[str]
    outputs: Outputs
    heads: dict[str, Error]
    check: Callable[[], None] = field(default=lambda: None, repr=False)
    _deployments: list[Deployment] | None = field(default=None, init=False)

    def observe(self) -> list[Error | Condition]:
        """Write all of them; what may owe something now."""
        changed: list[Error | Condition] = []
        roots: dict[str, str] = {}
        latest: dict[str, Error] = {}
        for occurrence in self.window.errors:
            self.check()
            head = self.heads.get(occurrence.fingerprint)
            # Two occurrences may be of one error by now.
            head = latest.get(head.fingerprint, head) if head else None
            head = head if head and _accepts(head, occurrence) else None
            error, what = self._observe(occurrence, head)
            latest[error.fingerprint] = error
            roots[occurrence.fingerprint] = error.fingerprint
            if what is Novelty.KNOWN:
                changed += self._spike(error, occurrence)
        return [*latest.values(), *changed]

    def _observe(self, occurrence: Occurrence, head: Error | None) -> tuple[Error, Novelty]:
        """The error as it is written now, and what the occurrence was."""
        observation = observe_in(self.window, occurrence, self.learning)
        for _ in range(TRIES):
            after, what = self._after(head, observation)
            is_other = head is not None and not _counts_as(occurrence, head)
            if after == head and not is_other:
                return after, what
            try:
                if head and is_other:
                    return self._adopt(after, head, observation), what
                return self.outputs.store.save(after, head.version if head else 0), what
            except Conflict:
                head = known_heads(replace(self.window, errors=(occurrence,)), self.outputs.store).get(
                    occurrence.fingerprint
                )
        raise Conflict(occurrence.fingerprint)

    def _after(self, head: Error | None, observation: ObservedOccurrence) -> tuple[Error, Novelty]:
        settings = self.outputs.settings
        what, after = novelty(head, observation, settings), updated_error(head, observation, settings)
        if self._is_reached(after, observation):
            what, after = Novelty.REACHED, with_limit_reached(after, observation)
        is_notified = what is Novelty.REACHED or observation.occurrence.fingerprint not in self.summarised
        if what is Novelty.KNOWN or self.learning or not is_notified:
            return with_next_due(after, settings), what
        window, deployment = (observation.start, observation.end), self._deployment(after, observation)
        content = error_opened(after, what, window, observation.occurrence, deployment, settings)
        return with_open_finding(after, observation.end, content, settings), what

    def _is_reached(self, error: Error, observation: ObservedOccurrence) -> bool:
        if error.state is not State.IGNORED or not error.ignore_count:
            return False
        since = max(observation.end - error.ignore_window, error.state_at) - self.outputs.settings.every
        if since >= observation.end:
            return False
        counts = self.outputs.store.each_count(error, since, observation.end)
        return is_reached(error, counts, observation, self.outputs.settings)

    def _adopt(self, after: Error, head: Error, observation: ObservedOccurrence) -> Error:
        """Other rules have called the error otherwise: its fingerprint becomes an alias of the one that is known."""
        alias, whole = merge(new_error(observation, self.outputs.settings), after, "", observation.end)
        written = replace(with_next_due(whole, self.outputs.settings), version=head.version)
        return self.outputs.store.save_merged(replace(alias, due=0), written)[1]

    def _deployment(self, error: Error, observation: ObservedOccurrence) -> Deployment | None:
        """The latest deployment before the error that may be its cause."""
        first = observation.occurrence.first
        if self._deployments is None:
            self._deployments = self.outputs.store.deployments(observation.source, self.window.start - SAME_SERVICE_MS)
        for deployment in self._deployments:
            same = bool(deployment.service) and deployment.service == error.service
            if 0 <= first - deployment.at <= (SAME_SERVICE_MS if same else ANY_SERVICE_MS):
                return deployment
        return None

    def _spike(self, error: Error, occurrence: Occurrence) -> list[Condition]:
        settings, window = self.outputs.settings, self.window
        if self.learning or error.state is State.IGNORED or not may_be_one(error, occurrence.count, settings):
            return []
        counts = self.outputs.store.counts(error, window.start - DAY_MS, window.end)
        result = spike_of(counts, window.start, error.first_seen, settings)
        if not result:
            return []
        content = spike(error, result.total, result.usual, window.start, settings)
        lasts = SPIKE_WINDOWS * settings.every + settings.every // 2
        return [
            change_condition(
                ERROR_SPIKE,
                error.home,
                error.fingerprint,
                lambda condition: open_condition(condition, window.end, content, settings, lasts),
                self.outputs.store,
            )
        ]
