"""obsgen redrive"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from generator.cli.confirmation import require_terminal
from generator.cli.exit import FINDINGS, FINE, AwsErrorExit, usage_error, with_hint
from generator.cli.option_groups import out_option
from generator.cli.redrive_run import RedriveRun
from generator.cli.rollout import manifest_in, queues_in
from generator.manifest import MANIFEST
from generator.reading import MOST_BUILT, content
from generator.rollout.aws.errors import AwsError
from generator.rollout.operate.dead_letters import Queues
from generator.rollout.operate.redrive import HubQueues
from generator.wording import pluralize


def _built(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Shell completion: the environments in out/."""
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
        raise usage_error(f"{'--yes' if yes else '--all'} requires --send")
    require_terminal(skipped=yes or not send, as_json=as_json, hint="use --yes to skip the prompt")
    hubs = [(HubQueues(queues), names) for queues, names in _manifests(out, environment)]
    run = RedriveRun(only, channel, everything)
    with _exit_on_aws_error(run, as_json=as_json):
        for hub, _ in hubs:
            hub.sign_in()
        for hub, names in hubs:
            run.collect(hub, names)
        if not as_json:
            click.echo("\n".join(run.lines()))
        if send and run.has_work and (yes or click.confirm(f"{run.question}?")):
            for line in run.send():
                if not as_json:
                    click.echo(f"  {line}")
    click.echo(json.dumps(run.as_data(), indent=1) if as_json else "\n".join(run.summary(send=send)))
    raise click.exceptions.Exit(FINDINGS if run.is_incomplete else FINE)


@contextmanager
def _exit_on_aws_error(run: RedriveRun, *, as_json: bool) -> Iterator[None]:
    """End the command with what AWS refused, and with what was sent before that."""
    try:
        yield
    except AwsError as error:
        if as_json and run.outcomes:
            click.echo(json.dumps(run.as_data(refused=str(error)), indent=1))
        sent = f" ({pluralize(len(run.outcomes), 'message')} sent before)" if run.outcomes else ""
        raise AwsErrorExit(with_hint(f"{error}{sent}", error.hint)) from None


def _manifests(out: Path, environments: tuple[str, ...]) -> list[tuple[Queues, dict[str, str]]]:
    """The queues of each environment, and its account names by account ID."""
    from generator.findings import suggest

    built = sorted(path.parent.name for path in out.glob(f"*/{MANIFEST}"))
    if not built:
        raise usage_error(f"no build output in {out}", "run `obsgen build`, or set --out to its output folder")
    for name in environments:
        if name not in built:
            raise usage_error(f"there is no environment `{name}` in {out}", suggest(name, built))
    manifests = []
    for name in environments or built:
        file = out / name / MANIFEST
        try:
            text = content(file, MOST_BUILT)
        except OSError as error:
            raise usage_error(f"{file}: {error.strerror or error}") from None
        manifest = manifest_in(text, file)
        manifests.append((queues_in(manifest, file), _names(manifest)))
    return manifests


def _names(manifest: Mapping[str, Any]) -> dict[str, str]:
    groups = [group for stack_set in manifest.get("stack_sets", ()) for group in stack_set["groups"]]
    hubs = {str(stack["account"]): "hub" for stack in manifest.get("stacks", ())}
    return hubs | {str(account): name for group in groups for name, account in group["accounts"].items()}
