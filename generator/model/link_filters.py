"""The metrics or log groups that a member shares through its link: names and beginnings of names.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-oam-link-linkfilter.html
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path

# Of AND and OR in one filter, and of its characters.
MOST_OPERANDS = 5
MOST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """names: sorted; with a `*` at the end every name that begins so. excludes: whether these are what is not shared.

    Case counts, as it does for AWS.
    """

    names: tuple[str, ...]
    excludes: bool
    path: Path

    def passes(self, name: str) -> bool:
        """True if what is called so is shared."""
        return self._names(name) is not self.excludes

    def _names(self, name: str) -> bool:
        return any(
            name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in self.names
        )

    def conditions(self, term: str) -> list[str]:
        """The conditions that OR (AND, where it excludes) combines. term: `Namespace` or `LogGroupName`."""
        quoted = [f"'{name}'" for name in self.names if not name.endswith("*")]
        beginnings = [f"'{name[:-1]}%'" for name in self.names if name.endswith("*")]
        no = "NOT " if self.excludes else ""
        listed = [f"{term} {no}IN ({', '.join(quoted)})"] if quoted else []
        return [*listed, *(f"{term} {no}LIKE {beginning}" for beginning in beginnings)]

    def expression(self, term: str) -> str:
        """The filter in AWS's words."""
        return (" AND " if self.excludes else " OR ").join(self.conditions(term))
