"""Rules of the file for the organization's management account.

A service-managed stack set never deploys to it, so it has stacks of its own; a self-managed one reaches it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Path
from generator.spec.document import Document


def management_faults(document: Document) -> Iterator[Finding]:
    """Two of them (R03), one that the stack sets reach, or that is to go before the stack sets' accounts (R07)."""
    marked = [name for name, account in document.accounts.items() if account.management]
    for name in marked[1:]:
        message = f"an organization has one management account, but `{marked[0]}` is marked as one, too"
        also = ((_path(marked[0]), "the first"),)
        yield Finding("R03", message, _path(name), hint="remove `management` from all but one", also=also)
    if document.organization.stack_sets == "self-managed":
        for name in marked:
            message = (
                "self-managed stack sets deploy to the management account as to any other, with its execution role"
            )
            yield Finding("R07", message, _path(name), hint="remove `management`")
    for index, name in enumerate(document.rollout.first):
        if name in marked:
            message = f"`{name}` is the management account, whose stacks come after those of all stack sets"
            hint = f"remove `{name}` here, and name another account"
            yield Finding("R07", message, ("rollout", "first", index), hint=hint)


def _path(name: str) -> Path:
    return "accounts", name, "management"
