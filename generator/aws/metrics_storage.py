"""Metrics of what keeps files, backups and search indexes."""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

_STORED = "BucketName, StorageType"
_FILTER = "BucketName, FilterId"
_REPLICATION = "DestinationBucket, RuleId, SourceBucket"

S3 = namespace(
    "AWS/S3",
    "AmazonS3/latest/userguide/metrics-dimensions.html",
    rows(_STORED, "Bytes", "BucketSizeBytes"),
    rows(_STORED, "Count", "NumberOfObjects"),
    # Published once a metrics configuration for the bucket exists; its ID is the FilterId.
    rows(
        _FILTER,
        "Count",
        "AllRequests GetRequests PutRequests DeleteRequests HeadRequests PostRequests SelectRequests"
        " ListRequests 4xxErrors 5xxErrors",
    ),
    # SelectScannedBytes and SelectReturnedBytes are how older pages wrote the two before them.
    rows(
        _FILTER,
        "Bytes",
        "BytesDownloaded BytesUploaded SelectBytesScanned SelectBytesReturned SelectScannedBytes SelectReturnedBytes",
    ),
    rows(_FILTER, "Milliseconds", "FirstByteLatency TotalRequestLatency"),
    rows(_REPLICATION, "Seconds", "ReplicationLatency"),
    rows(_REPLICATION, "Bytes", "BytesPendingReplication"),
    rows(_REPLICATION, "Count", "OperationsPendingReplication OperationsFailedReplication"),
)

_FILE_SYSTEM = "FileSystemId"

EFS = namespace(
    "AWS/EFS",
    "efs/latest/ug/efs-metrics.html",
    rows(
        _FILE_SYSTEM,
        "Bytes",
        "BurstCreditBalance MeteredIOBytes TotalIOBytes DataReadIOBytes DataWriteIOBytes MetadataIOBytes"
        " MetadataReadIOBytes MetadataWriteIOBytes",
    ),
    rows(_FILE_SYSTEM, "Percent", "PercentIOLimit"),
    rows(_FILE_SYSTEM, "Bytes/Second", "PermittedThroughput"),
    rows(_FILE_SYSTEM, "Count", "ClientConnections"),
    rows("FileSystemId, StorageClass", "Bytes", "StorageBytes"),
    rows("DestinationFileSystemId, FileSystemId | FileSystemId", "Seconds", "TimeSinceLastSync"),
)

# "More dimensions are available beyond those listed", says the page.
_VAULT = "- | BackupVaultName | ResourceType | BackupVaultName, ResourceType"

BACKUP = namespace(
    "AWS/Backup",
    "aws-backup/latest/devguide/cloudwatch.html",
    rows(
        _VAULT,
        "Count",
        "NumberOfBackupJobsCreated NumberOfBackupJobsPending NumberOfBackupJobsRunning"
        " NumberOfBackupJobsAborted NumberOfBackupJobsCompleted NumberOfBackupJobsFailed"
        " NumberOfBackupJobsExpired NumberOfBackupJobsPartial NumberOfCopyJobsCreated"
        " NumberOfCopyJobsRunning NumberOfCopyJobsCompleted NumberOfCopyJobsFailed"
        " NumberOfRestoreJobsPending NumberOfRestoreJobsRunning NumberOfRestoreJobsCompleted"
        " NumberOfRestoreJobsFailed NumberOfRecoveryPointsCompleted NumberOfRecoveryPointsPartial"
        " NumberOfRecoveryPointsExpired NumberOfRecoveryPointsCreating NumberOfRecoveryPointsDeleting"
        " NumberOfRecoveryPointsCold",
    ),
    open_ended=True,
)

# ClientId is the account. Nothing is published by DomainName alone.
_DOMAIN = "ClientId, DomainName | ClientId, DomainName, NodeId"
_CONNECTION = f"{_DOMAIN} | ClientId, ConnectionId, DomainName"

