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
    existing: Iterable[LogGroup], groups: Groups, own: Sequence[str], referenced: Collection[str] = ()
) -> LogGroupSelection:
    """Those to query.

    existing: those with the tags of the settings. own: names and globs. referenced: by functions and services.
    """
    matching = {group.name: group for group in existing if _is_selected(group.name, groups, referenced)}
    remaining = {name: group for name, group in matching.items() if not matches(name, own)}
    queried = [group for group in remaining.values() if group.class_ in QUERIED]
    return LogGroupSelection(
        chunks=tuple(_chunks(queried, groups.chunk)),
        own=len(matching) - len(remaining),
        of_class=len(remaining) - len(queried),
        names=frozenset(group.name for group in queried),
    )


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether a name is one of these names, or of what these globs say."""
    return any(name == glob or fnmatchcase(name, glob) for glob in globs)


def prefixes_to_list(groups: Groups, referenced: Collection[str]) -> list[str]:
    """Prefixes whose listings have all log groups that may be chosen, none of them within another; "" lists all."""
    if not groups.prefixes and not groups.names and groups.tags:
        return [""]
    prefixes = {*groups.prefixes, *groups.names}
    prefixes |= {"/aws/lambda/" if name.startswith("/aws/lambda/") else name for name in referenced}
    shortest: list[str] = []
    for prefix in sorted(prefixes):
        if not shortest or not prefix.startswith(shortest[-1]):
            shortest.append(prefix)
    return shortest


def has_tags(tags: Mapping[str, str], required: Sequence[tuple[str, Sequence[str]]]) -> bool:
    """Whether a log group has one of the values of each key; any value where none is given."""
    return all(key in tags and (not values or tags[key] in values) for key, values in required)


def _is_selected(name: str, groups: Groups, referenced: Collection[str]) -> bool:
    if matches(name, groups.exclude):
        return False
    is_any = not groups.prefixes and not groups.names and bool(groups.tags)
    return is_any or name in referenced or name in groups.names or name.startswith(groups.prefixes or ("\0",))


def _chunks(groups: Iterable[LogGroup], most: int) -> Iterable[tuple[str, ...]]:
    """In the order of names; classes apart, for a query takes log groups of one class."""
    most = max(1, min(most, MOST_IN_A_QUERY))
    by_class: dict[str, list[str]] = {}
    for group in groups:
        by_class.setdefault(group.class_, []).append(group.name)
    for _, names in sorted(by_class.items()):
        names.sort()
        yield from (tuple(names[start : start + most]) for start in range(0, len(names), most))
