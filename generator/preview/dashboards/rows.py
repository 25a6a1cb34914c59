"""The rows of a graph's `metrics`, with their shorthands written out.

"." is the value above it, "..." all values above it that the row does not have itself.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
(Metric Widget: Format for Each Metric in the Array)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# CloudWatch draws at most 500 metrics in a graph.
MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class GraphRow:
    """A row of a graph: a metric, or an expression. options: those of the row."""

    id: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    expression: str
    options: Mapping[str, Any]

    @property
    def is_visible(self) -> bool:
        """Whether it is drawn, and not only used by expressions."""
        return self.options.get("visible") is not False


def graph_rows(metrics: object) -> list[GraphRow]:
    """The rows, each with an ID: its own, or one that no row has."""
    rows: list[GraphRow] = []
    above: list[str] = []
    for number, row in enumerate(metrics if isinstance(metrics, list) else []):
        if not isinstance(row, list) or len(rows) >= MOST_ROWS:
            continue
        options = row[-1] if row and isinstance(row[-1], Mapping) else {}
        words = [str(word) for word in (row[:-1] if options else row)]
        id_ = str(options.get("id") or f"_{number}")
        if "expression" in options:
            rows.append(GraphRow(id_, "", "", (), str(options["expression"]), options))
            continue
        above = _whole(words, above)
        if len(above) >= 2:
            pairs = tuple(sorted(zip(above[2::2], above[3::2], strict=False)))
            rows.append(GraphRow(id_, above[0], above[1], pairs, "", options))
    return rows


def _whole(words: list[str], above: list[str]) -> list[str]:
    if "..." in words:
        at = words.index("...")
        after = words[at + 1 :]
        words = [*words[:at], *above[at : max(at, len(above) - len(after))], *after]
    return [above[at] if word == "." and at < len(above) else word for at, word in enumerate(words)]
