"""Accounts that an environment selects by their labels."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from generator.findings import Finding, Path, suggest
from generator.spec.document import Document

Labels = Mapping[str, str | list[str]]


def with_labels(names: Collection[str], labels: Labels, document: Document) -> list[str]:
    """The accounts that have all labels, each with one of its values."""
    return [name for name in names if name in document.accounts and _have(document.accounts[name].labels, labels)]


def _have(own: Mapping[str, str], labels: Labels) -> bool:
    return all(own.get(label) in _listed(values) for label, values in labels.items())


def _listed(values: str | list[str]) -> list[str]:
    return [values] if isinstance(values, str) else values


def label_faults(document: Document, environment: str, labels: Labels) -> Iterator[Finding]:
    """R04 for labels, and values of them, that no account has."""
    for label, values in labels.items():
        path: Path = ("environments", environment, "labels", label)
        if label not in document.labels:
            hint = suggest(label, document.labels, "add it to the labels of accounts")
            yield Finding("R04", f"no account has a label `{label}`", path, hint=hint, on="key")
            continue
        for index, value in enumerate(_listed(values)):
            if value not in document.labels[label]:
                value_path = path if isinstance(values, str) else (*path, index)
                hint = suggest(value, document.labels[label])
                yield Finding("R04", f"no account has the label `{label}: {value}`", value_path, hint=hint)
