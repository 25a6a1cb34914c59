"""obsgen redrive"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from generator.cli.exit import FINDINGS, AwsErrorExit, usage_error
from generator.cli.option_groups import out_option
from generator.cli.redrive_deliveries import UndeliveredNotifications, delivery_count
from generator.cli.rollout import manifest_in, queues_in
from generator.manifest import MANIFEST
from generator.reading import MOST_BUILT, content
from generator.rollout.aws.errors import AwsError
from generator.rollout.operate.dead_letters import DeadLetter, Queues
from generator.rollout.operate.redrive import HubQueues, QueueSnapshot, SendResult


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
    help="Environment. Repeatable.  [default: all]",
)
@out_option
@click.option("--only", metavar="GLOB", help="Only messages whose alarm, message ID or incident ID matches GLOB.")
@click.option("--channel", help="Only deliveries to this channel, without dead-letter messages.")
@click.option("--send", is_flag=True, help="Retry. Without --send, messages are only listed.")
@click.option("--all", "everything", is_flag=True, help="Include messages that the function could not read.")
@click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    environment: tuple[str, ...],
    out: Path,
    only: str | None,
    channel: str | None,
    send: bool,
    everything: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """List dead-letter messages and undelivered notifications of the hub; --send retries them.

    Dead-letter messages return to the queue of their function. Messages that cannot succeed are listed but never sent.
    Deliveries that were given up or rejected become pending again. A listing of a queue can miss messages.

    \b
    Examples:
      obsgen redrive
      obsgen redrive --send
      obsgen redrive -e prod --only 'errors-*' --send --yes
      obsgen redrive -e prod --channel ops-jira --send

    \b
    Exit codes:
      0  nothing to redrive, or everything was sent
      1  messages remain
      2  bad usage, or no out/
      3  AWS refused
    """
    if (yes or everything) and not send:
        raise usage_error(f"{'--yes' if yes else '--all'} says how to send, and nothing is sent without --send")
    if send and not yes and (as_json or not sys.stdin.isatty()):
        raise usage_error("confirmation requires a terminal", "--yes sends without asking")
    built = _manifests(out, environment)
    hubs = [(HubQueues(queues), names) for queues, names in built]
    run = _Run(only, channel, everything, as_json)
    try:
        for hub, _ in hubs:
            hub.sign_in()
        for hub, names in hubs:
            run.look(hub, names)
        if not as_json:
            click.echo("\n".join(run.lines()))
        if send and run.anything and (yes or click.confirm(f"{run.question}?")):
            for line in run.send():
                if not as_json:
                    click.echo(f"  {line}")
    except AwsError as error:
        if as_json and run.outcomes:
            click.echo(json.dumps(run.as_data(refused=str(error)), indent=1))
        done = f" ({_messages(len(run.outcomes))} were sent before that)" if run.outcomes else ""
        raise AwsErrorExit(f"{error}{done}\n  = help: {error.hint}") from None
    click.echo(json.dumps(run.as_data(), indent=1) if as_json else "\n".join(run.verdict(send=send)))
    raise click.exceptions.Exit(FINDINGS if run.left else 0)


@dataclass(slots=True)
class _Run:
    """What was found, and what became of it. hopeless: send also what the function said it cannot read."""

    only: str | None
    channel: str | None
    hopeless: bool
    as_json: bool
    peeks: list[tuple[HubQueues, list[QueueSnapshot]]] = field(default_factory=list)
    deliveries: list[UndeliveredNotifications] = field(default_factory=list)
    outcomes: list[SendResult] = field(default_factory=list)

    def look(self, hub: HubQueues, names: Mapping[str, str]) -> None:
        """Look at one hub."""
        self.peeks.append((hub, [] if self.channel else hub.peek()))
        self.deliveries.append(UndeliveredNotifications(hub, names))
        self.deliveries[-1].look(self.channel, self.only)

    @property
    def letters(self) -> list[DeadLetter]:
        """The dead letters that are meant."""
        return [one for _, found in self.peeks for peek in found for one in peek.letters if one.fits(self.only)]

    @property
    def going(self) -> set[str]:
        """The ids of those that can be sent."""
        return {letter.id for letter in self.letters if letter.sendable(hopeless=self.hopeless)}

    @property
    def anything(self) -> bool:
        """Whether there is something to send."""
        return bool(self.going) or any(one.lost for one in self.deliveries)

    @property
    def question(self) -> str:
        """What is asked before anything is sent."""
        parts = [f"send {_messages(len(self.going))}"] if self.going else []
        parts += [f"try {delivery_count(self.deliveries)} again"] if any(one.lost for one in self.deliveries) else []
        return " and ".join(parts).capitalize()

    def send(self) -> Iterator[str]:
        """Do it, with a line for each."""
        going = self.going
        for hub, found in self.peeks:
            for outcome in _sent(hub, found, going):
                self.outcomes.append(outcome)
                yield f"{outcome.problem or 'sent'}  {outcome.letter.about}"
        for one in self.deliveries:
            yield from one.put_back()

    @property
    def unseen(self) -> int:
        """Messages that SQS counts and did not show."""
        return sum(max(0, peek.total - len(peek.letters)) for _, found in self.peeks for peek in found)

    @property
    def left(self) -> bool:
        """Whether anything is still there, or could not be seen."""
        stayed = len(self.letters) - len(self.outcomes)
        return bool(stayed or self.unseen or any(one.left or one.unseen for one in self.deliveries))

    def lines(self) -> Iterator[str]:
        """What is there, by environment."""
        for (hub, found), deliveries in zip(self.peeks, self.deliveries, strict=True):
            yield from _shown(hub.queues, found, self.only)
            yield from deliveries.lines()

    def verdict(self, *, send: bool) -> Iterator[str]:
        """What can be done, or was."""
        lost, again = (sum(len(one.lost) for one in self.deliveries), sum(one.again for one in self.deliveries))
        if self.letters or self.unseen or not lost:
            yield _verdict(len(self.letters), len(self.going), len(self.outcomes), self.unseen, send=send)
        if lost and not send:
            yield f"{delivery_count(self.deliveries)} given up or refused: --send tries again"
        elif lost:
            gone = sum(one.gone for one in self.deliveries)
            changed = f", {gone} changed meanwhile" if gone else ""
            yield f"{again} of {delivery_count(self.deliveries)} owed again{changed}"

    def as_data(self, refused: str = "") -> dict[str, Any]:
        """For `--json`."""
        deliveries = [one.as_data() for one in self.deliveries]
        return {**_data(self.peeks, self.letters, self.outcomes, refused), "deliveries": deliveries}


def _sent(hub: HubQueues, found: list[QueueSnapshot], going: set[str]) -> Iterator[SendResult]:
    """Those that were shown, and no others: what came in since was not asked for."""
    for peek in found:
        yield from hub.send(peek.queue, {letter.id for letter in peek.letters} & going)


def _manifests(out: Path, environments: tuple[str, ...]) -> list[tuple[Queues, dict[str, str]]]:
    """The queues of each environment, and what its accounts are called."""
    from generator.findings import did_you_mean

    built = sorted(path.parent.name for path in out.glob(f"*/{MANIFEST}"))
    if not built:
        raise usage_error(f"nothing was built in {out}", "`obsgen build`, or --out where it wrote")
    for name in environments:
        if name not in built:
            near = did_you_mean(name, built).strip()
            raise usage_error(f"there is no environment `{name}` in {out}", near or f"one of {', '.join(built)}")
    found = []
    for name in environments or built:
        file = out / name / MANIFEST
        try:
            text = content(file, MOST_BUILT)
        except OSError as error:
            raise usage_error(f"{file}: {error.strerror or error}") from None
        manifest = manifest_in(text, file)
        found.append((queues_in(manifest, file), _names(manifest)))
    return found


def _names(manifest: Mapping[str, Any]) -> dict[str, str]:
    groups = [group for one in manifest.get("stack_sets", ()) for group in one["groups"]]
    hubs = {str(stack["account"]): "hub" for stack in manifest.get("stacks", ())}
    return hubs | {str(account): name for group in groups for name, account in group["accounts"].items()}


def _shown(queues: Queues, peeks: list[QueueSnapshot], only: str | None) -> Iterator[str]:
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
    peeks: list[tuple[HubQueues, list[QueueSnapshot]]],
    letters: list[DeadLetter],
    outcomes: list[SendResult],
    refused: str = "",
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
