"""Metrics of databases and caches."""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

_TABLE = "TableName"
_TABLE_OR_INDEX = "TableName | GlobalSecondaryIndexName, TableName"
_WRITE_SOURCE = "Source, TableName | GlobalSecondaryIndexName, Source, TableName"
_STREAM = "Operation, StreamLabel, TableName"
# Never by table alone: latency, throttled requests and system errors are counted per operation. (The page of
# recommended alarms has SystemErrors by TableName; the metric's own page and the console's directory have
# not.)
_OPERATION = "Operation, TableName"
# PartiQL adds a verb or a kind of operation; in which company is not documented.
_PARTIQL = (
    "Operation, OperationType | Operation, OperationType, TableName | Operation, Verb | Operation, TableName, Verb"
)
_REPLICA = "ReceivingRegion, TableName"
_DELEGATED = "DelegatedOperation, TableName"

DYNAMO_DB = namespace(
    "AWS/DynamoDB",
    "amazondynamodb/latest/developerguide/metrics-dimensions.html",
    rows(
        "-",
        "Count",
        "AccountMaxReads AccountMaxWrites AccountMaxTableLevelReads AccountMaxTableLevelWrites UserErrors",
    ),
    rows(
        "-",
        "Percent",
        "AccountProvisionedReadCapacityUtilization AccountProvisionedWriteCapacityUtilization"
        " MaxProvisionedTableReadCapacityUtilization MaxProvisionedTableWriteCapacityUtilization",
    ),
    rows(_TABLE, "Count", "ConditionalCheckFailedRequests TimeToLiveDeletedItemCount TransactionConflict"),
    rows(
        _TABLE_OR_INDEX,
        "Count",
        "ConsumedReadCapacityUnits ProvisionedReadCapacityUnits ProvisionedWriteCapacityUnits"
        " ReadThrottleEvents WriteThrottleEvents OnDemandMaxReadRequestUnits OnDemandMaxWriteRequestUnits"
        " ReadAccountLimitThrottleEvents ReadKeyRangeThroughputThrottleEvents"
        " ReadMaxOnDemandThroughputThrottleEvents ReadProvisionedThroughputThrottleEvents"
        " WriteAccountLimitThrottleEvents WriteKeyRangeThroughputThrottleEvents"
        " WriteMaxOnDemandThroughputThrottleEvents WriteProvisionedThroughputThrottleEvents",
    ),
    rows(f"{_TABLE_OR_INDEX} | {_WRITE_SOURCE}", "Count", "ConsumedWriteCapacityUnits"),
    rows(_OPERATION, "Count", "ReturnedItemCount FaultInjectionServiceInducedErrors"),
    rows(f"{_OPERATION} | {_STREAM} | {_PARTIQL}", "Count", "ThrottledRequests SystemErrors"),
    rows(f"{_OPERATION} | {_STREAM} | {_PARTIQL}", "Milliseconds", "SuccessfulRequestLatency"),
    rows(
        "GlobalSecondaryIndexName, TableName",
        "Count",
        "OnlineIndexConsumedWriteCapacity OnlineIndexPercentageProgress OnlineIndexThrottleEvents",
    ),
    rows(
        _DELEGATED,
        "Count",
        "ConsumedChangeDataCaptureUnits FailedToReplicateRecordCount ThrottledPutRecordCount",
    ),
    rows(_DELEGATED, "Milliseconds", "AgeOfOldestUnreplicatedRecord"),
    rows(_REPLICA, "Count", "PendingReplicationCount"),
    rows(_REPLICA, "Milliseconds", "ReplicationLatency"),
    rows("ReceivingRegion, SourceRegion, TableName", "Milliseconds", "ReplicationLag"),
    rows(_STREAM, "Bytes", "ReturnedBytes"),
    rows(_STREAM, "Count", "ReturnedRecordsCount"),
)

# The page says which dimensions there are, not which metric has which; VolumeName is a set of volume metrics.
_DATABASE = "DBInstanceIdentifier | DatabaseClass | EngineName | - | DBClusterIdentifier | DBClusterIdentifier, Role"
_DISK = f"{_DATABASE} | DbInstanceIdentifier, VolumeName | DBInstanceIdentifier, VolumeName"
_CLUSTER = f"{_DATABASE} | DbClusterIdentifier, EngineName | DbClusterIdentifier"
_GLOBAL = f"{_CLUSTER} | SourceRegion | DBClusterIdentifier, SourceRegion"
_PROXY_CLIENT = "ProxyName | EndpointName, ProxyName"
_PROXY_TARGET = "ProxyName | ProxyName, Target, TargetGroup | ProxyName, TargetGroup, TargetRole"

