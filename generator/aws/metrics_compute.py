"""Metrics of what runs code: functions, instances, volumes, containers and groups of them."""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

# `Resource` is the function with its version or alias (`pay:live`), `ExecutedVersion` the version a weighted
# alias chose. `ExecutedVersion` never comes without `Resource`: the CloudWatch console's own directory, which
# the CDK ships as @aws-cdk/aws-service-spec, lists exactly these four sets.
_FUNCTION = "- | FunctionName | FunctionName, Resource | ExecutedVersion, FunctionName, Resource"
_EVENT_SOURCE = "EventSourceMappingUUID"
_PROVIDER = "CapacityProviderName | CapacityProviderName, InstanceType"
_ENVIRONMENT = "CapacityProviderName, FunctionName | CapacityProviderName, FunctionName, Resource"

LAMBDA = namespace(
    "AWS/Lambda",
    "lambda/latest/dg/monitoring-metrics-types.html",
    rows(
        _FUNCTION,
        "Count",
        "Invocations Errors Throttles DeadLetterErrors DestinationDeliveryFailures OversizedRecordCount"
        " RecursiveInvocationsDropped SignatureValidationErrors ProvisionedConcurrencyInvocations"
        " ProvisionedConcurrencySpilloverInvocations ConcurrentExecutions ProvisionedConcurrentExecutions"
        " AsyncEventsReceived AsyncEventsDropped CPUThrottles MemoryThrottles DiskThrottles"
        " ConcurrencyThrottles UrlRequestCount Url4xxCount Url5xxCount DurableExecutionStarted"
        " DurableExecutionSucceeded DurableExecutionFailed DurableExecutionStopped DurableExecutionTimedOut"
        " DurableExecutionOperations",
    ),
    rows(
        _FUNCTION,
        "Milliseconds",
        "Duration PostRuntimeExtensionsDuration AsyncEventAge UrlRequestLatency TimeToFirstByteLatency"
        " TimeToLastByteLatency DurableExecutionDuration",
    ),
    rows(_FUNCTION, "Bytes", "StreamedOutboundBytes DurableExecutionStorageWrittenBytes"),
    rows(_FUNCTION, "None", "ProvisionedConcurrencyUtilization StreamedOutboundThroughput"),
    rows(f"{_FUNCTION} | {_EVENT_SOURCE}", "Milliseconds", "IteratorAge"),
    rows(f"{_FUNCTION} | {_EVENT_SOURCE}", "Count", "OffsetLag"),
    rows(
        _EVENT_SOURCE,
        "Count",
        "PolledEventCount FilteredOutEventCount InvokedEventCount FailedInvokeEventCount DroppedEventCount"
        " OnFailureDestinationDeliveredEventCount DeletedEventCount CommittedEventCount PollingErrorCount"
        " InvokeErrorCount OnFailureDestinationDeliveryErrorCount SchemaRegistryErrorCount CommitErrorCount"
        " MaxOffsetLag SumOffsetLag ProvisionedPollers EventPollerUnit",
    ),
    rows(_EVENT_SOURCE, "Bytes", "EventPollerThroughputInBytes"),
    rows(
        "-",
        "Count",
        "UnreservedConcurrentExecutions ClaimedAccountConcurrency ApproximateRunningDurableExecutions",
    ),
    rows("-", "Percent", "ApproximateRunningDurableExecutionsUtilization"),
    rows(_PROVIDER, "Percent", "CPUUtilization MemoryUtilization"),
    rows(
        _PROVIDER,
        "Bytes",
        "NetworkIn NetworkOut DiskReadBytes DiskWriteBytes MemoryAvailable MemoryAllocated",
    ),
    rows(_PROVIDER, "Count", "vCPUAvailable vCPUAllocated"),
    rows(_ENVIRONMENT, "Count", "ExecutionEnvironmentConcurrency ExecutionEnvironmentConcurrencyLimit"),
    rows(_ENVIRONMENT, "Percent", "ExecutionEnvironmentCPUUtilization ExecutionEnvironmentMemoryUtilization"),
)

_INSIGHTS = "function_name | function_name, version"

