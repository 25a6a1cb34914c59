"""The section `cost`: volumes that AWS bills by use, for estimates."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from generator.spec.scalars import Key
from generator.spec.strict import Strict

# More than any account has; a comment has no room for sums of larger ones.
_MOST = 1_000_000_000


def _volume(description: str) -> Any:
    """A key of a volume."""
    return Field(default=None, description=description, ge=0, le=_MOST)


class VolumesSpec(Strict):
    """What an account uses a month."""

    api_requests: float | None = _volume("millions of requests to the API")
    endpoint_gb: float | None = _volume("GB through endpoints")
    event_archive_gb: float | None = _volume("GB of events that the archive receives")
    events: float | None = _volume("millions of custom events and between accounts")
    firehose_gb: float | None = _volume("GB that delivery streams receive")
    function_gb_second_arm: float | None = _volume("GB-seconds of functions that events invoke")
    function_requests: float | None = _volume("millions of invocations of functions by events")
    insight_rule_events: float | None = _volume("millions of log events that match Contributor Insights rules")
    log_ingestion_gb: float | None = _volume("GB of logs ingested")
    log_query_gb: float | None = _volume("GB that log queries read")
    log_storage_gb: float | None = _volume("GB of logs stored")
    object_storage_gb: float | None = _volume("GB in buckets")
    queue_requests: float | None = _volume("millions of requests to queues")
    table_reads: float | None = _volume("millions of read request units")
    table_storage_gb: float | None = _volume("GB in tables")
    table_writes: float | None = _volume("millions of write request units")
    traces: float | None = _volume("millions of traces recorded")


class CostSpec(Strict):
    """Volumes of each member, of the hub, and of some accounts."""

    members: VolumesSpec = Field(default_factory=VolumesSpec, description="volumes of each member account")
    hub: VolumesSpec = Field(default_factory=VolumesSpec, description="volumes of the hub's account")
    accounts: dict[Key, VolumesSpec] = Field(
        default_factory=dict, description="volumes of some accounts, instead of those of each member"
    )
