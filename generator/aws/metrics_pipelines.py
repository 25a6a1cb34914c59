"""Metrics of what moves and transforms data: migrations of databases, jobs of Spark and of Batch."""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

# The page names the dimensions of tasks; those of an instance are in the console's directory. The second one of an
# instance, by its identifier, is in public collectors of metrics. A task is named by the last part of its ARN.
# Read 2026-11.
_INSTANCE = "ReplicationInstanceExternalResourceId | ReplicationInstanceIdentifier"
_TASK = "ReplicationInstanceIdentifier, ReplicationTaskIdentifier"
_INSTANCE_OR_TASK = f"{_INSTANCE} | {_TASK}"

DMS = namespace(
    "AWS/DMS",
    "dms/latest/userguide/CHAP_Monitoring.html",
    rows(_INSTANCE_OR_TASK, "Percent", "CPUUtilization"),
    rows(_INSTANCE_OR_TASK, "Bytes", "SwapUsage"),
    rows(_INSTANCE, "Bytes", "AvailableMemory FreeMemory FreeStorageSpace FreeableMemory"),
    rows(_INSTANCE, "Count", "DiskQueueDepth"),
    rows(_INSTANCE, "Count/Second", "ReadIOPS WriteIOPS"),
    rows(
        _INSTANCE,
        "Bytes/Second",
        "NetworkReceiveThroughput NetworkTransmitThroughput ReadThroughput WriteThroughput",
    ),
    rows(_INSTANCE, "Milliseconds", "ReadLatency WriteLatency"),
    rows(_TASK, "Percent", "CPUAllocated"),
    rows(_TASK, "Megabytes", "MemoryAllocated MemoryUsage"),
    rows(
        _TASK,
        "Count",
        "CDCChangesDiskSource CDCChangesDiskTarget CDCChangesMemorySource CDCChangesMemoryTarget CDCIncomingChanges",
    ),
    rows(_TASK, "Seconds", "CDCLatencySource CDCLatencyTarget"),
    rows(
        _TASK,
        "Kilobytes/Second",
        "CDCThroughputBandwidthSource CDCThroughputBandwidthTarget FullLoadThroughputBandwidthSource"
        " FullLoadThroughputBandwidthTarget",
    ),
    rows(
        _TASK,
        "Count/Second",
        "CDCThroughputRowsSource CDCThroughputRowsTarget FullLoadThroughputRowsSource FullLoadThroughputRowsTarget",
    ),
    open_ended=True,
)

# Off unless the job has the option Job metrics. Executors have metrics with their number in the name, and observability
# metrics, another option, have a dimension more; so the list is open. A fraction is from 0 to 1. Read 2026-11.
_COUNT = "JobName, JobRunId, Type"


def _of_all(ending: str) -> str:
    return f"glue.driver.{ending} glue.ALL.{ending}"


GLUE = namespace(
    "Glue",
    "glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html",
    rows(
        _COUNT,
        "Count",
        "glue.driver.aggregate.numCompletedStages glue.driver.aggregate.numCompletedTasks"
        " glue.driver.aggregate.numFailedTasks glue.driver.aggregate.numKilledTasks"
        " glue.driver.aggregate.recordsRead"
        " glue.driver.ExecutorAllocationManager.executors.numberAllExecutors"
        " glue.driver.ExecutorAllocationManager.executors.numberMaxNeededExecutors",
    ),
    rows(
        _COUNT,
        "Bytes",
        "glue.driver.aggregate.bytesRead glue.driver.aggregate.shuffleBytesWritten"
        " glue.driver.aggregate.shuffleLocalBytesRead "
        f"{_of_all('jvm.heap.used')} {_of_all('s3.filesystem.read_bytes')} {_of_all('s3.filesystem.write_bytes')}",
    ),
    rows(_COUNT, "Milliseconds", "glue.driver.aggregate.elapsedTime"),
    rows(_COUNT, "Megabytes", "glue.driver.BlockManager.disk.diskSpaceUsed_MB"),
    rows(_COUNT, "None", f"{_of_all('jvm.heap.usage')} {_of_all('system.cpuSystemLoad')}"),
    open_ended=True,
)

# Published since 2026-10, all by the queue of the job. Read 2026-11.
BATCH = namespace(
    "AWS/Batch",
    "batch/latest/userguide/using_cloudwatch_metrics.html",
    rows(
        "JobQueueName",
        "Count",
        "JobsSubmitted JobsMovedToPending JobsMovedToRunnable JobsMovedToStarting JobsMovedToRunning"
        " JobsMovedToSucceeded JobsMovedToFailed JobsCancelled JobsTerminated JobsRetried JobsMovedToScheduled"
        " JobsPreempted",
    ),
    rows(
        "JobQueueName",
        "Milliseconds",
        "JobSubmittedToRunnableDuration JobAttemptStartingToRunningDuration JobAttemptExecutionDuration"
        " JobAttemptDuration JobSubmittedToFirstStartingDuration JobAttemptRunnableToStartingDuration"
        " JobSubmittedToFirstScheduledDuration JobAttemptRunnableToScheduledDuration"
        " JobAttemptScheduledToStartingDuration",
    ),
)
