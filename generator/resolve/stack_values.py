"""Texts with their place in them: whether each account that has the thing can fill them in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from generator.findings import Finding, Path
from generator.model.accounts import HUB_ACCOUNT, Side
from generator.model.alarms import Alarm
from generator.model.logs import LogGroup
from generator.model.placement import Placement, has
from generator.model.signals import MathSignal
from generator.model.stack_values import ACCOUNT, LABEL, depends_on_stack, differing, value
from generator.resolve.scope import Scope

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
_LOG_GROUP = re.compile(r"[A-Za-z0-9_/.#-]{1,512}")


def faults(alarms: Iterable[Alarm], groups: Iterable[LogGroup], scope: Scope) -> Iterator[Finding]:
    """R07 for a label that some account does not have; R05 for a log group whose name would be none."""
    by_path: dict[Path, Finding] = {}
    for alarm in alarms:
        for path, text in _dimensions(alarm):
            for name in _wanting(text, alarm, scope, path):
                by_path.setdefault(path, _no_label(text, name, path))
    yield from by_path.values()
    for group in groups:
        yield from _of_log_group(group, scope)


def _dimensions(alarm: Alarm) -> Iterator[tuple[Path, str]]:
    for reference in alarm.measured():
        yield from (((*reference.path, "dimensions", name), text) for name, text in reference.metric.dimensions)


def _wanting(text: str, alarm: Alarm, scope: Scope, path: Path) -> Iterator[str | None]:
    """The accounts that have the alarm and not its labels, by name; None is one that joins later."""
    labels = [word for word in differing(text) if word.startswith(LABEL)]
    if not labels or alarm.everywhere_disabled:
        return
    operands = alarm.signal.operands if isinstance(alarm.signal, MathSignal) else ()
    if any(operand.account for operand in operands):
        accounts = {(*operand.path, *path[-2:]): operand.account for operand in operands}
        account = accounts.get(path)
        yield account.name if account else HUB_ACCOUNT
        return
    if alarm.side is Side.HUB:
        # What is still there was not to be filled in: of its account, or of one of those that it counts together.
        without = (
            account.name for account in scope.linked_accounts if any(value(word, account) is None for word in labels)
        )
        yield alarm.account or next(without, None)
        return
    for account in scope.accounts:
        if alarm.deployed_in(account.name) and any(value(word, account) is None for word in labels):
            yield account.name
    if scope.organizational_units and (alarm.placement.later if alarm.placement else alarm.tuning.enabled):
        yield None


def _of_log_group(group: LogGroup, scope: Scope) -> Iterator[Finding]:
    path: Path = (*group.path, "name")
    labels = [word for word in differing(group.name) if word.startswith(LABEL)]
    for account in scope.accounts if depends_on_stack(group.name) else ():
        if not has(group.placement, account.name):
            continue
        if any(value(word, account) is None for word in labels):
            yield _no_label(group.name, account.name, path)
            return
        name = group.name_in(account, scope.regions[0])
        if not _LOG_GROUP.fullmatch(name):
            message = f"in `{account.name}` this is `{name}`, which is not a valid log group name"
            yield Finding("R05", message, path, hint="use letters, digits, and _ / . # -")
            return
    if not scope.organizational_units or not has(group.placement, None):
        return
    if labels:
        yield _no_label(group.name, None, path)
    elif group.create and ACCOUNT in differing(group.name):
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
        message = (
            "the name of an account that joins a unit later changes from its ID to its name when the file names it"
        )
        hint = "use {account_id}; a log group with another name is a new one, without the former lines"
        yield Finding("R07", message, path, hint=hint)


def missing_labels(text: str, placed: Placement | None, scope: Scope, path: Path) -> Iterator[Finding]:
    """R07 for the first account of a placement that lacks a label of a text."""
    labels = [word for word in differing(text) if word.startswith(LABEL)]
    for account in scope.accounts if labels else ():
        if has(placed, account.name) and any(value(word, account) is None for word in labels):
            yield _no_label(text, account.name, path)
            return
    if labels and scope.organizational_units and has(placed, None):
        yield _no_label(text, None, path)


def _no_label(text: str, account: str | None, path: Path) -> Finding:
    names = ", ".join(word.removeprefix(LABEL) for word in differing(text) if word.startswith(LABEL))
    who = f"`{account}`" if account else "an account that joins a unit later"
    hint = "select the accounts with `labels` or `accounts`"
    return Finding("R07", f"{who} has no label {names} for this placeholder", path, hint=hint)


def one_text_for_all(group: LogGroup, what: str, path: Path) -> Iterator[Finding]:
    """R07 where a log group is named in a text that is the same in every account."""
    if depends_on_stack(group.name):
        message = f"{what} is the same in every account, but the name of log group `{group.key}` differs"
        yield Finding("R07", message, path, hint="use a log group with the same name in every account")
