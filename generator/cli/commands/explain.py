"""obsgen explain"""

from __future__ import annotations

import re
from pathlib import Path

import click

from generator.build import Built
from generator.cli.exit import usage_error
from generator.cli.options import build_target, compiled_or_exit, spec_of, target_options
from generator.findings import dotted, parse_path, suggest
from generator.wording import list_in_words

CHECK_CODE = r"[HTQ]\d\d"
_ERROR_CODE = r"[YSRMW]\d\d"
INCIDENT = "incident"
VARS = "vars"


def _paths(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Shell completion: sections, then their keys."""
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
    form one incident with ALARM, which channels it notifies, and when; `explain incident --all` does so for all alarms.

    \b
    Examples:
      obsgen explain alarms.application-error
      obsgen explain alarms.application-error.threshold -e prod
      obsgen explain application-error-alarm-prod
      obsgen explain channels.ops-jira
      obsgen explain T02
      obsgen explain incident application-error
      obsgen explain incident --all -e prod

    \b
    Exit codes:
      0  explained
      2  bad usage or input, or no such path, alarm or code
    """
    if path == INCIDENT:
        from generator.cli.explain_incident import explained

        click.echo(explained(compiled_or_exit(build_target(file, out, environment)), alarm, all_alarms))
        return
    if alarm is not None or all_alarms:
        raise usage_error("ALARM and --all require `obsgen explain incident`", "use `obsgen explain PATH`")
    if re.fullmatch(CHECK_CODE, path.upper()):
        click.echo(_check(path.upper()), nl=False)
        return
    if re.fullmatch(_ERROR_CODE, path.upper()):
        click.echo(_error(path.upper()))
        return
    click.echo(_entry(path, compiled_or_exit(build_target(file, out, environment))))


def _entry(path: str, built: Built) -> str:
    """The explanation of a path of the spec, or of a name; an unknown one ends the command."""
    from generator.render.explain import explain
    from generator.render.explain_names import paths_by_name, settings

    spec_path = parse_path(path)
    _, _, depth = built.source.node(spec_path)
    if depth < len(spec_path):
        spec_path = paths_by_name(built.estates.values()).get(path, spec_path)
        _, _, depth = built.source.node(spec_path)
    alarms = {alarm.path for estate in built.estates.values() for alarm in estate.alarms}
    # The alarm of a service is there although only its pack has it, a setting of a section although it is the default.
    if depth < len(spec_path) and spec_path not in alarms and spec_path not in settings(built.estates.values()):
        _unknown(built, path)
    blocks = [
        "\n".join(explain(spec_path, estate, built.spread[name].templates, built.source))
        for name, estate in built.estates.items()
    ]
    texts = [block for block in blocks if block]
    if not texts:
        source = built.source.at(spec_path)
        span = source.span(spec_path)
        texts = [f"{path} ({source.name}:{span.line if span else 1}) {_of_no_resource(spec_path, built)}"]
    return "\n\n".join(texts)


def _of_no_resource(path: tuple[str | int, ...], built: Built) -> str:
    from generator.render.error_log_words import SECTIONS

    section = str(path[0])
    if section == VARS and len(path) > 1:
        return _uses(built, str(path[1]))
    if path[:2] == ("routes", "rules") and len(path) > 2:
        return f"does not apply to {' and '.join(built.estates)}"
    if section in SECTIONS and not any(getattr(estate, section) for estate in built.estates.values()):
        names = list_in_words([*built.estates])
        return f"has no effect in {names}: `environments` of the section, or `owned_by` of access, excludes {names}"
    return "applies to the whole file and creates no resource"


def _uses(built: Built, name: str) -> str:
    """The uses of a variable, each with its file and line."""
    lines = []
    for path in built.variables.get(name, ()):
        file = built.source.at(path)
        span = file.span(path)
        # An override that a variable makes is nowhere in the text.
        lines += [f"  {dotted(path)} ({file.name}:{span.line if span else 1})"] if file.has(path) else []
    return "\n".join(["is used at", *lines]) if lines else "is not used"


def _unknown(built: Built, path: str) -> None:
    from generator.render.explain_names import paths_by_name, settings

    known = {dotted(alarm.path) for estate in built.estates.values() for alarm in estate.alarms}
    known |= {dotted(composite.path) for estate in built.estates.values() for composite in estate.composites}
    known |= set(paths_by_name(built.estates.values()))
    known |= {dotted(setting) for setting in settings(built.estates.values())}
    hint = suggest(path, known, "use a path such as alarms.my-alarm")
    raise usage_error(f"`{path}` does not exist in {built.source.name}", hint)


def _error(code: str) -> str:
    """The row of the page of errors about a code of the language. It reads no spec, which may have this very error."""
    from generator.render.pages import error_code
    from generator.workspace import page_files

    text = error_code(page_files(), code)
    if text is None:
        raise usage_error(f"there is no error code {code}", "run `obsgen docs errors` to list them")
    return text


def _check(code: str) -> str:
    from generator.checks.check import registry
    from generator.checks.docs_page import check_page

    check = next((check for check in registry() if check.code == code), None)
    if check is None:
        raise usage_error(f"there is no check {code}", f"use one of {', '.join(check.code for check in registry())}")
    # Its first line is a comment about the generation of the page, for developers.
    return check_page(check).partition("\n")[2]
