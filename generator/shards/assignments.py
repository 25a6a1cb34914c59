"""The stack of each resource: its current one, or else the first with room.

Resources stay: adding one moves none, and a removed one leaves room that later ones use. So a change of the file
changes only the stacks with changed resources, and no alarm is deleted to be created in another stack.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from generator.shards.pieces import Piece, Pieces

FIRST = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """The size limits of a stack: resources, parameters, outputs, and characters of its resources as JSON."""

    resources: int
    parameters: int
    outputs: int
    characters: int


# Filled up to here: what grows later, such as an alarm that gets a parameter, has room up to CloudFormation's limit.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
FILLED = Limits(resources=399, parameters=159, outputs=159, characters=800_000)
MOST = Limits(resources=500, parameters=200, outputs=200, characters=900_000)


@dataclass(frozen=True, slots=True)
class ShardAssignments:
    """stacks: logical id to the number of its stack, of all whose type may be in another than the first.

    late: the stacks that have composites, beside the first. retired: those that have had something and have nothing
    any more; a rollout deletes them, and they get nothing new until `obsgen shards prune` found them gone.
    """

    stacks: Mapping[str, int] = field(default_factory=dict)
    late: frozenset[int] = frozenset()
    retired: frozenset[int] = frozenset()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The stacks that have something, in the order in which they are rolled out: composites come last."""
        used = {FIRST, *self.stacks.values()}
        return tuple(sorted(used, key=lambda number: (number in self.late, number)))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a resource cannot be where it is. logical_id: the resource. needs: what it has to be with or to come after.

    needs: empty where it is what the first stack has.
    """

    logical_id: str
    stack: int
    needs: str
    needs_stack: int


@dataclass(frozen=True, slots=True)
class Overfull:
    """A stack above CloudFormation's limits, by resources that it had before: two branches filled it, or it grew.

    what: `resources`, `parameters`, `outputs` or `characters`.
    """

    stack: int
    what: str
    count: int
    most: int


@dataclass(slots=True)
class _Room:
    """A stack and what is in it."""

    resources: int = 0
    outputs: int = 0
    characters: int = 0
    parameters: set[str] = field(default_factory=set)

    def add(self, piece: Piece) -> None:
        self.resources += len(piece.ids)
        self.outputs += len(piece.outputs)
        self.characters += piece.size
        self.parameters |= piece.parameters

    def over(self, limits: Limits) -> Iterator[tuple[str, int, int]]:
        """The limits that are exceeded: word, number, and limit."""
        counts = (self.resources, len(self.parameters), self.outputs, self.characters)
        most = (limits.resources, limits.parameters, limits.outputs, limits.characters)
        words = ("resources", "parameters", "outputs", "characters")
        yield from (usage for usage in zip(words, counts, most, strict=True) if usage[1] > usage[2])

    def takes(self, piece: Piece, limits: Limits) -> bool:
        """True if there is room for it."""
        return (
            self.resources + len(piece.ids) <= limits.resources
            and self.outputs + len(piece.outputs) <= limits.outputs
            and len(self.parameters | piece.parameters) <= limits.parameters
            and self.characters + piece.size <= limits.characters
        )


def assign_stacks(
    pieces: Pieces, before: ShardAssignments, filled: Limits = FILLED, most: Limits = MOST
) -> tuple[ShardAssignments, list[Conflict | Overfull]]:
    """The stack of every resource, and those that cannot stay where they were.

    before: the former stacks. filled: how far a stack is filled. most: how far for resources that cannot be in a later
    one.
    """
    placing = _Placing(pieces, before, filled, most)
    return placing.places(), [*placing.conflicts(), *placing.overfull()]


class _Placing:
    """The stacks of one side while pieces are put into them, earlier ones first, each kind by key."""

    def __init__(self, pieces: Pieces, before: ShardAssignments, filled: Limits, most: Limits) -> None:
        self._before, self._filled, self._most = before, filled, most
        self._late = set(before.late)
        self._rooms: dict[int, _Room] = {FIRST: _Room()}
        self._rooms[FIRST].add(pieces.fixed)
        # The stacks that there are, sorted, and those among them that have not as many resources as they are filled to.
        self._known, self._open = [FIRST], [FIRST]
        self._numbered = before.retired | set(before.stacks.values())
        self._stacks: dict[str, int] = dict.fromkeys(pieces.fixed.ids, FIRST)
        self._bound = pieces.bound
        self._pieces = [pieces.movable[key] for key in sorted(pieces.movable)]
        kept_keys = {piece.key for piece in self._pieces if self._keep(piece)}
        self._latest, self._latest_of_late = self._named_by(
            pieces.fixed, *(piece for piece in self._pieces if piece.key in kept_keys)
        )
        new = [piece for piece in self._pieces if piece.key not in kept_keys]
        for late in (False, True):
            for piece in _named_first([candidate for candidate in new if candidate.late is late]):
                self._put(piece, self._after(piece) if late else self._early(piece))

    def places(self) -> ShardAssignments:
        movable = {logical_id: self._stacks[logical_id] for piece in self._pieces for logical_id in piece.ids}
        movable |= dict.fromkeys(self._bound, FIRST)
        used = set(movable.values())
        was = set(self._before.stacks.values()) | self._before.retired
        return ShardAssignments(movable, frozenset(self._late & used), frozenset(was - used - {FIRST}))

    def conflicts(self) -> Iterator[Conflict]:
        """Pieces in several stacks, and resources that are rolled out before one that they name."""
        order = {number: at for at, number in enumerate(self.places().numbers)}
        for logical_id in self._bound:
            was = self._before.stacks.get(logical_id, FIRST)
            if was != FIRST:
                yield Conflict(logical_id, was, "", FIRST)
        for piece in self._pieces:
            number = self._stacks[piece.key]
            for logical_id in piece.ids:
                was = self._before.stacks.get(logical_id, number)
                if was != number:
                    yield Conflict(logical_id, was, piece.key, number)
            for name in sorted(piece.before):
                if order[self._stacks[name]] > order[number]:
                    yield Conflict(piece.key, number, name, self._stacks[name])

    def overfull(self) -> Iterator[Overfull]:
        """Stacks from which nothing can be moved silently: their resources stay."""
        had = set(self._before.stacks.values())
        for number, room in sorted(self._rooms.items()):
            if number not in had:
                continue
            yield from (Overfull(number, *usage) for usage in room.over(self._most))

    def _keep(self, piece: Piece) -> bool:
        number = next(
            (self._before.stacks[logical_id] for logical_id in piece.ids if logical_id in self._before.stacks), None
        )
        if number is None:
            return False
        self._put(piece, number)
        return True

    def _put(self, piece: Piece, number: int) -> None:
        if piece.late and number != FIRST:
            self._late.add(number)
        if number not in self._rooms:
            self._rooms[number] = _Room()
            insort(self._known, number)
            insort(self._open, number)
        room = self._rooms[number]
        room.add(piece)
        at = bisect_left(self._open, number)
        if room.resources >= self._filled.resources and self._open[at : at + 1] == [number]:
            del self._open[at]
        self._stacks.update(dict.fromkeys(piece.ids, number))

    def _named_by(self, *pieces: Piece) -> tuple[dict[str, int], dict[str, int]]:
        """The last stack that a resource may be in, because of what names it and is there already: of what comes
        before all composites, and of composites.
        """
        latest: dict[str, int] = {}
        of_late: dict[str, int] = {}
        for piece in pieces:
            number = self._stacks.get(piece.key, FIRST)
            for name in piece.before:
                of_late[name] = min(number, of_late.get(name, number))
            for name in piece.before if number not in self._late else ():
                latest[name] = min(number, latest.get(name, number))
        return latest, of_late

    def _early(self, piece: Piece) -> int:
        """The first stack with room that comes after what the piece names, and before what names it."""
        earliest = max((self._stacks[name] for name in piece.before), default=FIRST)
        bounds = [self._latest[logical_id] for logical_id in piece.ids if logical_id in self._latest]
        latest = min(bounds, default=self._known[-1])
        known = self._known if bounds else self._open
        numbers = (number for number in known if number not in self._late and earliest <= number <= latest)
        return self._first_with_room(piece, numbers, earliest, reserve=bool(bounds))

    def _after(self, piece: Piece) -> int:
        """The first stack with room that comes after all that the piece names, and before what names it."""
        needs = {self._stacks[name] for name in piece.before}
        earliest = max(needs & self._late, default=FIRST)
        bounds = [self._latest_of_late[logical_id] for logical_id in piece.ids if logical_id in self._latest_of_late]
        latest = min(bounds, default=self._known[-1])
        known = self._known if bounds else self._open
        numbers = [number for number in known if number in self._late and earliest <= number <= latest]
        numbers = [*([FIRST] if needs <= {FIRST} else []), *numbers]
        return self._first_with_room(piece, numbers, earliest, reserve=bool(bounds))

    def _first_with_room(self, piece: Piece, numbers: Iterable[int], earliest: int, reserve: bool = False) -> int:
        """One of the stacks, in their order, or else a new one that comes after the earliest; a retired one may be
        there yet, and gets nothing.
        """
        for number in numbers:
            if self._rooms[number].takes(piece, self._most if reserve else self._filled):
                return number
        used_numbers = self._rooms.keys() | self._numbered
        return next(number for number in itertools.count(earliest + 1) if number not in used_numbers)


def _named_first(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Each after those that it names; by key where nothing else says."""
    owner = {logical_id: piece for piece in pieces for logical_id in piece.ids}
    done: set[str] = set()

    def visit(piece: Piece) -> Iterator[Piece]:
        if piece.key in done:
            return
        done.add(piece.key)
        for name in sorted(piece.before & owner.keys()):
            yield from visit(owner[name])
        yield piece

    for piece in pieces:
        yield from visit(piece)
