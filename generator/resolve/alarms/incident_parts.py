"""The composites whose incidents an alarm is part of, by their rules alone.

An alarm is part of a composite whose rule it makes true by being in ALARM: itself, through other composites, and an
even number of times under `not` (`ok(x)` of a composite is `not x`). What a rule excludes or waits for, and what
suppresses a composite, is no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from generator.model.alarm_rules import mentioned
from generator.model.alarm_severity import is_less_severe, loudest
from generator.model.alarms import Alarm, Composite
from generator.model.routing import AlarmSeverity
from generator.resolve.scope import Scope

# An incident is open under each of its keys, which are items of one transaction of 100; and who reads on that far up?
MOST_PARENTS = 6
_SILENT = "none"


@dataclass(frozen=True, slots=True)
class _Tree:
    """Upwards from what rules mention. by_ref: the composites. mentions: a ref to those whose rules mention it.

    The boolean says whether the mention is positive: in ALARM it makes the rule true.
    """

    by_ref: Mapping[str, Composite]
    mentions: Mapping[str, Sequence[tuple[str, bool]]]


def with_parts(
    alarms: tuple[Alarm, ...], composites: tuple[Composite, ...], scope: Scope
) -> tuple[tuple[Alarm, ...], tuple[Composite, ...]]:
    """Alarms and composites with their `parts_of`; most of a large estate are in no rule, and stay as they are."""
    if not composites:
        return alarms, composites
    tree = _tree(composites)
    with_alarms = tuple(_alarm(alarm, tree, scope) if alarm.ref in tree.mentions else alarm for alarm in alarms)
    above = {composite.key: _parent_names(composite.ref, composite.severities[0], tree) for composite in composites}
    parents = {name for alarm in with_alarms for name in alarm.parts_of} | {
        name for names in above.values() for name in names
    }
    return with_alarms, tuple(_composite(composite, above[composite.key], parents) for composite in composites)


def _alarm(alarm: Alarm, tree: _Tree, scope: Scope) -> Alarm:
    worst = loudest(alarm, scope.accounts, bool(scope.organizational_units))
    names = () if alarm.alone or worst is None else _parent_names(alarm.ref, worst, tree)
    return replace(alarm, parts_of=names) if names else alarm


def _composite(composite: Composite, above: tuple[str, ...], parents: set[str]) -> Composite:
    own = (composite.name,) if composite.name in parents else ()
    names = (*own, *above)[:MOST_PARENTS]
    return replace(composite, parts_of=names) if names else composite


def _parent_names(ref: str, severity: AlarmSeverity, tree: _Tree) -> tuple[str, ...]:
    """The names of the composites whose incidents include an alarm of this severity, the nearest first.

    MOST_PARENTS at most, so that the time does not grow with the height of an estate's tree.
    """
    if severity == _SILENT:
        # An alarm without notifications has no incident.
        return ()
    names = (
        composite.name
        for composite in _above(ref, tree)
        if _SILENT not in composite.severities and not is_less_severe(composite.severities[-1], severity)
    )
    return tuple(islice(names, MOST_PARENTS))


def _above(ref: str, tree: _Tree) -> Iterator[Composite]:
    """The composites that something is a positive part of, level by level; none with separate parts, nor beyond one."""
    visited: set[tuple[str, bool]] = set()
    level = [(ref, True)]
    while level:
        level = sorted({step for below, sign in level for step in _step(below, sign, tree)} - visited)
        visited.update(level)
        yield from (tree.by_ref[key] for key, sign in level if sign)


def _step(ref: str, sign: bool, tree: _Tree) -> Iterator[tuple[str, bool]]:
    for key, is_positive in tree.mentions.get(ref, ()):
        if not tree.by_ref[key].separate:
            yield key, sign == is_positive


def _tree(composites: tuple[Composite, ...]) -> _Tree:
    mentions: dict[str, list[tuple[str, bool]]] = {}
    for composite in composites:
        for ref, sign in dict.fromkeys(mentioned(composite.rule)):
            mentions.setdefault(ref, []).append((composite.key, sign))
    return _Tree({composite.key: composite for composite in composites}, mentions)