ELASTICSEARCH = namespace(
    "AWS/ES",
    "opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html",
    rows(
        _DOMAIN,
        "Percent",
        "CPUUtilization SysMemoryUtilization JVMMemoryPressure OldGenJVMMemoryPressure MasterCPUUtilization"
        " MasterSysMemoryUtilization MasterJVMMemoryPressure MasterOldGenJVMMemoryPressure"
        " WarmCPUUtilization WarmSysMemoryUtilization WarmJVMMemoryPressure WarmOldGenJVMMemoryPressure"
        " BurstBalance KibanaHeapUtilization OpenSearchDashboardsHeapUtilization"
        " KNNGraphMemoryUsagePercentage KNNTrainingMemoryUsagePercentage",
    ),
    rows(
        _DOMAIN,
        "Megabytes",
        "FreeStorageSpace ClusterUsedSpace MasterFreeStorageSpace WarmFreeStorageSpace"
        " WarmStorageSpaceUtilization HotStorageSpaceUtilization ColdStorageSpaceUtilization"
        " RemoteStorageUsedSpace KibanaHeapTotal KibanaHeapUsed OpenSearchDashboardsHeapTotal"
        " OpenSearchDashboardsHeapUsed",
    ),
    rows(_DOMAIN, "Seconds", "ReadLatency WriteLatency"),
    rows(_DOMAIN, "Count/Second", "ReadIOPS WriteIOPS ReadIOPSMicroBursting WriteIOPSMicroBursting"),
    rows(
        _DOMAIN,
        "Bytes/Second",
        "ReadThroughput WriteThroughput ReadThroughputMicroBursting WriteThroughputMicroBursting"
        " MaxProvisionedThroughput",
    ),
    rows(
        _DOMAIN,
        "Milliseconds",
        "IndexingLatency SearchLatency WarmSearchLatency JVMGCYoungCollectionTime JVMGCOldCollectionTime"
        " WarmJVMGCYoungCollectionTime KibanaResponseTimesMaxInMillis"
        " OpenSearchDashboardsResponseTimesMaxInMillis AsynchronousSearchMaxRunningTime"
        " AvgPointInTimeAliveTime HotToWarmMigrationForceMergeLatency HotToWarmMigrationProcessingLatency"
        " HotToWarmMigrationSnapshotLatency HotToWarmMigrationSuccessLatency WarmToColdMigrationLatency"
        " ColdToWarmMigrationLatency",
    ),
    rows(
        _DOMAIN,
        "Bytes",
        "AsynchronousSearchStoreSize LTRMemoryUsage LTRFeatureMemoryUsageInBytes"
        " LTRFeaturesetMemoryUsageInBytes LTRModelMemoryUsageInBytes",
    ),
    rows(_DOMAIN, "Kilobytes", "KNNGraphMemoryUsage"),
    rows(_DOMAIN, "None", "KNNTotalLoadTime"),
    rows(
        _DOMAIN,
        "Count",
        "ClusterStatus.green ClusterStatus.yellow ClusterStatus.red ClusterIndexWritesBlocked"
        " AutomatedSnapshotFailure Nodes DataNodes Shards.active Shards.activePrimary"
        " Shards.delayedUnassigned Shards.initializing Shards.relocating Shards.unassigned"
        " DataNodesShards.active DataNodesShards.initializing DataNodesShards.relocating"
        " DataNodesShards.unassigned SearchableDocuments DeletedDocuments SegmentCount"
        " WarmSearchableDocuments CPUCreditBalance MasterCPUCreditBalance MasterReachableFromNode"
        " KMSKeyError KMSKeyInaccessible InvalidHostHeaderRequests OpenSearchRequests ElasticsearchRequests"
        " 2xx 3xx 4xx 5xx ThroughputThrottle IopsThrottle DiskQueueDepth HighSwapUsage IndexingRate"
        " SearchRate WarmSearchRate SearchTaskCancelled SearchShardTaskCancelled CoordinatingWriteRejected"
        " PrimaryWriteRejected ReplicaWriteRejected RemoteStorageWriteRejected JVMGCYoungCollectionCount"
        " JVMGCOldCollectionCount WarmJVMGCYoungCollectionCount WarmJVMGCOldCollectionCount"
        " ThreadpoolBulkQueue ThreadpoolBulkRejected ThreadpoolBulkThreads ThreadpoolForce_mergeQueue"
        " ThreadpoolForce_mergeRejected ThreadpoolForce_mergeThreads ThreadpoolIndexQueue"
        " ThreadpoolIndexRejected ThreadpoolIndexThreads ThreadpoolSearchQueue ThreadpoolSearchRejected"
        " ThreadpoolSearchThreads ThreadpoolWriteQueue ThreadpoolWriteRejected ThreadpoolWriteThreads"
        " Threadpoolsql-workerQueue Threadpoolsql-workerRejected Threadpoolsql-workerThreads"
        " WarmThreadpoolSearchQueue WarmThreadpoolSearchRejected WarmThreadpoolSearchThreads",
    ),
    rows(
        _DOMAIN,
        "Count",
        "KibanaConcurrentConnections KibanaHealthyNode KibanaHealthyNodes KibanaOS1MinuteLoad"
        " KibanaRequestTotal KibanaReportingFailedRequestSysErrCount"
        " KibanaReportingFailedRequestUserErrCount KibanaReportingRequestCount KibanaReportingSuccessCount"
        " ESReportingFailedRequestSysErrCount ESReportingFailedRequestUserErrCount ESReportingRequestCount"
        " ESReportingSuccessCount OpenSearchDashboardsConcurrentConnections OpenSearchDashboardsHealthyNode"
        " OpenSearchDashboardsHealthyNodes OpenSearchDashboardsOS1MinuteLoad"
        " OpenSearchDashboardsRequestTotal OpensearchDashboardsReportingFailedRequestSysErrCount"
        " OpensearchDashboardsReportingFailedRequestUserErrCount OpensearchDashboardsReportingRequestCount"
        " OpensearchDashboardsReportingSuccessCount HotToWarmMigrationFailureCount"
        " HotToWarmMigrationQueueSize HotToWarmMigrationSuccessCount WarmToHotMigrationQueueSize"
        " WarmToColdMigrationFailureCount WarmToColdMigrationQueueSize WarmToColdMigrationSuccessCount"
        " ColdToWarmMigrationFailureCount ColdToWarmMigrationQueueSize ColdToWarmMigrationSuccessCount"
        " AlertingDegraded AlertingIndexExists AlertingIndexStatus.green AlertingIndexStatus.yellow"
        " AlertingIndexStatus.red AlertingNodesNotOnSchedule AlertingNodesOnSchedule"
        " AlertingScheduledJobEnabled AutoTuneChangesHistoryHeapSize AutoTuneChangesHistoryJVMYoungGenArgs"
        " AutoTuneFailed AutoTuneSucceeded AutoTuneValue",
    ),
    rows(
        _DOMAIN,
        "Count",
        "ADPluginUnhealthy ADExecuteRequestCount ADExecuteFailureCount ADHCExecuteRequestCount"
        " ADHCExecuteFailureCount ADAnomalyDetectorsIndexStatus.red ADAnomalyDetectorsIndexStatusIndexExists"
        " ADAnomalyResultsIndexStatus.red ADAnomalyResultsIndexStatusIndexExists"
        " ADModelsCheckpointIndexStatus.red ADModelsCheckpointIndexStatusIndexExists"
        " AsynchronousSearchCancelled AsynchronousSearchCompletionRate AsynchronousSearchFailureRate"
        " AsynchronousSearchInitializedRate AsynchronousSearchPersistFailedRate"
        " AsynchronousSearchPersistRate AsynchronousSearchRejected AsynchronousSearchRunningCurrent"
        " AsynchronousSearchStoreHealth AsynchronousSearchStoredResponseCount"
        " AsynchronousSearchSubmissionRate CurrentPointInTime TotalPointInTime HasActivePointInTime"
        " HasUsedPointInTime SQLRequestCount SQLDefaultCursorRequestCount SQLFailedRequestCountByCusErr"
        " SQLFailedRequestCountBySysErr SQLUnhealthy PPLRequestCount PPLFailedRequestCountByCusErr"
        " PPLFailedRequestCountBySysErr LTRRequestTotalCount LTRRequestErrorCount LTRStatus.red"
        " KNNCacheCapacityReached KNNCircuitBreakerTriggered KNNEvictionCount KNNGraphIndexErrors"
        " KNNGraphIndexRequests KNNGraphQueryErrors KNNGraphQueryRequests KNNHitCount KNNLoadExceptionCount"
        " KNNLoadSuccessCount KNNMissCount KNNQueryRequests KNNScriptCompilationErrors KNNScriptCompilations"
        " KNNScriptQueryErrors KNNScriptQueryRequests KNNTrainingErrors KNNTrainingRequests",
    ),
    rows(
        _CONNECTION,
        "Count",
        "CrossClusterOutboundConnections CrossClusterOutboundRequests CrossClusterInboundRequests"
        " CrossClusterOutboundReplicationRequests CrossClusterInboundReplicationRequests ReplicationRate"
        " LeaderCheckPoint FollowerCheckPoint ReplicationNumSyncingIndices"
        " ReplicationNumBootstrappingIndices ReplicationNumPausedIndices ReplicationNumFailedIndices"
        " AutoFollowNumSuccessStartReplication AutoFollowNumFailedStartReplication"
        " AutoFollowLeaderCallFailure",
    ),
    open_ended=True,
)
