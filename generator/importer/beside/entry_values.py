"""What the file has today where a takeover has put a value: people edit it while alarms are beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from generator.findings import Path, dotted, parse_path
from generator.importer.beside.edits import SILENT, SUFFIX
from generator.importer.beside.takeover import Restored
from generator.yaml_edits import NotEditable, edited


class EntryValues:
    """The values of a file. Raises NotEditable where it is none."""

    def __init__(self, text: str) -> None:
        edited(text)
        try:
            self._data = yaml.load(text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            raise NotEditable("it has tags that obsgen does not know") from None

    def is_on(self, rows: Iterable[Restored]) -> bool:
        """Whether nothing of an entry is beside any more."""
        return all(self._at(row.path) == row.value or not _is_beside(row, self._at(row.path)) for row in rows)

    def faults(self, key: str, rows: Iterable[Restored]) -> Iterator[str]:
        """Why an entry cannot be switched on in this file."""
        entry = self._at(parse_path(key))
        if not isinstance(entry, Mapping):
            yield f"the file has no {key} any more: if it was renamed, give the alarm its severity by hand"
            return
        known = {row.path for row in rows}
        overrides = entry.get("overrides")
        for index, override in enumerate(overrides if isinstance(overrides, list) else []):
            path = (*parse_path(key), "overrides", index, "severity")
            if path not in known and isinstance(override, Mapping) and override.get("severity") == SILENT:
                yield f"{dotted(path)} is {SILENT} and not in the map: write its severity by hand"

    def to_restore(self, rows: Iterable[Restored]) -> Iterator[Restored]:
        """The rows whose value is that of the takeover; what people have written stays."""
        return (row for row in rows if _is_beside(row, self._at(row.path)))

    def _at(self, path: Path) -> Any:
        value = self._data
        for step in path:
            if isinstance(value, list) and isinstance(step, int):
                value = value[step] if 0 <= step < len(value) else None
            else:
                value = value.get(str(step)) if isinstance(value, Mapping) else None
        return value


def _is_beside(row: Restored, value: Any) -> bool:
    """Whether a value is the one that `--beside` has written."""
    last = row.path[-1]
    expected = {"severity": SILENT, "actions_enabled": False}.get(str(last), f"{row.value}{SUFFIX}")
    return bool(value == expected)