RDS = namespace(
    "AWS/RDS",
    "AmazonRDS/latest/UserGuide/rds-metrics.html",
    rows(
        _DATABASE,
        "Percent",
        "CPUUtilization EBSByteBalance% EBSIOBalance% FreeLocalStoragePercent TempDbDataFileUsage"
        " TempDbLogFileUsage ACUUtilization AuroraOptimizedReadsCacheHitRatio BufferCacheHitRatio"
        " ResultSetCacheHitRatio",
    ),
    rows(_DISK, "Percent", "BurstBalance"),
    rows(_DISK, "Bytes", "FreeStorageSpace"),
    rows(_DISK, "Count", "DiskQueueDepth"),
    rows(_DISK, "Count/Second", "ReadIOPS WriteIOPS"),
    rows(_DISK, "Seconds", "ReadLatency WriteLatency"),
    rows(_DISK, "Bytes/Second", "ReadThroughput WriteThroughput"),
    rows(
        _DATABASE,
        "Count",
        "CPUCreditUsage CPUCreditBalance CPUSurplusCreditBalance CPUSurplusCreditsCharged ConnectionAttempts"
        " DiskQueueDepthLogVolume FailedSQLServerAgentJobsCount IamDbAuthConnectionRequests"
        " MaximumUsedTransactionIDs AbortedClients AuroraDMLRejectedMasterFull AuroraDMLRejectedWriterFull"
        " AuroraMemoryHealthState AuroraMemoryNumDeclinedSqlTotal AuroraMemoryNumKillConnTotal"
        " AuroraMemoryNumKillQueryTotal AuroraNumOomRecoverySuccessful AuroraNumOomRecoveryTriggered"
        " AuroraSlowConnectionHandleCount AuroraSlowHandshakeCount BacktrackWindowAlert NumBinaryLogFiles"
        " PurgeBoundary PurgeFinishedPoint RollbackSegmentHistoryListLength TruncateFinishedPoint"
        " ServerlessDatabaseCapacity",
    ),
    rows(f"{_DATABASE} | {_PROXY_TARGET}", "Count", "DatabaseConnections"),
    rows(
        _DATABASE,
        "Bytes",
        "BinLogDiskUsage FreeableMemory FreeLocalStorage FreeStorageSpaceLogVolume"
        " OldestLogicalReplicationSlotLag OldestReplicationSlotLag ReplicationSlotDiskUsage SwapUsage"
        " TempDbAvailableDataSpace TempDbAvailableLogSpace TransactionLogsDiskUsage"
        " AuroraEstimatedSharedMemoryBytes FreeEphemeralStorage SumBinaryLogSize",
    ),
    rows(
        _DATABASE,
        "Seconds",
        "CheckpointLag ReplicaLag ReplicationChannelLag ReadLatencyLocalStorage ReadLatencyLogVolume"
        " ReadLatencyEphemeralStorage WriteLatencyLocalStorage WriteLatencyLogVolume"
        " WriteLatencyEphemeralStorage AuroraBinlogReplicaLag EngineUptime RDSToAuroraPostgreSQLReplicaLag"
        " TransactionAgeMaximum",
    ),
    rows(
        _DATABASE,
        "Milliseconds",
        "AuroraMillisecondsSpentInOomRecovery AuroraReplicaLag AuroraReplicaLagMaximum"
        " AuroraReplicaLagMinimum CommitLatency DDLLatency DMLLatency DeleteLatency InsertLatency"
        " RowLockTime SelectLatency UpdateLatency",
    ),
    rows(
        _DATABASE,
        "Bytes/Second",
        "NetworkReceiveThroughput NetworkTransmitThroughput NetworkThroughput ReadThroughputLocalStorage"
        " ReadThroughputLogVolume ReadThroughputEphemeralStorage WriteThroughputLocalStorage"
        " WriteThroughputLogVolume WriteThroughputEphemeralStorage StorageNetworkReceiveThroughput"
        " StorageNetworkThroughput StorageNetworkTransmitThroughput TempStorageThroughput"
        " TransactionLogsGeneration",
    ),
    rows(
        _DATABASE,
        "Count/Second",
        "ReadIOPSLocalStorage ReadIOPSLogVolume ReadIOPSEphemeralStorage WriteIOPSLocalStorage"
        " WriteIOPSLogVolume WriteIOPSEphemeralStorage TempStorageIOPS ActiveTransactions"
        " BlockedTransactions CommitThroughput DDLThroughput DMLThroughput Deadlocks DeleteThroughput"
        " InsertThroughput LoginFailures Queries SelectThroughput UpdateThroughput",
    ),
    rows(_DATABASE, "None", "DBLoad DBLoadCPU DBLoadNonCPU DBLoadRelativeToNumVCPUs BacktrackWindowActual"),
    rows(
        _CLUSTER,
        "Count",
        "BacktrackChangeRecordsCreationRate BacktrackChangeRecordsStored VolumeReadIOPs VolumeWriteIOPs",
    ),
    rows(
        _CLUSTER,
        "Bytes",
        "AuroraVolumeBytesLeftTotal BackupRetentionPeriodStorageUsed SnapshotStorageUsed"
        " TotalBackupStorageBilled VolumeBytesUsed",
    ),
    rows(_GLOBAL, "Bytes", "AuroraGlobalDBDataTransferBytes"),
    rows(_GLOBAL, "Count", "AuroraGlobalDBReplicatedWriteIO"),
    rows(
        _GLOBAL,
        "Milliseconds",
        "AuroraGlobalDBProgressLag AuroraGlobalDBReplicationLag AuroraGlobalDBRPOLag",
    ),
    # RDS Proxy: AmazonRDS/latest/UserGuide/rds-proxy.monitoring.html
    rows("ProxyName, TargetGroup, TargetRole", "Percent", "AvailabilityPercentage"),
    rows(
        _PROXY_CLIENT,
        "Count",
        "ClientConnections ClientConnectionsClosed ClientConnectionsInSetup ClientConnectionsNoTLS"
        " ClientConnectionsReceived ClientConnectionsSetupFailedAuth ClientConnectionsSetupSucceeded"
        " ClientConnectionsTLS QueryRequests QueryRequestsNoTLS QueryRequestsTLS",
    ),
    rows(_PROXY_CLIENT, "Microseconds", "DatabaseConnectionsBorrowLatency QueryResponseLatency"),
    rows(f"{_PROXY_CLIENT} | {_PROXY_TARGET}", "Microseconds", "QueryDatabaseResponseLatency"),
    rows(
        _PROXY_TARGET,
        "Count",
        "DatabaseConnectionRequests DatabaseConnectionRequestsWithTLS DatabaseConnectionsCurrentlyBorrowed"
        " DatabaseConnectionsCurrentlyInTransaction DatabaseConnectionsCurrentlySessionPinned"
        " DatabaseConnectionsSetupFailed DatabaseConnectionsSetupSucceeded DatabaseConnectionsWithTLS"
        " MaxDatabaseConnectionsAllowed",
    ),
    open_ended=True,
)

