"""The work of `obsgen discover`: a capture and a file in, resources and entries out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.apply_texts import apply_texts
from generator.cli.exit import usage_error
from generator.cli.inventory_run import CaptureCoverage, capture_coverage
from generator.wording import pluralize

if TYPE_CHECKING:
    from generator.inventory.proposals import EntryProposals, ProposalPlaces


def run_discover(folder: Path, file: Path | None, environment: str | None, form: str, *, apply: bool) -> None:
    """Print the inventory of a capture and the proposed entries, or add these to the file."""
    from generator.inventory.document import discovery_document
    from generator.inventory.proposals import proposals

    of_capture = capture_coverage(folder, file, environment)
    proposed = None
    if of_capture.built:
        proposed = proposals(of_capture.coverage, of_capture.shapes, _places(of_capture))
    if apply and of_capture.target is None:
        raise usage_error("--apply changes the file of an environment, and there is none", "use --file")
    changed = _apply(of_capture, proposed) if apply and proposed else {}
    data = discovery_document(of_capture.capture, of_capture.coverage, proposed, is_whole=form == "json")
    if form == "json":
        click.echo(json.dumps({**data, "applied": bool(changed)}, indent=1))
        return
    click.echo("\n".join(_lines(data, of_capture, proposed, changed)))


def _lines(
    data: Mapping[str, object],
    of_capture: CaptureCoverage,
    proposed: EntryProposals | None,
    changed: Mapping[str, object],
) -> list[str]:
    from generator.inventory.text import discovery_lines

    lines = list(discovery_lines(data))
    if proposed is None:
        return [*lines, "", "No entries are proposed without the file of an environment (--file)."]
    for reason, count in proposed.not_proposed.items():
        lines.append(f"No entry for {pluralize(count, 'resource')} {reason}")
    if changed:
        return [*lines, "", f"Changed: {', '.join(changed)}"]
    if proposed.entries:
        assert of_capture.target
        lines += ["", f"Entries for what nothing watches (--apply adds them to {of_capture.target.file}):"]
        lines += proposed.text.splitlines()
    return lines


def _places(of_capture: CaptureCoverage) -> ProposalPlaces:
    """The accounts and Regions of the environment."""
    import yaml

    from generator.inventory.proposals import ProposalPlaces

    assert of_capture.built
    built = of_capture.built
    estate = built.estates[of_capture.environment]
    regions = {account.id: frozenset(account.regions_of(estate.regions)) for account in estate.accounts}
    _, services, depth = built.source.node(("services",))
    entries = services.value if depth and isinstance(services, yaml.MappingNode) else ()
    keys = {str(key.value) for key, _ in entries}
    environments = tuple(name for name in built.environments if name != of_capture.environment)
    hub = estate.hub
    names = {account.id: account.name for account in estate.accounts}
    return ProposalPlaces(hub.account, hub.region, names, regions, environments, frozenset(keys))


def _apply(of_capture: CaptureCoverage, proposed: EntryProposals) -> Mapping[str, tuple[str, str]]:
    """Add the entries; the changed texts by file."""
    from generator.inventory.edits import with_entries
    from generator.yaml_edits import NotEditable

    assert of_capture.built
    assert of_capture.target
    source = of_capture.built.source.at(("services",))
    if not proposed.entries:
        return {}
    try:
        after = with_entries(source.text, proposed.entries)
    except NotEditable as error:
        raise usage_error(
            f"{source.name} cannot be edited: {error}", "paste the entries that the command prints"
        ) from None
    texts = {source.name: (source.text, after)}
    apply_texts(texts, of_capture.target)
    return texts
