"""Defects planted in the handlers, each of which the worlds have to find.

python -m tests.simulation.mutants                     all of them, at most 200 worlds each
python -m tests.simulation.mutants --only "no claim"   one of them
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from tests.simulation import system
from tests.simulation.generate import script
from tests.simulation.run import Make, worlds
from tests.simulation.seams import code

MOST_WORLDS = 200
INCIDENT = "handlers.incident"


@dataclass(frozen=True, slots=True)
class Patch:
    """What is put in place of something: `broken` gets the original and returns what replaces it."""

    module: str
    name: str
    broken: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """about: what is wrong with it."""

    name: str
    about: str
    patches: tuple[Patch, ...]


@contextmanager
def planted(patches: Sequence[Patch]) -> Iterator[None]:
    """The handlers with something in them replaced, wherever it was imported."""
    with ExitStack() as undo:
        for patch in patches:
            owner: Any = code()[f"{INCIDENT}.{patch.module}"]
            *path, name = patch.name.split(".")
            for part in path:
                owner = getattr(owner, part)
            original = getattr(owner, name)
            replacement = patch.broken(original)
            undo.callback(setattr, owner, name, original)
            setattr(owner, name, replacement)
            if not path and callable(original):
                code().replace(original, replacement)
                undo.callback(code().replace, replacement, original)
        yield


def found(
    patches: Sequence[Patch], most: int = MOST_WORLDS, first: int = 0, make: Make = script
) -> tuple[int, str] | None:
    """The number of worlds that it took, and the invariant that one of them violated."""
    with planted(patches):
        for number, (_, outcome) in enumerate(worlds(first, most, make), 1):
            violated = sorted(outcome.codes() & system.GUARANTEED)
            if violated:
                return number, ", ".join(violated)
    return None


# -- what is planted


def _without_claim(begin: Any) -> Any:
    return lambda delivery, incident, step, fence: replace(begin(delivery, incident, step, fence), claim=0)


def _lease_for_all(update: Any) -> Any:
    def granted(self: Any, key: Any, text: str, condition: str, values: Any) -> Any:
        if "lease_until <= :now" in condition:
            condition = f"{condition} OR lease_until > :now"
        return update(self, key, text, condition, values)

    return granted


def _own_claims_only(job: Any) -> Any:
    """What another worker has begun is begun again."""

    def unfenced(self: Any, row: Any) -> Any:
        table = self.lease.ports.table
        incident, delivery, version = table.load_delivery(row)
        if delivery.claim and incident is not None:
            self.lease.save(replace(delivery, claim=0), version, row.rank, incident)
        return job(self, row)

    return unfenced


def _sure(next_step: Any) -> Any:
    def certain(incident: Any, delivery: Any, **more: Any) -> Any:
        return next_step(incident, replace(delivery, unsure_since=0, claim=0), **more)

    return certain


def _listeners_as_recipients(decide: Any) -> Any:
    def by_route(alarm: Any, known: Any, change: Any, circumstances: Any) -> Any:
        now = tuple(circumstances.listeners.get(circumstances.severity, ()))
        known = {id_: one and replace(one, recipients=now) for id_, one in known.items()}
        return decide(alarm, known, change, circumstances)

    return by_route


def _a_token_a_delivery(spend: Any) -> Any:
    def cheap(self: Any) -> None:
        tokens = self.state.tokens
        is_part = self.ports.now() - self.active_at < 500
        spend(self)
        if is_part:
            self.state = replace(self.state, tokens=tokens)

    return cheap


def _done_whatever_happens(from_queue: Any) -> Any:
    def done(record: Any, deadline: Any) -> bool:
        from_queue(record, deadline)
        return True

    return done


def _without_desired(put: Any) -> Any:
    def blind(self: Any, item: Any, version: int) -> Any:
        there = self._get({"pk": item["pk"], "sk": item["sk"]})
        item = {**item, "desired": there["desired"]} if there else item
        return put(self, item, version)

    return blind


def _conflict_is_success(commit: Any) -> Any:
    def careless(self: Any, *given: Any, **more: Any) -> None:
        try:
            commit(self, *given, **more)
        except code()[f"{INCIDENT}.state.table"].Conflict:
            return

    return careless


def _nothing_found(_original: Any) -> Any:
    return lambda self: self._on(None, searched="1")


def _sure_after_another_failure(failed: Any) -> Any:
    def forgetful(delivery: Any, failure: Any, *given: Any, **more: Any) -> Any:
        after = failed(delivery, failure, *given, **more)
        return after if failure.unsure else replace(after, unsure_since=0)

    return forgetful


def _each(next_step: Any) -> Any:
    def told(incident: Any, delivery: Any, *, policy: Any, **more: Any) -> Any:
        return next_step(incident, delivery, policy=replace(policy, missed="each"), **more)

    return told


def _no_horizon(pruned: Any) -> Any:
    return lambda alarm, now: replace(pruned(alarm, now), horizon=0)


def _five_minutes(failed: Any) -> Any:
    def impatient(delivery: Any, failure: Any, reason: str, policy: Any, now: int, **more: Any) -> Any:
        return failed(delivery, failure, reason, replace(policy, retry_ms=300_000), now, **more)

    return impatient


def _one_read(load: Any) -> Any:
    def torn(self: Any, due: Any) -> Any:
        module = code()[f"{INCIDENT}.state.deliveries_table"]
        attempts, module.ATTEMPTS = module.ATTEMPTS, 1
        try:
            return load(self, due)
        finally:
            module.ATTEMPTS = attempts

    return torn


def _same_key(attempt: Any) -> Any:
    return lambda *given, **more: replace(attempt(*given, **more), begun_for=0)


def _value(value: Any) -> Callable[[Any], Any]:
    return lambda _original: value


def _only_what_opens(original: Any) -> Any:
    def says_more(changes: Any, index: int) -> bool:
        follows = index and changes[index].content and changes[index - 1].state == "ALARM"
        return bool(not follows and original(changes, index))

    return says_more


def _first_content(original: Any) -> Any:
    def content(incident: Any, view: Any) -> dict[str, Any]:
        made = original(incident, view)
        return {**made, "finding": incident.finding or made["finding"]} if made else made

    return content


def _none_for_findings(original: Any) -> Any:
    def of_episode(changes: Any, indexes: Any, index: int) -> Any:
        return None if changes[index].content else original(changes, indexes, index)

    return of_episode


MUTANTS = (
    Mutant(
        "no claim",
        "an attempt is not written down before it is made, so a death leaves no doubt",
        (Patch("delivery.outcome", "begin", _without_claim),),
    ),
    Mutant(
        "no lease",
        "a lease that somebody holds is given to the next one, too",
        (Patch("state.dynamo_calls", "DynamoCalls._update", _lease_for_all),),
    ),
    Mutant(
        "no fence",
        "no lease, and what another worker has begun is begun again",
        (
            Patch("state.dynamo_calls", "DynamoCalls._update", _lease_for_all),
            Patch("delivery.backlog", "Backlog._job", _own_claims_only),
        ),
    ),
    Mutant(
        "skip while unsure",
        "what may have been sent counts as not sent once the incident is over",
        (Patch("delivery.step", "next_step", _sure),),
    ),
    Mutant(
        "remember the search",
        "a search that found nothing counts for later attempts, too",
        (Patch("sinks.jira", "_LASTING", _value(("commented", "moved", "linked", "younger", "searched"))),),
    ),
    Mutant(
        "second search skipped",
        "the first search that finds nothing is believed",
        (Patch("sinks.jira", "BELIEVED_MS", _value(0)),),
    ),
    Mutant(
        "no search of records",
        "what may have been created in ServiceNow counts as not created",
        (Patch("sinks.servicenow", "_Step._search", _nothing_found),),
    ),
    Mutant(
        "half a page",
        "an alert that was accepted, and whose outcome is unknown, counts as not opened",
        (Patch("delivery.step", "_is_partly_open", lambda _original: lambda _delivery: False),),
    ),
    Mutant(
        "recipients from the route",
        "an incident is heard of by whoever the route names now",
        (Patch("decision.decision", "decide", _listeners_as_recipients),),
    ),
    Mutant(
        "a token a delivery",
        "the calls of one step take one token",
        (Patch("delivery.lease", "Lease.spend", _a_token_a_delivery),),
    ),
    Mutant(
        "no redelivery",
        "a message is done with, whether or not it was committed",
        (Patch("app", "_from_queue", _done_whatever_happens),),
    ),
    Mutant(
        "settled unread",
        "a result is written over what a decision has raised meanwhile",
        (Patch("state.deliveries_table", "DeliveriesTable._put_delivery", _without_desired),),
    ),
    Mutant(
        "identity decided anew",
        "each ALARM is an incident of its own",
        (
            Patch("decision.decision", "_of_episode", lambda _original: lambda *_given: None),
            Patch("decision.decision", "_reopened", lambda _original: lambda *_given: None),
        ),
    ),
    Mutant(
        "a conflict is success",
        "who loses a race reads nothing again",
        (Patch("state.dynamo", "DynamoTable.commit", _conflict_is_success),),
    ),
    Mutant(
        "sure after another failure",
        "a failure that left no doubt ends the doubt of the one before",
        (Patch("delivery.outcome", "failed", _sure_after_another_failure),),
    ),
    Mutant(
        "the missed are paged",
        "what began and ended unpaged is paged afterwards",
        (Patch("delivery.step", "next_step", _each),),
    ),
    Mutant(
        "no horizon",
        "of few state changes that are kept the older ones are taken in again when they are replayed",
        (
            Patch("decision.state_changes", "MOST_CHANGES", _value(3)),
            Patch("decision.state_changes", "pruned", _no_horizon),
        ),
    ),
    Mutant(
        "five minutes",
        "a delivery is given up five minutes after it first failed",
        (Patch("delivery.outcome", "failed", _five_minutes),),
    ),
    Mutant(
        "one read",
        "what a decision wrote between two reads of one batch is settled",
        (Patch("state.deliveries_table", "DeliveriesTable.load_delivery", _one_read),),
    ),
    Mutant(
        "one key",
        "every repetition is posted under the key of the first",
        (Patch("delivery.outcome", "attempt", _same_key),),
    ),
    Mutant(
        "a change is not told",
        "an open finding that says something else is the same",
        (Patch("decision.state_changes", "says_more", _only_what_opens),),
    ),
    Mutant(
        "the first content",
        "a finding is told as it was when it opened",
        (Patch("decision.decision", "_content", _first_content),),
    ),
    Mutant(
        "a change opens another",
        "each content of a finding is an incident of its own",
        (Patch("decision.decision", "_of_episode", _none_for_findings),),
    ),
)


def main(mutants: Sequence[Mutant] = MUTANTS, most: int = MOST_WORLDS, make: Make = script) -> int:
    """Exit code 1 where one is not found."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants")
    parser.add_argument("--only")
    parser.add_argument("--worlds", type=int, default=most)
    given = parser.parse_args()
    missed = 0
    for mutant in mutants:
        if given.only in (None, mutant.name):
            result = found(mutant.patches, given.worlds, make=make)
            missed += result is None
            words = f"not found in {given.worlds} worlds" if result is None else f"world {result[0]}: {result[1]}"
            sys.stdout.write(f"{mutant.name:28} {words}\n")
            sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
