"""The checker's memory in this process, with the promises of the one in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from handlers.compliance.ledger import SUMMARY, Conflict, Key, Page, RunningScan, StoredResource


@dataclass
class MemoryLedger:
    """See ledger.Ledger. rows: by key. writes: how often `save` wrote."""

    rows: dict[Key, StoredResource] = field(default_factory=dict)
    scan_pages: dict[int, dict[tuple[str, int], Page]] = field(default_factory=dict)
    scan_totals: dict[int, dict[str, Any]] = field(default_factory=dict)
    running: RunningScan | None = None
    writes: int = 0

    def load(self, keys: Iterable[Key]) -> dict[Key, StoredResource]:
        return {key: self.rows[key] for key in keys if key in self.rows}

    def save(self, remembered: StoredResource, now: int) -> StoredResource:
        row = self.rows.get(remembered.key)
        if (row.version if row else 0) != remembered.version:
            raise Conflict(str(remembered.key))
        self.writes += 1
        self.rows[remembered.key] = replace(remembered, version=remembered.version + 1)
        return self.rows[remembered.key]

    def open_resources(self, type_: str, after: str, limit: int) -> list[str]:
        ids = (key.id for key, row in self.rows.items() if key.type == type_ and key != SUMMARY and row.is_open)
        return sorted(id_ for id_ in ids if id_ > after)[:limit]

    def due(self, before: int, limit: int) -> list[Key]:
        owed = [(row.owed.at, key.id, key) for key, row in self.rows.items() if row.owed and row.owed.at < before]
        return [key for _, _, key in sorted(owed)[:limit]]

    def count_in_summary(self) -> int:
        return sum(row.in_summary and not row.owed for row in self.rows.values())

    def put_page(self, scan: int, page: Page, now: int) -> None:
        self.scan_pages.setdefault(scan, {})[page.type, page.number] = page

    def pages(self, scan: int) -> list[Page]:
        return [page for _, page in sorted(self.scan_pages.get(scan, {}).items())]

    def page_exists(self, scan: int, type_: str, number: int) -> bool:
        return (type_, number) in self.scan_pages.get(scan, {})

    def put_total(self, at: int, total: Mapping[str, Any], now: int) -> None:
        self.scan_totals[at] = dict(total)

    def totals(self, limit: int) -> list[dict[str, Any]]:
        return [total for _, total in sorted(self.scan_totals.items(), reverse=True)[:limit]]

    def start_scan(self, scan: int, now: int, stale_before: int) -> bool:
        if self.running and self.running.scan != scan and self.running.started >= stale_before:
            return False
        if not self.running or self.running.scan != scan:
            self.running = RunningScan(scan, now)
        return True

    def running_scan(self) -> RunningScan | None:
        return self.running

    def end_scan(self, scan: int) -> None:
        if self.running and self.running.scan == scan:
            self.running = None
