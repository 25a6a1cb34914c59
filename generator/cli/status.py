"""obsgen status"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from generator.cli.exit import FINDINGS
from generator.cli.rollout import as_built, aws, from_out, manifest_in, progress, queues_in, told_plainly
from generator.manifest import MANIFEST
from generator.render.words import counted
from generator.rollout.standing import Looking, Role, Standing, when
from generator.rollout.wanted import Wanted, external_id_of

SHOWN = 10


@click.command(name="status")
@click.option("--environment", "-e", help="Which environment, where several were built.")
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), default="out", show_default=True, help="Where build wrote."
)
@click.option("--json", "as_json", is_flag=True, help="As data.")
@click.option("--profile", help="The AWS profile to use, instead of the usual chain.")
@click.option("--members-profile", help="The profile of the management account, where that is not the hub's.")
def command(
    environment: str | None, out: Path, as_json: bool, profile: str | None, members_profile: str | None
) -> None:
    """Say how everything stands: stacks, alarms by account, queues, subscriptions, the last incident.

    Alarms of the members are read with MonitoringRole-<AccountId>, so by whoever may assume it.

    \b
    Examples:
      obsgen status -e prod

    Exit codes: 0 all is well; 1 something is behind, dead or unconfirmed; 2 no out/; 3 AWS refused.
    """
    wanted, shown = from_out(out, environment), progress()
    members = aws(members_profile) if members_profile else None
    with as_built(out / wanted.environment):
        looking = _looking(wanted, aws(profile), members)
    with told_plainly(shown):
        found = looking.look()
    click.echo(
        json.dumps({**asdict(found), "well": found.well}, indent=1) if as_json else "\n".join(_said(found, wanted))
    )
    raise click.exceptions.Exit(0 if found.well else FINDINGS)


def _looking(wanted: Wanted, caller: Any, members: Any) -> Looking:
    found = queues_in(manifest_in(wanted.files[MANIFEST], Path(MANIFEST)), MANIFEST)
    queues = {found.incidents.name: False, **{one.name: True for one in found.dead_letters}}
    external_id = external_id_of(wanted.files)
    role = Role(external_id) if external_id is not None else None
    return Looking(wanted, caller, queues, f"incident-episodes-{wanted.environment}", role, members)


def _said(found: Standing, wanted: Wanted) -> Iterator[str]:
    yield f"{wanted.environment} of account {wanted.hub.account}, {wanted.hub.region}: {_verdict(found)}"
    stack = f"{found.stack}, changed {found.updated}" if found.stack else "is not there"
    yield f"  Hub, {wanted.hub.name}: {stack}"
    yield f"  Members, {wanted.members.name}: {_instances(found)}"
    for one in found.behind:
        name = wanted.members.names.get(one.account, one.account)
        yield f"    {name} {one.account} {one.region} is {one.status}: {one.reason or one.detail}"
    if found.alarms:
        yield "  Alarms"
        yield from (f"    {line}" for line in _alarms(found))
    if found.queues:
        yield "  Queues"
        yield from (f"    {_queue(one.name, one.number, dead=one.dead)}" for one in found.queues)
    for address in found.unconfirmed:
        yield f"  Not confirmed: {address} gets no mail until the link in AWS's own is followed"
    if found.incident:
        over = "over" if found.incident.over else "still open"
        account = wanted.members.names.get(found.incident.account, found.incident.account)
        yield f"  Last incident: {found.incident.alarm} in {account}, {when(found.incident.at)}, {over}"
    yield from (f"  Not seen: {unseen}" for unseen in _together(found.unseen))


def _verdict(found: Standing) -> str:
    return "all is well" if found.well else "somebody should look"


def _instances(found: Standing) -> str:
    if not found.set_there:
        return "is not there"
    counts = Counter(one.status for one in found.instances)
    return ", ".join([f"{counted(len(found.instances), 'stack')}", *(f"{n} {s}" for s, n in sorted(counts.items()))])


def _alarms(found: Standing) -> Iterator[str]:
    for account, states in sorted(found.alarms.items()):
        counts = ", ".join(f"{len(names)} {state}" for state, names in sorted(states.items())) or "none"
        yield f"{account}: {counts}"
        firing = sorted(states.get("ALARM", []))
        yield from (f"  ALARM {name}" for name in firing[:SHOWN])
        if len(firing) > SHOWN:
            yield f"  and {len(firing) - SHOWN} more"


def _queue(name: str, number: int, *, dead: bool) -> str:
    hint = "; `obsgen redrive` shows them" if dead and number else ""
    return f"{name}: {counted(number, 'message')}{hint}"


def _together(unseen: list[str]) -> Iterator[str]:
    """Many accounts that refuse for one reason are one line."""
    reasons: dict[str, list[str]] = {}
    for one in unseen:
        what, _, reason = one.partition(" (")
        reasons.setdefault(reason, []).append(what)
    for reason, whats in reasons.items():
        more = f" and {len(whats) - SHOWN} more" if len(whats) > SHOWN else ""
        yield f"{', '.join(whats[:SHOWN])}{more} ({reason}"
