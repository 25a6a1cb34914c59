"""The audit trail of a scan in S3: an object for each resource of a small scan, JSON lines for a page of a larger one.

The keys follow from the scan, so that a page that is done again replaces what it has written. What cannot be written is
logged and counted, and the scan goes on: people hear of wrong tags even where the trail has a gap.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from handlers.compliance.observing import EvaluatedResource
from handlers.compliance.outputs import World
from handlers.compliance.record import line, page_key, record, record_key
from handlers.compliance.remedy import as_json
from handlers.compliance.steps import Step

logger = logging.getLogger(__name__)


def write_records(page: Sequence[EvaluatedResource], step: Step, is_last: bool, world: World) -> None:
    """Write the records of a page. is_last: whether no page follows; the only page of a type is written one by one."""
    written = 0
    objects = _separate_records(page, step.scan, world) if is_last and not step.page else _lines(page, step, world)
    try:
        for key, body, count in objects:
            world.records.put(key, body)
            written += count
    except Exception as error:
        # Whatever S3 has: the next object would have it, too.
        why = {"error": type(error).__name__, "missing_records": len(page) - written, "scan": step.scan}
        logger.error("records not written", extra=why)


def _separate_records(page: Sequence[EvaluatedResource], at: int, world: World) -> Iterator[tuple[str, str, int]]:
    for evaluated in page:
        yield record_key(evaluated.resource, at), _line(evaluated, at, world), 1


def _lines(page: Sequence[EvaluatedResource], step: Step, world: World) -> Iterator[tuple[str, str, int]]:
    if page:
        body = "".join(f"{_line(evaluated, step.scan, world)}\n" for evaluated in page)
        yield page_key(step.type, step.page, step.scan), body, len(page)


def _line(evaluated: EvaluatedResource, at: int, world: World) -> str:
    remedies = as_json(evaluated.remedies)
    return line(record(evaluated.resource, evaluated.verdict, world.rules.rules_version, at, "scan", remedies))
