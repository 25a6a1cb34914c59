"""T21: a filter publishes in a namespace that is not reserved."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

CODE = "T21"
NAME = "filter-namespace"
TITLE = "A metric filter publishes in a namespace that is not reserved."
WHY = (
    "Namespaces that begin with AWS/ are reserved; CloudWatch Logs refuses such a filter. Names that begin with a"
    " colon are reserved too."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html"
BAD = """\
metric_filters:
  errors: {metric: {namespace: AWS/Shop}}
"""
GOOD = """\
metric_filters:
  errors: {metric: {namespace: Shop}}
"""
_NEVER = ":*$"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each filter in a reserved namespace, and for names that CloudWatch Logs does not allow."""
    for metric_filter in subject.estate.metric_filters:
        namespace = metric_filter.metric.namespace
        path = (*metric_filter.path, "metric")
        if namespace.startswith("AWS/") or _plain(namespace) != namespace:
            message = f"namespace `{namespace}` is reserved or has characters that CloudWatch does not allow"
            hint = f"use {_plain(namespace.removeprefix('AWS/')).strip() or 'a name of your own'}"
            yield Finding(CODE, message, (*path, "namespace"), hint=hint)
        name = metric_filter.metric.name
        if _plain(name) != name:
            message = f"metric name `{name}` has characters that CloudWatch Logs does not allow"
            yield Finding(CODE, message, (*path, "name"), hint=f"use {_plain(name) or 'a name of your own'}")


def _plain(name: str) -> str:
    """A name without the characters that are not allowed."""
    return "".join(letter for letter in name if letter.isascii() and letter.isprintable() and letter not in _NEVER)
