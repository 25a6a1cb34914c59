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
    seen_in,
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
    asked = dict.fromkeys(key for one in window.errors for key in (one.fingerprint, *one.also))
    heads = store.heads(asked)
    known = {}
    for one in window.errors:
        head = next((heads[key] for key in (one.fingerprint, *one.also) if key in heads), None)
        root = follow(head, store) if head else None
        if root and _takes(root, one):
            known[one.fingerprint] = root
    return known


def _takes(error: Error, one: Occurrence) -> bool:
    """Whether an occurrence is of an error, or can become so."""
    return _counts_as(one, error) or len(error.merged) < MOST_MERGED


def _counts_as(one: Occurrence, error: Error) -> bool:
    return one.fingerprint in (error.fingerprint, *error.merged)


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
        for one in self.window.errors:
            self.check()
            head = self.heads.get(one.fingerprint)
            # Two occurrences may be of one error by now.
            head = latest.get(head.fingerprint, head) if head else None
            head = head if head and _takes(head, one) else None
            error, what = self._observe(one, head)
            latest[error.fingerprint] = error
            roots[one.fingerprint] = error.fingerprint
            if what is Novelty.KNOWN:
                changed += self._spike(error, one)
        return [*latest.values(), *changed]

    def _observe(self, one: Occurrence, head: Error | None) -> tuple[Error, Novelty]:
        """The error as it is written now, and what the occurrence was."""
        seen = seen_in(self.window, one, self.learning)
        for _ in range(TRIES):
            after, what = self._after(head, seen)
            is_other = head is not None and not _counts_as(one, head)
            if after == head and not is_other:
                return after, what
            try:
                if head and is_other:
                    return self._adopt(after, head, seen), what
                return self.outputs.store.save(after, head.version if head else 0), what
            except Conflict:
                head = known_heads(replace(self.window, errors=(one,)), self.outputs.store).get(one.fingerprint)
        raise Conflict(one.fingerprint)

    def _after(self, head: Error | None, seen: ObservedOccurrence) -> tuple[Error, Novelty]:
        settings = self.outputs.settings
        what, after = novelty(head, seen, settings), updated_error(head, seen, settings)
        if self._is_reached(after, seen):
            what, after = Novelty.REACHED, with_limit_reached(after, seen)
        is_told = what is Novelty.REACHED or seen.occurrence.fingerprint not in self.summarised
        if what is Novelty.KNOWN or self.learning or not is_told:
            return with_next_due(after, settings), what
        window, deployment = (seen.start, seen.end), self._deployment(after, seen)
        said = error_opened(after, what, window, seen.occurrence, deployment, settings)
        return with_open_finding(after, seen.end, said, settings), what

    def _is_reached(self, error: Error, seen: ObservedOccurrence) -> bool:
        if error.state is not State.IGNORED or not error.ignore_count:
            return False
        since = max(seen.end - error.ignore_window, error.state_at) - self.outputs.settings.every
        if since >= seen.end:
            return False
        counts = self.outputs.store.each_count(error, since, seen.end)
        return is_reached(error, counts, seen, self.outputs.settings)

    def _adopt(self, after: Error, head: Error, seen: ObservedOccurrence) -> Error:
        """Other rules have called the error otherwise: its fingerprint becomes an alias of the one that is known."""
        alias, whole = merge(new_error(seen, self.outputs.settings), after, "", seen.end)
        written = replace(with_next_due(whole, self.outputs.settings), version=head.version)
        return self.outputs.store.save_merged(replace(alias, due=0), written)[1]

    def _deployment(self, error: Error, seen: ObservedOccurrence) -> Deployment | None:
        """The latest deployment before the error that may be its cause."""
        first = seen.occurrence.first
        if self._deployments is None:
            self._deployments = self.outputs.store.deployments(seen.source, self.window.start - SAME_SERVICE_MS)
        for one in self._deployments:
            same = bool(one.service) and one.service == error.service
            if 0 <= first - one.at <= (SAME_SERVICE_MS if same else ANY_SERVICE_MS):
                return one
        return None

    def _spike(self, error: Error, one: Occurrence) -> list[Condition]:
        settings, window = self.outputs.settings, self.window
        if self.learning or error.state is State.IGNORED or not may_be_one(error, one.count, settings):
            return []
        counts = self.outputs.store.counts(error, window.start - DAY_MS, window.end)
        found = spike_of(counts, window.start, error.first_seen, settings)
        if not found:
            return []
        said = spike(error, found.total, found.usual, window.start, settings)
        lasts = SPIKE_WINDOWS * settings.every + settings.every // 2
        return [
            change_condition(
                ERROR_SPIKE,
                error.home,
                error.fingerprint,
                lambda condition: open_condition(condition, window.end, said, settings, lasts),
                self.outputs.store,
            )
        ]