LAMBDA_INSIGHTS = namespace(
    "LambdaInsights",
    "AmazonCloudWatch/latest/monitoring/Lambda-Insights-metrics.html",
    rows(_INSIGHTS, "Milliseconds", "cpu_total_time init_duration"),
    rows(
        _INSIGHTS,
        "Percent",
        "memory_utilization memory_utilization_max cpu_utilization cpu_utilization_max",
    ),
    rows(_INSIGHTS, "Megabytes", "used_memory_max total_memory"),
    rows(_INSIGHTS, "Bytes", "rx_bytes tx_bytes total_network tmp_free tmp_used"),
)

# All but the first two need detailed monitoring. The group's set in the second row is from recall: the pages
# only say that the dimension exists.
_INSTANCES = "InstanceId | AutoScalingGroupName | ImageId | InstanceType | -"
_INSTANCE = "InstanceId | AutoScalingGroupName"
_FAST_LAUNCH = "ImageId | ImageId, ImageName"

EC2 = namespace(
    "AWS/EC2",
    "AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html",
    rows(_INSTANCES, "Percent", "CPUUtilization"),
    rows(
        _INSTANCES,
        "Count",
        "DiskReadOps DiskWriteOps NetworkPacketsIn NetworkPacketsOut MetadataNoToken MetadataNoTokenRejected",
    ),
    rows(_INSTANCES, "Bytes", "DiskReadBytes DiskWriteBytes NetworkIn NetworkOut"),
    rows(
        _INSTANCE,
        "Count",
        "CPUCreditUsage CPUCreditBalance CPUSurplusCreditBalance CPUSurplusCreditsCharged EBSReadOps"
        " EBSWriteOps StatusCheckFailed StatusCheckFailed_Instance StatusCheckFailed_System"
        " StatusCheckFailed_AttachedEBS StatusCheckFailed_Application NetworkPacketsMirrorIn"
        " NetworkPacketsMirrorOut NetworkPacketsSkipMirrorIn NetworkPacketsSkipMirrorOut",
    ),
    rows(
        _INSTANCE,
        "Bytes",
        "EBSReadBytes EBSWriteBytes NetworkMirrorIn NetworkMirrorOut NetworkSkipMirrorIn NetworkSkipMirrorOut",
    ),
    rows(_INSTANCE, "Percent", "EBSIOBalance% EBSByteBalance% GPUPowerUtilization"),
    rows(_INSTANCE, "None", "InstanceEBSIOPSExceededCheck InstanceEBSThroughputExceededCheck"),
    rows("HostId", "Percent", "DedicatedHostCPUUtilization"),
    rows("Per-VPC Metrics", "Count", "NetworkAddressUsage NetworkAddressUsagePeered"),
    rows(
        _FAST_LAUNCH,
        "Count",
        "NumberOfAvailableFastLaunchSnapshots NumberOfInstancesFastLaunched NumberOfInstancesNotFastLaunched",
    ),
    rows(_FAST_LAUNCH, "None", "FastLaunchSnapshotUsedToRefillStartTime FastLaunchSnapshotCreationTime"),
)

_VOLUME = "VolumeId"
_ATTACHMENT = "VolumeId | InstanceId | InstanceId, VolumeId"
_SNAPSHOT = "AvailabilityZone, SnapshotId | SnapshotId | AvailabilityZone"

