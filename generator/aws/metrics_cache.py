"""Metrics of ElastiCache: Memcached, Valkey and Redis OSS, in nodes or serverless.

Names beyond the pages of the user guide are from Grafana's list of CloudWatch metrics. A family of commands
is listed with each of its measures, whether or not it has been seen with all of them.
"""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

_SERVERLESS = "clusterId"
_NODE = "CacheClusterId | CacheClusterId, CacheNodeId | -"
_ANY = f"{_NODE} | {_SERVERLESS}"
_TIERED = f"{_ANY} | CacheClusterId, CacheNodeId, Tier | CacheClusterId, Tier"
_SHARD = f"{_ANY} | NodeGroupId, ReplicationGroupId"

_COMMANDS = (
    "ClusterBasedCmds EvalBasedCmds GeoSpatialBasedCmds GetTypeCmds HashBasedCmds HyperLogLogBasedCmds"
    " JsonBasedCmds JsonBasedGetCmds JsonBasedSetCmds KeyBasedCmds ListBasedCmds NonKeyTypeCmds"
    " PubSubBasedCmds SearchBasedCmds SearchBasedGetCmds SearchBasedSetCmds SetBasedCmds SetTypeCmds"
    " SortedSetBasedCmds StreamBasedCmds StringBasedCmds"
)
_ALLOWANCES = (
    "NetworkBandwidthInAllowanceExceeded NetworkBandwidthOutAllowanceExceeded"
    " NetworkConntrackAllowanceExceeded NetworkLinkLocalAllowanceExceeded"
    " NetworkPacketsPerSecondAllowanceExceeded"
)


def _each(tail: str) -> str:
    return " ".join(f"{commands}{tail}" for commands in _COMMANDS.split())


ELASTI_CACHE = namespace(
    "AWS/ElastiCache",
    "AmazonElastiCache/latest/dg/CacheMetrics.html",
    rows(_ANY, "Count", _COMMANDS),
    rows(_ANY, "Microseconds", _each("Latency")),
    rows(_SERVERLESS, "Count", _each("ECPUs")),
    rows(_SERVERLESS, "Count", "ElastiCacheProcessingUnits ThrottledCmds TotalCmdsCount"),
    rows(
        _ANY,
        "Percent",
        "CPUUtilization EngineCPUUtilization CacheHitRate DatabaseMemoryUsagePercentage"
        " DatabaseCapacityUsagePercentage NetworkBaselineUsageInPercentage NetworkBaselineUsageOutPercentage"
        " NetworkBaselineMaxUsageInPercentage NetworkBaselineMaxUsageOutPercentage",
    ),
    rows(
        _SHARD,
        "Percent",
        "DatabaseMemoryUsageCountedForEvictPercentage DatabaseCapacityUsageCountedForEvictPercentage",
    ),
    rows(_TIERED, "Count", "CurrItems"),
    rows(_TIERED, "Bytes", "BytesUsedForCache"),
    rows(
        _ANY,
        "Bytes",
        "FreeableMemory SwapUsage NetworkBytesIn NetworkBytesOut NetworkMaxBytesIn NetworkMaxBytesOut"
        " BytesReadIntoMemcached BytesWrittenOutFromMemcached BytesUsedForCacheItems BytesUsedForHash"
        " BytesReadFromDisk BytesWrittenToDisk ReplicationBytes UnusedMemory UsedMemoryDataset"
        " SearchUsedMemoryBytes SearchTotalIndexSize AllocatorFragmentationBytes",
    ),
    rows(_ANY, "Bytes/Second", "MaxReplicationThroughput"),
    rows(
        _ANY,
        "Count",
        f"{_ALLOWANCES} NetworkPacketsIn NetworkPacketsOut NetworkMaxPacketsIn NetworkMaxPacketsOut"
        " CPUCreditBalance CPUCreditUsage ActiveDefragHits AuthenticationFailures BlockedConnections"
        " CacheHits CacheMisses CasBadval CasHits CasMisses ChannelAuthorizationFailures CmdConfigGet"
        " CmdConfigSet CmdFlush CmdGet CmdSet CmdTouch CommandAuthorizationFailures CurrConfig"
        " CurrConnections CurrItemsWithVolatileFields CurrVolatileItems DatabaseAuthorizationFailures"
        " DecrHits DecrMisses DeleteHits DeleteMisses DurabilityBufferExceededErrorCount ErrorCount"
        " EvictedUnfetched Evictions ExpiredUnfetched GetHits GetMisses IamAuthenticationExpirations"
        " IamAuthenticationThrottling IncrHits IncrMisses IsMaster IsPrimary KeyAuthorizationFailures"
        " KeysTracked KeyspaceHits KeyspaceMisses MajorPageFaults MasterLinkHealthStatus NewConnections"
        " NewItems NumItemsReadFromDisk NumItemsWrittenToDisk PrimaryLinkHealthStatus ProcessedCommands"
        " PubSubChannels PubSubShardChannels Reclaimed ReclaimedFields RejectedConnections"
        " ReplicationDelayedWriteCommands SaveInProgress SearchNumberOfIndexedKeys SearchNumberOfIndexes"
        " SearchTotalIndexedDocuments SlabsMoved TouchHits TouchMisses TrafficManagementActive",
    ),
    rows(_ANY, "Milliseconds", "DB0AverageTTL"),
    rows(_ANY, "Microseconds", "SuccessfulReadRequestLatency SuccessfulWriteRequestLatency"),
    rows(_ANY, "Seconds", "ReplicationLag GlobalDatastoreReplicationLag DurabilityLag"),
    rows(_ANY, "None", "MemoryFragmentationRatio AllocatorFragmentationRatio"),
    open_ended=True,
)
