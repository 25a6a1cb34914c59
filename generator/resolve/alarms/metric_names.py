"""Characters that CloudWatch accepts in the names of metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html (namespaces)
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html (ASCII, and something beside space)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.findings import Finding, Path

_NAMESPACE = r"[\w.\-/#: ]+"


def invalid_metric_name(
    namespace: str, name: str, dimensions: tuple[tuple[str, str], ...], path: Path
) -> Iterator[Finding]:
    """R05 for each part of a metric that CloudWatch would not take. path: of the metric."""
    if not re.fullmatch(_NAMESPACE, namespace, re.ASCII):
        message = (
            f"a namespace has only A-Z, a-z, digits, spaces and . - _ / # :, but this one has {_strange(namespace)}"
        )
        yield Finding("R05", message, (*path, "namespace"), hint="use the namespace as it is published")
    if not _is_ascii(name):
        message = f"metric names can have only ASCII characters, but this one has {_strange(name)}"
        yield Finding("R05", message, (*path, "name"), hint="use the name as it is published")
    yield from invalid_dimensions(dimensions, path)


def invalid_dimensions(dimensions: tuple[tuple[str, str], ...], path: Path) -> Iterator[Finding]:
    """R05 for each name and value that is not ASCII, or blank."""
    for key, value in dimensions:
        for text, on in ((key, "key"), (value, "value")):
            if not _is_ascii(text):
                message = f"{'names' if on == 'key' else 'values'} of dimensions can have only ASCII characters"
                problem = f"{message}, but this one has {_strange(text)}"
                yield Finding("R05", problem, (*path, "dimensions", key), hint="write it as it is published", on=on)  # type: ignore[arg-type]  # one of the two


def _is_ascii(text: str) -> bool:
    return text.isascii() and bool(text.strip())


def _strange(text: str) -> str:
    """The first character that is in no such name."""
    strange = next((character for character in text if not character.isascii()), None) or next(
        (character for character in text if not re.match(_NAMESPACE, character, re.ASCII)), ""
    )
    return f"`{strange}`" if strange else "blanks"