_DOCUMENTS = "DBInstanceIdentifier | DBClusterIdentifier | DBClusterIdentifier, Role"

DOC_DB = namespace(
    "AWS/DocDB",
    "documentdb/latest/developerguide/cloud_watch.html",
    rows(
        _DOCUMENTS,
        "Percent",
        "CPUUtilization BufferCacheHitRatio IndexBufferCacheHitRatio NVMeStorageCacheHitRatio"
        " EBSByteBalance% EBSIOBalance%",
    ),
    rows(
        _DOCUMENTS,
        "Bytes",
        "BackupRetentionPeriodStorageUsed SnapshotStorageUsed TotalBackupStorageBilled VolumeBytesUsed"
        " FreeableMemory FreeLocalStorage FreeNVMeStorage SwapUsage",
    ),
    rows(_DOCUMENTS, "Megabytes", "ChangeStreamLogSize"),
    rows(
        _DOCUMENTS,
        "Count",
        "DatabaseConnections DatabaseConnectionsMax DatabaseConnectionsLimit DatabaseCursors"
        " DatabaseCursorsMax DatabaseCursorsLimit DatabaseCursorsTimedOut DiskQueueDepth DocumentsDeleted"
        " DocumentsInserted DocumentsReturned DocumentsUpdated OpcountersCommand OpcountersDelete"
        " OpcountersGetmore OpcountersInsert OpcountersQuery OpcountersUpdate TTLDeletedDocuments"
        " TransactionsAborted TransactionsCommitted TransactionsOpen TransactionsOpenLimit"
        " TransactionsOpenMax TransactionsStarted LowMemThrottleQueueDepth LowMemThrottleMaxQueueDepth"
        " LowMemNumOperationsThrottled LowMemNumOperationsTimedOut VolumeReadIOPs VolumeWriteIOPs"
        " CPUCreditUsage CPUCreditBalance CPUSurplusCreditBalance CPUSurplusCreditsCharged",
    ),
    rows(
        _DOCUMENTS,
        "Milliseconds",
        "DBClusterReplicaLagMaximum DBClusterReplicaLagMinimum DBInstanceReplicaLag",
    ),
    rows(
        _DOCUMENTS,
        "Seconds",
        "EngineUptime ReadLatency WriteLatency ReadLatencyNVMeStorage WriteLatencyNVMeStorage",
    ),
    rows(
        _DOCUMENTS,
        "Bytes/Second",
        "NetworkReceiveThroughput NetworkTransmitThroughput NetworkThroughput"
        " StorageNetworkReceiveThroughput StorageNetworkTransmitThroughput StorageNetworkThroughput"
        " ReadThroughput WriteThroughput ReadThroughputNVMeStorage WriteThroughputNVMeStorage",
    ),
    rows(_DOCUMENTS, "Count/Second", "ReadIOPS WriteIOPS ReadIOPSNVMeStorage WriteIOPSNVMeStorage"),
    open_ended=True,
)

