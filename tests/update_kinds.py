"""The properties that name resources, from cfn-lint's schemas into generator/evaluate/template/named_kinds.py.

`python -m tests.update_kinds` writes them anew after an update of cfn-lint; a test compares them.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cfnlint

from tests.support import ROOT

MODULE = ROOT / "generator/evaluate/template/named_kinds.py"
BEGINS, ENDS = '_TABLE = """\\\n', '"""\n'


@cache
def identifiers() -> tuple[tuple[str, str, bool], ...]:
    """Each type with one primary identifier: the type, the property, and whether AWS makes it."""
    return tuple(_identifiers())


def _identifiers() -> Iterator[tuple[str, str, bool]]:
    folder = Path(cfnlint.__file__).parent / "data/schemas/resources"
    for path in sorted(folder.glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        primary = schema.get("primaryIdentifier", [])
        if "typeName" in schema and len(primary) == 1 and primary[0].count("/") == 2:
            made_by_aws = primary[0] in schema.get("readOnlyProperties", [])
            yield schema["typeName"], primary[0].removeprefix("/properties/"), made_by_aws


def table() -> str:
    """The types that a property names, by service: `Service Type.Property Type`; Name where nothing is said."""
    services: dict[str, set[str]] = {}
    for kind, property_, made_by_aws in identifiers():
        vendor, service, resource = kind.split("::")[:3]
        if vendor == "AWS" and not made_by_aws:
            services.setdefault(service, set()).add(resource if property_ == "Name" else f"{resource}.{property_}")
    lines = [" ".join([service, *sorted(resources)]) for service, resources in sorted(services.items())]
    wrapped = (textwrap.wrap(line, 118, subsequent_indent="  ", break_on_hyphens=False) for line in lines)
    return "".join(f"{one}\n" for several in wrapped for one in several)


def main() -> None:
    """Write the table into its module."""
    before, _, rest = MODULE.read_text(encoding="utf-8").partition(BEGINS)
    after = rest.partition(ENDS)[2]
    MODULE.write_text(before + BEGINS + table() + ENDS + after, encoding="utf-8")


if __name__ == "__main__":
    main()