EBS = namespace(
    "AWS/EBS",
    "ebs/latest/userguide/using_cloudwatch_ebs.html",
    rows(_VOLUME, "Bytes", "VolumeReadBytes VolumeWriteBytes"),
    rows(_VOLUME, "Count", "VolumeReadOps VolumeWriteOps VolumeQueueLength VolumeConsumedReadWriteOps"),
    rows(_VOLUME, "Seconds", "VolumeTotalReadTime VolumeTotalWriteTime VolumeIdleTime"),
    rows(_VOLUME, "Percent", "VolumeThroughputPercentage BurstBalance"),
    rows(_ATTACHMENT, "Milliseconds", "VolumeAvgReadLatency VolumeAvgWriteLatency"),
    rows(_ATTACHMENT, "Count/Second", "VolumeAvgIOPS"),
    rows(_ATTACHMENT, "Kilobytes/Second", "VolumeAvgThroughput"),
    rows(_ATTACHMENT, "None", "VolumeStalledIOCheck VolumeIOPSExceededCheck VolumeThroughputExceededCheck"),
    rows(_SNAPSHOT, "None", "FastSnapshotRestoreCreditsBalance FastSnapshotRestoreCreditsBucketSize"),
    rows("sourceRegion", "Bytes", "SnapshotCopyBytesTransferred"),
    # Data Lifecycle Manager: ebs/latest/userguide/monitor-dlm-cw-metrics.html, which writes snapshotsArchive*
    # small.
    rows(
        "DLMPolicyId",
        "Count",
        "ResourcesTargeted SnapshotsCreateStarted SnapshotsCreateCompleted SnapshotsCreateFailed"
        " SnapshotsSharedCompleted SnapshotsDeleteCompleted SnapshotsDeleteFailed"
        " SnapshotsCopiedRegionStarted SnapshotsCopiedRegionCompleted SnapshotsCopiedRegionFailed"
        " SnapshotsCopiedRegionDeleteCompleted SnapshotsCopiedRegionDeleteFailed"
        " SnapshotsCopiedAccountStarted SnapshotsCopiedAccountCompleted SnapshotsCopiedAccountFailed"
        " SnapshotsCopiedAccountDeleteCompleted SnapshotsCopiedAccountDeleteFailed snapshotsArchiveScheduled"
        " snapshotsArchiveCompleted snapshotsArchiveFailed snapshotsArchiveDeletionCompleted"
        " snapshotsArchiveDeletionFailed PreScriptStarted PreScriptCompleted PreScriptFailed"
        " PostScriptStarted PostScriptCompleted PostScriptFailed VSSBackupStarted VSSBackupCompleted"
        " VSSBackupFailed ImagesCreateStarted ImagesCreateCompleted ImagesCreateFailed"
        " ImagesDeregisterCompleted ImagesDeregisterFailed ImagesCopiedRegionStarted"
        " ImagesCopiedRegionCompleted ImagesCopiedRegionFailed ImagesCopiedRegionDeregisterCompleted"
        " ImagesCopiedRegionDeregisteredFailed EnableImageDeprecationCompleted EnableImageDeprecationFailed"
        " EnableCopiedImageDeprecationCompleted EnableCopiedImageDeprecationFailed",
    ),
)

_SERVICE = "ClusterName, ServiceName"
_CONNECT = "DiscoveryName | ClusterName, DiscoveryName, ServiceName"
# The last set is from the recommended-alarms page, not from the page of the namespace.
_CONNECT_TARGET = f"TargetDiscoveryName | ClusterName, ServiceName, TargetDiscoveryName | {_SERVICE}"

ECS = namespace(
    "AWS/ECS",
    "AmazonECS/latest/developerguide/available-metrics.html",
    rows(f"ClusterName | {_SERVICE}", "Percent", "CPUUtilization MemoryUtilization EBSFilesystemUtilization"),
    rows("ClusterName", "Percent", "CPUReservation MemoryReservation GPUReservation"),
    rows(
        _CONNECT,
        "Count",
        "ActiveConnectionCount NewConnectionCount RequestCount GrpcRequestCount ClientTLSNegotiationErrorCount",
    ),
    rows(_CONNECT, "Bytes", "ProcessedBytes"),
    rows(
        _CONNECT_TARGET,
        "Count",
        "HTTPCode_Target_2XX_Count HTTPCode_Target_3XX_Count HTTPCode_Target_4XX_Count"
        " HTTPCode_Target_5XX_Count RequestCountPerTarget TargetTLSNegotiationErrorCount",
    ),
    rows(_CONNECT_TARGET, "Bytes", "TargetProcessedBytes"),
    rows(_CONNECT_TARGET, "Milliseconds", "TargetResponseTime"),
)

_TASK = (
    f"ClusterName | {_SERVICE} | ClusterName, TaskDefinitionFamily"
    " | ClusterName, ServiceName, TaskId | ClusterName, TaskDefinitionFamily, TaskId"
)
_CONTAINER = (
    "ClusterName | ClusterName, ContainerName, ServiceName | ClusterName, ContainerName, TaskDefinitionFamily"
    " | ClusterName, ContainerName, ServiceName, TaskId"
    " | ClusterName, ContainerName, TaskDefinitionFamily, TaskId"
)
_HOST = "ClusterName | ClusterName, ContainerInstanceId, InstanceId"
# AmazonECS/latest/developerguide/additional-metrics-managed-instances.html
_MANAGED_HOST = (
    "ClusterName | CapacityProviderName, ClusterName"
    " | CapacityProviderName, ClusterName, ContainerInstanceId, EC2InstanceId"
)

