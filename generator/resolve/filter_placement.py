"""The placement of filters on log groups: where the log group is, restricted by the filter's own keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Side
from generator.model.logs import LogGroup
from generator.model.placement import Placement, intersection
from generator.resolve.placement import check_hub_placement, check_placement_names, effective_placement, placement
from generator.resolve.scope import Scope
from generator.spec.placements import PlacedSpec


def placement_with_log_group(spec: PlacedSpec, group: LogGroup, scope: Scope) -> Placement | None:
    """The placement that filter and log group have in common; None for every member, and for the hub."""
    return (
        effective_placement(intersection(placement(spec, scope), group.placement), scope)
        if group.side is Side.MEMBERS
        else None
    )


def check_filter_placement(
    spec: PlacedSpec, path: Path, group: LogGroup, placed: Placement | None, scope: Scope
) -> Iterator[Finding]:
    """R02 and R07 for the keys of a placement that name nothing, or nothing together with the log group.

    placed: as placement_with_log_group returns it.
    """
    yield from check_placement_names(spec, scope.document, path)
    if group.side is Side.HUB:
        yield from check_hub_placement(spec, path)
        return
    if spec.is_of_hub:
        message = "this filter is for the hub, but its log group is in members"
        also = ((group.path, "the log group"),)
        yield Finding("R07", message, (*path, "accounts"), hint="use a log group with `accounts: [hub]`", also=also)
        return
    own = placement(spec, scope)
    is_nowhere = placed is not None and placed.is_nowhere
    if is_nowhere and not group.is_nowhere and not (own and own.is_nowhere):
        message = f"in {scope.environment} no account has both this filter and its log group"
        also = ((group.path, "the log group"),)
        yield Finding("R07", message, path, hint="place it in the accounts of its log group", on="key", also=also)


def unknown_log_group(name: str, known: Iterable[str], path: Path) -> Finding:
    """R02 for a key that no log group has."""
    otherwise = "add it to log_groups (create: false where it exists already)"
    return unknown_reference("R02", "log group", name, known, path, otherwise)
