"""Whether the file marks the organization's management account, and no other one; pure."""

from __future__ import annotations

from collections.abc import Iterator

from generator.rollout.deploy.desired import DesiredState


def faults(desired: DesiredState, account: str) -> Iterator[tuple[str, str]]:
    """What is wrong, and what would be right. account: the management account, as the organization says it.

    A self-managed stack set reaches it, so nothing is marked there.
    """
    if not desired.members.managed:
        return
    name, marked = desired.members.names.get(account), desired.management
    if name is not None:
        yield (
            f"{name} ({account}) is the organization's management account, into which no service-managed stack set"
            " deploys",
            f"accounts: {{{name}: {{management: true}}}}, or remove {name}",
        )
    if marked and marked.account != account:
        right = f"mark {name}" if name else f"the management account is {account}"
        yield (
            f"{marked.name} ({marked.account}) is marked as the organization's management account, and is another one",
            f"remove `management` from {marked.name}: the stack sets reach it; {right}",
        )