CONTAINER_INSIGHTS = namespace(
    "ECS/ContainerInsights",
    "AmazonCloudWatch/latest/monitoring/Container-Insights-enhanced-observability-metrics-ECS.html",
    rows("ClusterName", "Count", "ContainerInstanceCount ServiceCount TaskCount"),
    rows(
        _SERVICE,
        "Count",
        "DeploymentCount DesiredTaskCount PendingTaskCount RunningTaskCount TaskSetCount",
    ),
    rows(_TASK, "None", "CpuUtilized CpuReserved"),
    rows(_TASK, "Megabytes", "MemoryUtilized MemoryReserved"),
    rows(
        _TASK,
        "Bytes/Second",
        "NetworkRxBytes NetworkTxBytes ContainerNetworkRxBytes ContainerNetworkTxBytes",
    ),
    rows(_TASK, "Bytes", "StorageReadBytes StorageWriteBytes"),
    rows(_TASK, "Gigabytes", "EphemeralStorageReserved EphemeralStorageUtilized"),
    rows(
        f"{_TASK} | ClusterName, TaskDefinitionFamily, VolumeName",
        "Gigabytes",
        "EBSFilesystemSize EBSFilesystemUtilized",
    ),
    rows(
        _TASK,
        "Percent",
        "TaskCpuUtilization TaskMemoryUtilization TaskEphemeralStorageUtilization TaskEBSFilesystemUtilization",
    ),
    rows(f"{_TASK} | {_CONTAINER}", "Count", "RestartCount"),
    rows(f"{_TASK} | {_CONTAINER}", "Percent", "ContainerCpuUtilization ContainerMemoryUtilization"),
    rows(_CONTAINER, "None", "ContainerCpuUtilized ContainerCpuReserved"),
    rows(_CONTAINER, "Megabytes", "ContainerMemoryUtilized ContainerMemoryReserved"),
    rows(_CONTAINER, "Bytes", "ContainerStorageReadBytes ContainerStorageWriteBytes"),
    rows(_CONTAINER, "Count", "UnHealthyContainerHealthStatus"),
    rows("ClusterName", "None", "instance_cpu_limit instance_cpu_usage_total"),
    rows("ClusterName", "Bytes", "instance_memory_limit instance_memory_working_set"),
    rows(
        _HOST,
        "Percent",
        "instance_cpu_utilization instance_cpu_reserved_capacity instance_memory_utilization"
        " instance_memory_reserved_capacity instance_filesystem_utilization",
    ),
    rows(_HOST, "Bytes/Second", "instance_network_total_bytes"),
    rows(_HOST, "Count", "instance_number_of_running_tasks"),
    rows(_MANAGED_HOST, "Percent", "InstanceOSFilesystemUtilization InstanceDataFilesystemUtilization"),
    open_ended=True,
)

_GROUP = "AutoScalingGroupName"
_PAIR = "AutoScalingGroupName, PairIndex, PolicyName"

AUTO_SCALING = namespace(
    "AWS/AutoScaling",
    "autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html",
    rows(
        _GROUP,
        "None",
        "GroupMinSize GroupMaxSize GroupDesiredCapacity GroupInServiceInstances GroupPendingInstances"
        " GroupStandbyInstances GroupTerminatingInstances GroupTerminatingRetainedInstances"
        " GroupTotalInstances GroupInServiceCapacity GroupPendingCapacity GroupStandbyCapacity"
        " GroupTerminatingCapacity GroupTerminatingRetainedCapacity GroupTotalCapacity WarmPoolMinSize"
        " WarmPoolDesiredCapacity WarmPoolPendingCapacity WarmPoolPendingRetainedCapacity"
        " WarmPoolTerminatingCapacity WarmPoolTerminatingRetainedCapacity WarmPoolWarmedCapacity"
        " WarmPoolTotalCapacity GroupAndWarmPoolDesiredCapacity GroupAndWarmPoolTotalCapacity",
    ),
    rows(_PAIR, "None", "PredictiveScalingLoadForecast PredictiveScalingMetricPairCorrelation"),
    rows("AutoScalingGroupName, PolicyName", "None", "PredictiveScalingCapacityForecast"),
)
