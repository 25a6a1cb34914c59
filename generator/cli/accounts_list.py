"""`obsgen accounts`: the members of a spec, and the file and line that each comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from generator.accounts.types import unit_path
from generator.cli.accounts_spec import end_with
from generator.cli.options import read_spec
from generator.findings import has_errors
from generator.included_files import IncludedFiles
from generator.reading import shown
from generator.wording import pluralize, printable


def list_accounts(file: Path, form: str) -> None:
    """Print the accounts; errors in the files end the command with exit 2."""
    rows = _rows(file)
    if form == "json":
        click.echo(json.dumps(rows, indent=1))
        return
    cells = [(row["name"], row["id"], row["unit"] or "-", _labels(row["labels"]), row["from"]) for row in rows]
    table = [("ACCOUNT", "ID", "UNIT", "LABELS", "FROM"), *cells]
    widths = [max(len(row[column]) for row in table) for column in range(5)]
    for row in table if rows else ():
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(printable(line).rstrip())
    click.echo(pluralize(len(rows), "account"))


def _rows(file: Path) -> list[dict[str, Any]]:
    from generator.spec.lock_file import read_lock
    from generator.spec.locked_accounts import account_places, has_lock
    from generator.spec.parts import load_spec

    parts = IncludedFiles(file)
    loaded = load_spec(read_spec(file), shown(file), parts)
    data = loaded.data
    if data is None or has_errors(loaded.findings):
        end_with(loaded.findings, loaded.source)
    lock_file = read_lock(loaded.source.name, parts) if has_lock(data) else None
    lock = lock_file.lock if lock_file else None
    keys = lock.keys if lock else {}
    own_places, lock_places = account_places(loaded.source), account_places(lock_file.source) if lock_file else {}
    rows = []
    for name, entry in sorted(_entries(data).items()):
        number = str(entry.get("id", ""))
        key = keys.get(number)
        locked = lock.accounts[key] if lock and key else None
        places = list(dict.fromkeys(place for place in (own_places.get(name), lock_places.get(key or "")) if place))
        unit = unit_path(locked.unit, lock.units) if lock and locked else str(entry.get("unit") or "")
        labels = {str(label): str(value) for label, value in sorted((entry.get("labels") or {}).items())}
        rows.append({"name": name, "id": number, "unit": unit, "labels": labels, "from": ", ".join(places)})
    return rows


def _entries(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    accounts = data.get("accounts")
    entries = accounts if isinstance(accounts, dict) else {}
    return {key: entry for key, entry in entries.items() if isinstance(entry, dict)}


def _labels(labels: dict[str, str]) -> str:
    return ", ".join(f"{label}: {value}" for label, value in labels.items()) or "-"
