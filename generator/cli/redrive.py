"""obsgen redrive"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from generator.cli.exit import FINDINGS, AwsRefused, fail
from generator.cli.rollout import manifest_in, queues_in
from generator.manifest import MANIFEST
from generator.reading import MOST_BUILT, content
from generator.rollout.dead_letters import DeadLetter, Queues
from generator.rollout.redrive import Hub, Outcome, Peek
from generator.rollout.refused import Refused


def _built(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Shell completion: what was built."""
    out = Path(ctx.params.get("out") or "out")
    return [path.parent.name for path in sorted(out.glob(f"{incomplete}*/{MANIFEST}"))]


@click.command(name="redrive")
@click.option(
    "--environment",
    "-e",
    multiple=True,
    shell_complete=_built,
    help="Only this environment; may be given several times.",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    default="out",
    show_default=True,
    help="Where build wrote.",
)
@click.option("--only", metavar="GLOB", help="Only those whose alarm, or message id, is like this.")
@click.option("--send", is_flag=True, help="Send them to the incident queue; without it they are only shown.")
@click.option("--all", "everything", is_flag=True, help="Send also what the function said it cannot read.")
@click.option("--yes", "-y", is_flag=True, help="Send without asking.")
@click.option("--json", "as_json", is_flag=True, help="As data.")
def command(
    environment: tuple[str, ...], out: Path, only: str | None, send: bool, everything: bool, yes: bool, as_json: bool
) -> None:
    """Show what is in the hub's dead-letter queues, and why; with --send, send it back.

    What can never succeed is shown and stays, for it would only come back. Looking at a queue may miss messages.

    \b
    Examples:
      obsgen redrive
      obsgen redrive --send
      obsgen redrive -e prod --only 'errors-*' --send --yes

    Exit codes: 0 nothing there, or all sent; 1 there are dead letters, or some stayed; 2 no out/; 3 AWS refused.
    """
    if (yes or everything) and not send:
        raise fail(f"{'--yes' if yes else '--all'} says how to send, and nothing is sent without --send")
    if send and not yes and (as_json or not sys.stdin.isatty()):
        raise fail("nobody is here to be asked", "--yes sends without asking")
    hubs = [Hub(queues) for queues in _manifests(out, environment)]
    outcomes: list[Outcome] = []
    try:
        for hub in hubs:
            hub.sign_in()
        peeks = [(hub, hub.peek()) for hub in hubs]
        letters = [letter for _, found in peeks for peek in found for letter in peek.letters if letter.fits(only)]
        if not as_json:
            click.echo("\n".join(line for hub, found in peeks for line in _shown(hub.queues, found, only)))
        going = {letter.id for letter in letters if letter.sendable(hopeless=everything)}
        if send and going and (yes or click.confirm(f"Send {_messages(len(going))}?")):
            for hub, found in peeks:
                for outcome in _sent(hub, found, going):
                    outcomes.append(outcome)
                    if not as_json:
                        click.echo(f"  {outcome.problem or 'sent'}  {outcome.letter.about}")
    except Refused as error:
        if as_json and outcomes:
            click.echo(json.dumps(_data(peeks, letters, outcomes, refused=str(error)), indent=1))
        done = f" ({_messages(len(outcomes))} were sent before that)" if outcomes else ""
        raise AwsRefused(f"{error}{done}\n  = try: {error.hint}") from None
    stayed = len(letters) - len(outcomes)
    unseen = sum(max(0, peek.total - len(peek.letters)) for _, found in peeks for peek in found)
    if as_json:
        click.echo(json.dumps(_data(peeks, letters, outcomes), indent=1))
    else:
        click.echo(_verdict(len(letters), len(going), len(outcomes), unseen, send=send))
    raise click.exceptions.Exit(FINDINGS if stayed or unseen else 0)


def _sent(hub: Hub, found: list[Peek], going: set[str]) -> Iterator[Outcome]:
    """Those that were shown, and no others: what came in since was not asked for."""
    for peek in found:
        yield from hub.send(peek.queue, {letter.id for letter in peek.letters} & going)


def _manifests(out: Path, environments: tuple[str, ...]) -> list[Queues]:
    from generator.findings import did_you_mean

    built = sorted(path.parent.name for path in out.glob(f"*/{MANIFEST}"))
    if not built:
        raise fail(f"nothing was built in {out}", "`obsgen build`, or --out where it wrote")
    for name in environments:
        if name not in built:
            near = did_you_mean(name, built).strip()
            raise fail(f"there is no environment `{name}` in {out}", near or f"one of {', '.join(built)}")
    found = []
    for name in environments or built:
        file = out / name / MANIFEST
        try:
            text = content(file, MOST_BUILT)
        except OSError as error:
            raise fail(f"{file}: {error.strerror or error}") from None
        found.append(queues_in(manifest_in(text, file), file))
    return found


def _shown(queues: Queues, peeks: list[Peek], only: str | None) -> Iterator[str]:
    yield queues.environment
    for peek in peeks:
        letters = [letter for letter in peek.letters if letter.fits(only)]
        missed = peek.total - len(peek.letters)
        more = f"; {missed} more that this look did not get" if missed > 0 else ""
        other = f"; {len(peek.letters) - len(letters)} not like {only}" if len(letters) < len(peek.letters) else ""
        yield f"  {peek.queue.name}: {_messages(len(letters)) if letters else 'nothing'}{other}{more}"
        for letter in letters:
            yield from _letter(letter)


def _letter(letter: DeadLetter) -> Iterator[str]:
    yield f"    {letter.when}  {letter.about}"
    yield f"      {' '.join(letter.reason.split())}"
    if letter.held:
        yield f"      stays: {letter.held}"


def _verdict(found: int, going: int, sent: int, unseen: int, *, send: bool) -> str:
    if not found:
        return "nothing could be seen; look again in two minutes" if unseen else "nothing is there"
    held = found - going
    if not send:
        return f"{found} dead: {going} can be sent back with --send, {held} would stay"
    if going and not sent:
        return "nothing was sent"
    gone = f"; {going - sent} were gone already" if sent < going else ""
    return f"{_messages(sent)} sent, {held} stayed{gone}"


def _messages(number: int) -> str:
    return f"{number} message{'' if number == 1 else 's'}"


def _data(
    peeks: list[tuple[Hub, list[Peek]]], letters: list[DeadLetter], outcomes: list[Outcome], refused: str = ""
) -> dict[str, Any]:
    became = {outcome.letter.id: outcome for outcome in outcomes}
    rows = [
        {
            **letter.as_data(),
            "sent": letter.id in became,
            **({"problem": became[letter.id].problem} if letter.id in became and became[letter.id].problem else {}),
        }
        for letter in letters
    ]
    queues = [
        {
            "environment": hub.queues.environment,
            "name": peek.queue.name,
            "account": peek.queue.account,
            "region": peek.queue.region,
            "approximately": peek.total,
            "seen": len(peek.letters),
        }
        for hub, found in peeks
        for peek in found
    ]
    return {"queues": queues, "letters": rows, **({"refused": refused} if refused else {})}
