"""obsgen packs"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from generator.build import Built
from generator.cli.event_packs import FOLDER, event_pack_in_words, event_packs, listed, own_event_packs
from generator.cli.exit import BAD_INPUT, out_of, print_findings, usage_error
from generator.cli.options import read_own_packs
from generator.findings import suggest
from generator.wording import duration_in_words, list_in_words, pluralize
from generator.workspace import PackFiles

if TYPE_CHECKING:
    from generator.spec.packs import Pack, PackAlarm, PackMetric, PackOperand, PackParameter

_WIDTH = 100
_MISSING_DATA = {
    "breaching": "Missing data is breaching",
    "not-breaching": "Missing data is not breaching",
    "ignore": "Missing data is ignored",
    "missing": "Missing data is missing (INSUFFICIENT_DATA)",
}
FILE = click.option(
    "--file",
    "-f",
    type=click.Path(path_type=Path),
    default="observability.yaml",
    show_default=True,
    help="The spec. Packs in packs/ and event_packs/ beside it are included.",
)


class _Packs(click.Group):
    """Its commands; a pack in their place is shown by `show`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command; an unknown one ends obsgen with what would show the pack of this name."""
        if args and args[0] not in self.commands and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"there is no command `{args[0]}`; did you mean `obsgen packs show {args[0]}`?")
        return super().resolve_command(ctx, args)


@click.group(name="packs", cls=_Packs, invoke_without_command=True)
@FILE
@click.pass_context
def command(ctx: click.Context, file: Path) -> None:
    """List the packs: the types of `services`, and events for `event_rules`.

    \b
    Examples:
      obsgen packs
      obsgen packs show lambda
      obsgen packs show sqs --yaml > packs/our-queue.yaml

    \b
    Exit codes:
      0  listed
      2  no such pack, or one of your own packs cannot be read
    """
    if ctx.invoked_subcommand:
        return
    ours, own = PackFiles(), _own(file)
    packs = known_packs(file)
    width = max(map(len, packs))
    for name, pack in sorted(packs.items()):
        origin = "" if name not in own else ", your own" + (" instead of obsgen's" if name in ours else "")
        click.echo(f"{name.ljust(width)}  {pack.title}: {pluralize(len(pack.alarms), 'alarm')}{origin}")
    click.echo("\n".join(listed(file)))


def _names(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Shell completion: the types."""
    return [name for name in sorted({*PackFiles(), *PackFiles(FOLDER)}) if name.startswith(incomplete)]


@command.command(name="show", short_help="Show a pack: metrics, thresholds, reasons.")
@click.argument("name", shell_complete=_names)
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the file, as a starting point for your own pack.")
@click.option("--events", is_flag=True, help="Show the event pack NAME, where an alarm pack has the same name.")
@FILE
def show(name: str, as_yaml: bool, events: bool, file: Path) -> None:
    """Show the metrics, thresholds and reasons of the pack NAME, or its events.

    \b
    Examples:
      obsgen packs show lambda
      obsgen packs show sqs --yaml > packs/our-queue.yaml
      obsgen packs show --events rds
      obsgen packs show --events batch --yaml > event_packs/our-jobs.yaml
    """
    ours, own = PackFiles(), _own(file)
    of_events: Mapping[str, bytes] = {**PackFiles(FOLDER), **own_event_packs(file)}
    if events or (name in of_events and name not in {*ours, *own}):
        _show_events(name, of_events, file, as_yaml=as_yaml)
        return
    known = {**ours, **own}
    if name not in known:
        raise usage_error(f"there is no pack `{name}`", suggest(name, known, "run `obsgen packs` to list them"))
    if as_yaml:
        click.echo(known[name].decode("utf-8", "replace"), nl=False)
        return
    click.echo("\n".join(pack_in_words(name, _read({name}, ours, file)[name])))


def _show_events(name: str, files: Mapping[str, bytes], file: Path, *, as_yaml: bool) -> None:
    if name not in files:
        raise usage_error(f"there is no event pack `{name}`", suggest(name, files, "run `obsgen packs` to list them"))
    if as_yaml:
        click.echo(files[name].decode("utf-8", "replace"), nl=False)
        return
    click.echo("\n".join(event_pack_in_words(name, event_packs([name], file)[name])))


def known_packs(file: Path) -> Mapping[str, Pack]:
    """Every pack, by type: obsgen's and those beside the spec; the command ends where one of those is wrong."""
    ours = PackFiles()
    return _read({*ours, *_own(file)}, ours, file)


def _own(file: Path) -> dict[str, bytes]:
    return {PurePath(path).stem: content for path, content in read_own_packs(file).items()}