_REDSHIFT = "ClusterIdentifier"
_REDSHIFT_NODE = "ClusterIdentifier | ClusterIdentifier, NodeID"
_LATENCY_CLASS = "ClusterIdentifier, latency | ClusterIdentifier, NodeID, latency"
_QUEUE = "ClusterIdentifier, QueueName | ClusterIdentifier, wlmid"
_QUEUE_NODE = f"{_QUEUE} | ClusterIdentifier, NodeID, wlmid"
_SCHEMA = "ClusterIdentifier, DatabaseName, SchemaName"

REDSHIFT = namespace(
    "AWS/Redshift",
    "redshift/latest/mgmt/metrics-listing.html",
    rows(_REDSHIFT_NODE, "Percent", "CPUUtilization PercentageDiskSpaceUsed"),
    rows(_REDSHIFT_NODE, "Bytes/Second", "NetworkReceiveThroughput NetworkTransmitThroughput"),
    rows(_REDSHIFT_NODE, "Bytes", "ReadThroughput WriteThroughput"),
    rows(_REDSHIFT_NODE, "Count/Second", "ReadIOPS WriteIOPS"),
    rows(_REDSHIFT_NODE, "Seconds", "ReadLatency WriteLatency"),
    rows(
        _REDSHIFT,
        "Count",
        "CommitQueueLength ConcurrencyScalingActiveClusters ConcurrencyScalingSeconds DatabaseConnections"
        " HealthStatus MaintenanceMode MaxConfiguredConcurrencyScalingClusters NumExceededSchemaQuotas"
        " TotalTableCount",
    ),
    rows(_REDSHIFT, "Megabytes", "RedshiftManagedStorageTotalCapacity"),
    rows(f"{_LATENCY_CLASS} | {_QUEUE_NODE}", "Count/Second", "QueriesCompletedPerSecond"),
    rows(f"{_LATENCY_CLASS} | {_QUEUE_NODE}", "Microseconds", "QueryDuration"),
    rows(
        "ClusterIdentifier, stage | ClusterIdentifier, NodeID, stage",
        "Milliseconds",
        "QueryRuntimeBreakdown",
    ),
    rows(f"{_REDSHIFT} | {_QUEUE} | ClusterIdentifier, service class", "Count", "WLMQueueLength"),
    rows(f"{_QUEUE} | ClusterIdentifier, QueryPriority", "Milliseconds", "WLMQueueWaitTime"),
    rows(_QUEUE_NODE, "Count/Second", "WLMQueriesCompletedPerSecond"),
    rows(_QUEUE_NODE, "Microseconds", "WLMQueryDuration"),
    rows(_QUEUE, "Count", "WLMRunningQueries"),
    rows(_SCHEMA, "Megabytes", "SchemaQuota StorageUsed"),
    rows(_SCHEMA, "Percent", "PercentageQuotaUsed"),
    rows(
        "IntegrationId",
        "None",
        "IntegrationDataTransferred IntegrationDeletedRows IntegrationInsertedRows IntegrationUpdatedRows"
        " IntegrationLag IntegrationNumTablesReplicated IntegrationNumTablesFailedReplication"
        " IntegrationState",
    ),
    open_ended=True,
)
