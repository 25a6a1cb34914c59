"""Which log groups an agent queries, of those that there are; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from handlers.error_logs.settings import Groups

# Every class but Delivery has Logs Insights with the commands that are used here. Infrequent Access is called
# Essentials by now. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData_Classes.html
QUERIED = ("STANDARD", "INFREQUENT_ACCESS", "ESSENTIALS")
# StartQuery takes 50: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
MOST_IN_A_QUERY = 50


@dataclass(frozen=True, slots=True)
class LogGroup:
    """One log group. class_: as CloudWatch Logs calls it."""

    name: str
    class_: str = "STANDARD"


@dataclass(frozen=True, slots=True)
class LogGroupSelection:
    """chunks: names that one query takes, all of one class. own, of_class: how many were left out, and why."""

    chunks: tuple[tuple[str, ...], ...]
    own: int = 0
    of_class: int = 0
    names: frozenset[str] = field(default_factory=frozenset)


def select_log_groups(
    there: Iterable[LogGroup], groups: Groups, own: Sequence[str], named: Collection[str] = ()
) -> LogGroupSelection:
    """Those to query. there: what was found, tags looked at. own: names and globs. named: by functions and services."""
    wanted = {one.name: one for one in there if _is_wanted(one.name, groups, named)}
    kept = {name: one for name, one in wanted.items() if not matches(name, own)}
    queried = [one for one in kept.values() if one.class_ in QUERIED]
    return LogGroupSelection(
        chunks=tuple(_chunks(queried, groups.chunk)),
        own=len(wanted) - len(kept),
        of_class=len(kept) - len(queried),
        names=frozenset(one.name for one in queried),
    )


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether a name is one of these names, or of what these globs say."""
    return any(name == glob or fnmatchcase(name, glob) for glob in globs)


def prefixes_to_list(groups: Groups, named: Collection[str]) -> list[str]:
    """Prefixes whose listings have all log groups that may be chosen, none of them within another; "" lists all."""
    if not groups.prefixes and not groups.names and groups.tags:
        return [""]
    asked = {*groups.prefixes, *groups.names}
    asked |= {"/aws/lambda/" if name.startswith("/aws/lambda/") else name for name in named}
    found: list[str] = []
    for prefix in sorted(asked):
        if not found or not prefix.startswith(found[-1]):
            found.append(prefix)
    return found


def has_tags(tags: Mapping[str, str], wanted: Sequence[tuple[str, Sequence[str]]]) -> bool:
    """Whether a log group has one of the values of each key; any value where none is given."""
    return all(key in tags and (not values or tags[key] in values) for key, values in wanted)


def _is_wanted(name: str, groups: Groups, named: Collection[str]) -> bool:
    if matches(name, groups.exclude):
        return False
    is_any = not groups.prefixes and not groups.names and bool(groups.tags)
    return is_any or name in named or name in groups.names or name.startswith(groups.prefixes or ("\0",))


def _chunks(groups: Iterable[LogGroup], most: int) -> Iterable[tuple[str, ...]]:
    """In the order of names; classes apart, for a query takes log groups of one class."""
    most = max(1, min(most, MOST_IN_A_QUERY))
    by_class: dict[str, list[str]] = {}
    for group in groups:
        by_class.setdefault(group.class_, []).append(group.name)
    for _, names in sorted(by_class.items()):
        names.sort()
        yield from (tuple(names[start : start + most]) for start in range(0, len(names), most))