def _read(names: set[str], ours: Mapping[str, bytes], file: Path) -> Mapping[str, Pack]:
    """The packs of these names; what is wrong with one of the user's own ends the command."""
    from generator.resolve.services.packs import OURS, load_packs
    from generator.spec.load import Source

    own = {path: content for path, content in read_own_packs(file).items() if PurePath(path).stem in names}
    registry, texts, findings = load_packs(ours, own, names)
    if findings:
        print_findings(
            Built(Source(OURS, "", others=texts), findings), "no output: fix the errors first", out=out_of("err")
        )
        raise click.exceptions.Exit(BAD_INPUT)
    return registry.packs


def pack_in_words(name: str, pack: Pack) -> Iterator[str]:
    """A pack as a person reads it."""
    yield f"{name}: {pack.title}"
    yield _source(pack.source, pack.read)
    if pack.region:
        yield f"Its metrics are in {pack.region} only."
    yield ""
    required = {
        key: parameter.example
        for key, parameter in pack.parameters.items()
        if not parameter.optional and parameter.default is None
    }
    inside = ", ".join([f"type: {name}", *(f"{key}: {_quoted(value)}" for key, value in required.items())])
    yield from ("services:", f"  my-{name}: {{{inside}}}")
    width = max((len(key) for key in (*pack.parameters, *pack.capacities)), default=0)
    for title, rows in (
        ("Parameters", [(key, _parameter(parameter)) for key, parameter in pack.parameters.items()]),
        ("Capacities, all optional", [(k, f"{c.what}, such as {c.example}") for k, c in pack.capacities.items()]),
        ("Groups", [(key, ", ".join(members)) for key, members in pack.groups.items()]),
    ):
        if rows:
            yield from ("", title)
            yield from (f"  {key.ljust(width)}  {text}" for key, text in rows)
    yield from ("", "Alarms")
    for key, alarm in pack.alarms.items():
        yield from _alarm(key, alarm, pack)


def _quoted(value: str) -> str:
    plain = value.replace("-", "").replace("/", "").replace(".", "").replace("_", "")
    return value if plain.isalnum() and not plain.isdigit() else f'"{value}"'


def _parameter(parameter: PackParameter) -> str:
    optional = (
        f" ({parameter.default} by default)"
        if parameter.default is not None
        else " (optional)"
        if parameter.optional
        else ""
    )
    return f"{parameter.what}, such as {parameter.example}{optional}"


def _alarm(key: str, alarm: PackAlarm, pack: Pack) -> Iterator[str]:
    from generator.spec.packs import Relative

    needs = [*alarm.needs, *([alarm.threshold.capacity] if isinstance(alarm.threshold, Relative) else [])]
    notes = [f"severity {alarm.severity}"]
    notes += [f"only if {' and '.join(needs)} {'is' if len(needs) == 1 else 'are'} set"] if needs else []
    notes += [] if alarm.enabled else ["disabled by default"]
    yield f"  {key}: {'; '.join(notes)}"
    points = alarm.datapoints
    window = f"{points.needed} of {points.of} periods of {duration_in_words(alarm.period)}"
    if alarm.metric:
        measured = _measured(alarm.statistic, alarm.metric)
    elif alarm.filter:
        measured = f"{alarm.statistic} of lines that match {pack.filters[alarm.filter].pattern}"
    else:
        measured = f"{alarm.expression}, where {list_in_words([_operand(*item) for item in alarm.metrics.items()])}:"
    yield from _wrapped(f"{measured} {_threshold(alarm, pack)}, in {window}.")
    if alarm.minimum_traffic:
        traffic = alarm.minimum_traffic
        least = f"Not evaluated in a period where {_measured(traffic.metric.statistic, traffic.metric)} is"
        yield from _wrapped(f"{least} below {traffic.at_least:g}.")
    yield from _wrapped(alarm.why)
    yield from _wrapped(f"{_MISSING_DATA[alarm.missing_data.as_]}: {alarm.missing_data.because}.")
    source, read = alarm.source or pack.source, alarm.read or pack.read
    if (source, read) != (pack.source, pack.read):
        yield f"      {_source(source, read)}"


def _source(address: str, read: date | None) -> str:
    return f"{address} (read {read})" if read else address


def _measured(statistic: str | None, metric: PackMetric) -> str:
    dimensions = ", ".join(metric.dimensions)
    return f"{statistic} of {metric.namespace} {metric.name}{f' by {dimensions}' if dimensions else ''}"


def _operand(key: str, metric: PackOperand) -> str:
    return f"{key} is {_measured(metric.statistic, metric)}"


def _threshold(alarm: PackAlarm, pack: Pack) -> str:
    from generator.resolve.alarms.cascade import written
    from generator.spec.packs import Relative

    limit = alarm.threshold
    if not isinstance(limit, Relative):
        return written("threshold", limit)
    rate = " times the seconds of the period" if pack.capacities[limit.capacity].per_second else ""
    return f"{limit.comparison} {limit.percent:g} % of {limit.capacity}{rate}"


def _wrapped(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, _WIDTH, initial_indent="      ", subsequent_indent="      ", break_on_hyphens=False)
