"""The section `cost`: volumes that AWS bills by use, for estimates."""

from __future__ import annotations

from pydantic import Field

from generator.spec.scalars import Key
from generator.spec.strict import Strict


class VolumesSpec(Strict):
    """What an account uses a month."""

    api_requests: float | None = Field(default=None, description="millions of requests to the API", ge=0)
    endpoint_gb: float | None = Field(default=None, description="GB through endpoints", ge=0)
    event_archive_gb: float | None = Field(default=None, description="GB of events that the archive receives", ge=0)
    events: float | None = Field(default=None, description="millions of custom events and between accounts", ge=0)
    firehose_gb: float | None = Field(default=None, description="GB that delivery streams receive", ge=0)
    function_gb_second_arm: float | None = Field(
        default=None, description="GB-seconds of functions that events invoke", ge=0
    )
    function_requests: float | None = Field(
        default=None, description="millions of invocations of functions by events", ge=0
    )
    insight_rule_events: float | None = Field(
        default=None, description="millions of log events that match Contributor Insights rules", ge=0
    )
    log_ingestion_gb: float | None = Field(default=None, description="GB of logs ingested", ge=0)
    log_query_gb: float | None = Field(default=None, description="GB that log queries read", ge=0)
    log_storage_gb: float | None = Field(default=None, description="GB of logs stored", ge=0)
    object_storage_gb: float | None = Field(default=None, description="GB in buckets", ge=0)
    queue_requests: float | None = Field(default=None, description="millions of requests to queues", ge=0)
    table_reads: float | None = Field(default=None, description="millions of read request units", ge=0)
    table_storage_gb: float | None = Field(default=None, description="GB in tables", ge=0)
    table_writes: float | None = Field(default=None, description="millions of write request units", ge=0)
    traces: float | None = Field(default=None, description="millions of traces recorded", ge=0)


class CostSpec(Strict):
    """Volumes of each member, of the hub, and of some accounts."""

    members: VolumesSpec = Field(default_factory=VolumesSpec, description="volumes of each member account")
    hub: VolumesSpec = Field(default_factory=VolumesSpec, description="volumes of the hub's account")
    accounts: dict[Key, VolumesSpec] = Field(
        default_factory=dict, description="volumes of some accounts, instead of those of each member"
    )
