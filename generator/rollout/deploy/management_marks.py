"""The mark on the organization's management account in the file: on that account, and on no other one; pure."""

from __future__ import annotations

from collections.abc import Iterator

from generator.rollout.deploy.desired import DesiredState


def faults(desired: DesiredState, account: str) -> Iterator[tuple[str, str]]:
    """Each fault and its fix. account: the management account of the organization.

    A self-managed stack set reaches it, so nothing is marked there.
    """
    if not desired.members.managed:
        return
    name, marked = desired.members.names.get(account), desired.management
    if name is not None:
        yield (
            f"{name} ({account}) is the organization's management account, and service-managed stack sets do not deploy"
            " to it",
            f"set `accounts: {{{name}: {{management: true}}}}`, or remove {name}",
        )
    if marked and marked.account != account:
        right = f"mark {name}" if name else f"the management account is {account}"
        yield (
            f"{marked.name} ({marked.account}) is marked as the organization's management account, but is another one",
            f"remove `management` from {marked.name}, since the stack sets reach it; {right}",
        )
