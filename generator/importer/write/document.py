"""The whole document: its sections in the order of the language, with a comment where something is to be filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.importer.unknown_values import UnknownValue
from generator.importer.write.channels import FILL_IN
from generator.importer.write.drafts import Notes, Places
from generator.importer.write.placeholders import marks
from generator.importer.write.routes import ImportedTopics
from generator.importer.write.text import entry, flow, quoted, scalar
from generator.importer.write.types import ImportOptions
from generator.importer.write.waivers import waivers

_FILL_IN = "# fill in"
_ORGANIZATION = "o-0000000000"
_HEADING = "# Written by `obsgen import`. Fill in what says so; review guessed severities, routes and owners."
_RULE = "# ── {} "
_WIDTH = 104


def document(
    places: Places,
    environment: str,
    options: ImportOptions,
    topics: ImportedTopics,
    defaults: Mapping[str, str],
    sections: Mapping[str, Mapping[str, Any]],
    variables: Iterable[UnknownValue],
    notes: Notes,
) -> str:
    """The text of the YAML."""
    is_shared = any(values.get("in") == "hub" for values in sections.get("alarms", {}).values())
    if sections.get("dashboards") or is_shared:
        sections = {**sections, "access": {"sharing": ["metrics", "logs"]}}
        notes.remark("access: the members share their metrics and logs with the hub.")
    if sections.get("dashboards"):
        notes.remark("dashboards: they are in the hub, and show the accounts that they showed before.")
    body = list(_body(sections))
    routing = topics.sections(options.project)
    used = marks([*body, *map(str, routing.values())])
    declared = [variable for variable in variables if variable.name in used]
    rows = [_HEADING, "version: 1", f"project: {options.project}", ""]
    rows += _where(places, environment, notes)
    rows += _variables(declared, notes)
    granted = waivers(sections, defaults, environment, options)
    if granted:
        rows += [_rule("House rules"), *_entries({"waivers": granted}), ""]
    rows += [_rule("Who is notified")]
    for name, section in routing.items():
        for line in _section(name, section):
            rows.append(f"{line}  {_FILL_IN}: who is notified" if FILL_IN in line else line)
    rows.append("")
    if defaults:
        rows += [_rule("What applies where an entry says nothing"), "defaults:", f"  alarms: {flow(defaults)}", ""]
    return "\n".join([*rows, *body]).rstrip("\n") + "\n"


def _where(places: Places, environment: str, notes: Notes) -> Iterator[str]:
    yield _rule("Where")
    yield f"environments: [{environment}]"
    yield f"organization: {{id: {_ORGANIZATION}}}  {_FILL_IN}: aws organizations describe-organization"
    notes.remark(f"organization.id: {_ORGANIZATION} is a placeholder: fill in the ID of the organization.")
    to_fill_in = "" if places.is_hub_known else f"  {_FILL_IN}: the account that receives the alarms of all members"
    yield "hub:" + to_fill_in
    yield f"  account: {quoted(places.hub)}"
    yield f"  region: {places.hub_region}"
    regions = places.regions
    if places.members:
        yield "accounts:"
    longest = max((len(name) for name in places.members), default=0)
    for account, name in sorted(places.accounts.items(), key=lambda item: item[1]):
        own = places.members[name]
        values: dict[str, Any] = {"id": account}
        if name in places.labels:
            values["labels"] = dict(places.labels[name])
        if set(own) != set(regions):
            values["regions"] = list(own)
        rows = [*entry(name, values, "  ")]
        start = f"  {scalar(name, in_flow=False)}:"
        if len(rows) == 1:
            rows = [f"{start} {' ' * (longest - len(name))}{rows[0].removeprefix(start).strip()}"]
        yield from rows
    yield f"regions: {flow(list(regions))}"
    yield ""


def _variables(declared: list[UnknownValue], notes: Notes) -> Iterator[str]:
    if not declared:
        return
    yield _rule("Values to fill in: only the running account knows them")
    yield "vars:"
    for variable in declared:
        yield f"  {variable.name}: {scalar(variable.default, in_flow=False)}  {_FILL_IN}: {variable.what}"
        notes.remark(f"vars.{variable.name}: fill in {variable.what}.")
    yield ""


_TITLES = (
    ("Logs, and what is counted in them", ("log_groups", "metric_filters")),
    ("Services: the alarms of known types of resources", ("services",)),
    ("Alarms", ("alarms", "composites")),
    ("Dashboards, and what members share with the hub", ("dashboards", "access")),
)


def _body(sections: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for title, names in _TITLES:
        present = [name for name in names if sections.get(name)]
        if not present:
            continue
        yield _rule(title)
        for name in present:
            yield from _section(name, sections[name])
        yield ""


def _section(name: str, section: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name}:"
    for key, value in section.items():
        yield from entry(key, value, "  ")


def _entries(sections: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sections.items():
        yield from entry(name, value, "", one_line=False)


def _rule(title: str) -> str:
    start = _RULE.format(title)
    return start + "─" * max(3, _WIDTH - len(start))
