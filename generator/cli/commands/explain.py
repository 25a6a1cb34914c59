"""obsgen explain"""

from __future__ import annotations

import re
from pathlib import Path

import click

from generator.build import Built
from generator.cli.exit import usage_error
from generator.cli.options import build_target, compiled_or_exit, spec_of, target_options
from generator.findings import did_you_mean, dotted, parse_path

CHECK_CODE = r"[HTQ]\d\d"
_ERROR_CODE = r"[YSRMW]\d\d"
INCIDENT = "incident"
VARS = "vars"


def _paths(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Shell completion: sections, then what stands in them."""
    data = spec_of(ctx)
    paths = [f"{name}.{key}" for name, section in data.items() if isinstance(section, dict) for key in section]
    return [path for path in [*data, *paths] if path.startswith(incomplete)]


@click.command(name="explain")
@click.argument("path", shell_complete=_paths)
@click.argument("alarm", required=False)
@click.option(
    "--all", "all_alarms", is_flag=True, help="(incident) Explain every alarm, as a page for the on-call engineer."
)
@target_options
def command(
    path: str, alarm: str | None, all_alarms: bool, file: Path, out: Path | None, environment: tuple[str, ...]
) -> None:
    """Show the origin of each value at PATH, its resources and accounts, and the channels it notifies.

    PATH is a path in the spec such as alarms.application-error, the name of an alarm or a channel as shown in tickets
    and in the console, or the code of a check or an error such as T02. `explain incident ALARM` shows which alarms
    form one incident with ALARM, whom it pages, and when; `explain incident --all` does so for every alarm.

    \b
    Examples:
      obsgen explain alarms.application-error
      obsgen explain alarms.application-error.threshold -e prod
      obsgen explain application-error-alarm-prod
      obsgen explain channels.ops-jira
      obsgen explain T02
      obsgen explain incident application-error
      obsgen explain incident --all -e prod
    """
    if path == INCIDENT:
        from generator.cli.explain_incident import explained

        click.echo(explained(compiled_or_exit(build_target(file, out, environment)), alarm, all_alarms))
        return
    if alarm is not None or all_alarms:
        raise usage_error("ALARM and --all are for `obsgen explain incident`", "obsgen explain PATH")
    if re.fullmatch(CHECK_CODE, path.upper()):
        click.echo(_check(path.upper()), nl=False)
        return
    if re.fullmatch(_ERROR_CODE, path.upper()):
        click.echo(_error(path.upper()))
        return
    from generator.render.explain import explain
    from generator.render.explain_names import paths_by_name, settings

    built = compiled_or_exit(build_target(file, out, environment))
    wanted = parse_path(path)
    _, _, found = built.source.node(wanted)
    if found < len(wanted):
        wanted = paths_by_name(built.estates.values()).get(path, wanted)
        _, _, found = built.source.node(wanted)
    alarms = {alarm.path for estate in built.estates.values() for alarm in estate.alarms}
    # The alarm of a service is there although only its pack has it, a setting of a section although it is the default.
    if found < len(wanted) and wanted not in alarms and wanted not in settings(built.estates.values()):
        _unknown(built, path)
    blocks = [
        "\n".join(explain(wanted, estate, built.spread[name].templates, built.source))
        for name, estate in built.estates.items()
    ]
    shown = [block for block in blocks if block]
    if not shown:
        there = built.source.at(wanted)
        span = there.span(wanted)
        shown = [f"{path} ({there.name}:{span.line if span else 1}) {_of_no_resource(wanted, built)}"]
    click.echo("\n\n".join(shown))


def _of_no_resource(path: tuple[str | int, ...], built: Built) -> str:
    from generator.render.error_log_words import SECTIONS

    section = str(path[0])
    if section == VARS and len(path) > 1:
        return _uses(built, str(path[1]))
    if path[:2] == ("routes", "rules") and len(path) > 2:
        return f"is for other environments than {' and '.join(built.estates)}"
    if section in SECTIONS and not any(getattr(estate, section) for estate in built.estates.values()):
        names = " and ".join(built.estates)
        return f"means nothing in {names}: `environments` of the section, or `owned_by` of access, leaves {names} out"
    return "holds for the whole file; no single resource comes from it"


def _uses(built: Built, name: str) -> str:
    """Where a variable is used, each place with its file and line."""
    lines = []
    for path in built.variables.get(name, ()):
        file = built.source.at(path)
        span = file.span(path)
        # An override that a variable makes is nowhere in the text.
        lines += [f"  {dotted(path)} ({file.name}:{span.line if span else 1})"] if file.has(path) else []
    return "\n".join(["is used at", *lines]) if lines else "is used nowhere"


def _unknown(built: Built, path: str) -> None:
    from generator.render.explain_names import paths_by_name, settings

    known = {dotted(alarm.path) for estate in built.estates.values() for alarm in estate.alarms}
    known |= {dotted(composite.path) for estate in built.estates.values() for composite in estate.composites}
    known |= set(paths_by_name(built.estates.values()))
    known |= {dotted(setting) for setting in settings(built.estates.values())}
    near = did_you_mean(path, known).strip()
    raise usage_error(f"nothing stands at `{path}` in {built.source.name}", near or "a path such as alarms.my-alarm")


def _error(code: str) -> str:
    """What the page of errors says about a code of the language; it needs no spec, which may have this very error."""
    from generator.render.pages import error_code
    from generator.workspace import page_files

    about = error_code(page_files(), code)
    if about is None:
        raise usage_error(f"there is no error {code}", "obsgen docs errors")
    return about


def _check(code: str) -> str:
    from generator.checks.check import registry
    from generator.checks.docs_page import check_page

    check = next((check for check in registry() if check.code == code), None)
    if check is None:
        raise usage_error(f"there is no check {code}", f"one of {', '.join(check.code for check in registry())}")
    # Its first line says how the page is made, which is for whoever edits the file.
    return check_page(check).partition("\n")[2]
