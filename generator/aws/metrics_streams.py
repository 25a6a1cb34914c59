"""Metrics of streams: Kinesis, Firehose and Kafka."""

from __future__ import annotations

from collections.abc import Iterable

from generator.aws.metrics_model import namespace, rows

_STREAM = "StreamName"
_SHARD = "ShardId, StreamName"
_CONSUMER = "ConsumerName, StreamName"

KINESIS = namespace(
    "AWS/Kinesis",
    "streams/latest/dev/monitoring-with-cloudwatch.html",
    rows(_STREAM, "Bytes", "GetRecords.Bytes PutRecord.Bytes PutRecords.Bytes"),
    rows(
        _STREAM,
        "Milliseconds",
        "GetRecords.IteratorAgeMilliseconds GetRecords.Latency PutRecord.Latency PutRecords.Latency",
    ),
    rows(
        _STREAM,
        "Count",
        "GetRecords.Records GetRecords.Success PutRecord.Success PutRecords.Records PutRecords.Success"
        " PutRecords.TotalRecords PutRecords.SuccessfulRecords PutRecords.FailedRecords"
        " PutRecords.ThrottledRecords",
    ),
    rows(f"{_STREAM} | {_SHARD}", "Bytes", "IncomingBytes"),
    rows(
        f"{_STREAM} | {_SHARD}",
        "Count",
        "IncomingRecords ReadProvisionedThroughputExceeded WriteProvisionedThroughputExceeded",
    ),
    rows(_SHARD, "Milliseconds", "IteratorAgeMilliseconds"),
    rows(_SHARD, "Bytes", "OutgoingBytes"),
    rows(_SHARD, "Count", "OutgoingRecords"),
    rows(
        _CONSUMER,
        "Count",
        "SubscribeToShard.RateExceeded SubscribeToShard.Success SubscribeToShardEvent.Records"
        " SubscribeToShardEvent.Success",
    ),
    rows(_CONSUMER, "Bytes", "SubscribeToShardEvent.Bytes"),
    rows(_CONSUMER, "Milliseconds", "SubscribeToShardEvent.MillisBehindLatest"),
    # Deprecated by its page.
    rows(_STREAM, "None", "GetRecords.IteratorAge"),
)

_DELIVERY = "DeliveryStreamName"
_ICEBERG = "DeliveryStreamName | DeliveryStreamName, IcebergTableName"
_OPEN_SEARCH = ("DeliveryToAmazonOpenSearchService", "DeliveryToAmazonOpenSearchServerless")
_DESTINATIONS = (
    "DeliveryToS3",
    "BackupToS3",
    "DeliveryToRedshift",
    "DeliveryToSnowflake",
    "DeliveryToSplunk",
    "DeliveryToHttpEndpoint",
    "DeliveryToElasticsearch",
    *_OPEN_SEARCH,
)


def _each(destinations: Iterable[str], measure: str) -> str:
    return " ".join(f"{destination}.{measure}" for destination in destinations)


FIREHOSE = namespace(
    "AWS/Firehose",
    "firehose/latest/dev/monitoring-with-cloudwatch-metrics.html",
    rows(_DELIVERY, "Bytes", _each(_DESTINATIONS, "Bytes")),
    rows(_DELIVERY, "Count", _each(_DESTINATIONS, "Records")),
    rows(_DELIVERY, "None", _each(_DESTINATIONS, "Success")),
    rows(_DELIVERY, "Seconds", _each(_DESTINATIONS, "DataFreshness")),
    rows(_DELIVERY, "Seconds", "DeliveryToSplunk.DataAckLatency DeliveryToSnowflake.DataCommitLatency"),
    rows(_DELIVERY, "Count", _each(_OPEN_SEARCH, "AuthFailure")),
    rows(_DELIVERY, "Count", _each(_OPEN_SEARCH, "DeliveryRejected")),
    rows(_ICEBERG, "Bytes", "DeliveryToIceberg.Bytes"),
    rows(_ICEBERG, "Count", "DeliveryToIceberg.SuccessfulRowCount"),
    rows(_ICEBERG, "None", "DeliveryToIceberg.Success"),
    rows(_ICEBERG, "Seconds", "DeliveryToIceberg.DataFreshness"),
    rows(
        _DELIVERY,
        "Bytes",
        "IncomingBytes DataReadFromKinesisStream.Bytes DataReadFromSource.Bytes"
        " DeliveryToHttpEndpoint.ProcessedBytes PutRecord.Bytes PutRecordBatch.Bytes SucceedProcessing.Bytes"
        " SucceedConversion.Bytes FailedConversion.Bytes FailedValidation.Bytes"
        " OutputDecompressedBytes.Success OutputDecompressedBytes.Failed BytesPerSecondLimit",
    ),
    rows(
        _DELIVERY,
        "Count",
        "IncomingRecords IncomingPutRequests DataReadFromKinesisStream.Records DataReadFromSource.Records"
        " DataReadFromSource.Backpressured DeliveryToHttpEndpoint.ProcessedRecords DeliveryToS3.ObjectCount"
        " PutRecord.Requests PutRecordBatch.Requests PutRecordBatch.Records DescribeDeliveryStream.Requests"
        " UpdateDeliveryStream.Requests SucceedProcessing.Records SucceedConversion.Records"
        " FailedConversion.Records FailedValidation.Records OutputDecompressedRecords.Success"
        " OutputDecompressedRecords.Failed PartitionCount PartitionCountExceeded ActivePartitionsLimit"
        " RecordsPerSecondLimit PutRequestsPerSecondLimit ThrottledRecords ThrottledDescribeStream"
        " ThrottledGetRecords ThrottledGetShardIterator KafkaOffsetLag KMSKeyAccessDenied KMSKeyDisabled"
        " KMSKeyInvalidState KMSKeyNotFound",
    ),
    rows(
        _DELIVERY,
        "Milliseconds",
        "KinesisMillisBehindLatest ExecuteProcessing.Duration JQProcessing.Duration SourceThrottled.Delay"
        " PutRecord.Latency PutRecordBatch.Latency DescribeDeliveryStream.Latency"
        " UpdateDeliveryStream.Latency",
    ),
    rows(_DELIVERY, "None", "ExecuteProcessing.Success"),
    rows(_DELIVERY, "Bytes/Second", "PerPartitionThroughput"),
    rows(f"{_DELIVERY} | -", "Count", "ListDeliveryStreams.Requests"),
    rows(f"{_DELIVERY} | -", "Milliseconds", "ListDeliveryStreams.Latency"),
    open_ended=True,
)

# The dimension names of MSK have a blank in them.
_KAFKA = "Cluster Name"
_BROKER = "Broker ID, Cluster Name"
_TOPIC_OF_BROKER = "Broker ID, Cluster Name, Topic"
_GROUP = "Cluster Name, Consumer Group, Topic | Consumer Group, Topic"
_PARTITION = "Cluster Name, Consumer Group, Partition, Topic | Consumer Group, Partition, Topic"
_REPLICATOR = "ReplicatorName | ReplicatorName, Topic | ClusterAlias, ReplicatorName"
_PHASES = ("LocalTime", "RequestQueueTime", "ResponseQueueTime", "ResponseSendTime", "TotalTime")


def _phases(*requests: str) -> str:
    return " ".join(f"{request}{phase}MsMean" for request in requests for phase in _PHASES)


KAFKA = namespace(
    "AWS/Kafka",
    "msk/latest/developerguide/metrics-details.html",
    rows(
        _KAFKA,
        "Count",
        "ActiveControllerCount GlobalPartitionCount GlobalTopicCount OfflinePartitionsCount",
    ),
    rows(f"{_KAFKA} | {_BROKER}", "Percent", "KafkaDataLogsDiskUsed"),
    rows(
        _BROKER,
        "Percent",
        "BurstBalance CpuIdle CpuIoWait CpuSystem CpuUser HeapMemoryAfterGC KafkaAppLogsDiskUsed"
        " RootDiskUsed NetworkProcessorAvgIdlePercent RequestHandlerAvgIdlePercent"
        " RemoteLogManagerTasksAvgIdlePercent RemoteLogReaderAvgIdlePercent",
    ),
    rows(
        _BROKER,
        "Count",
        "CPUCreditBalance CpuCreditUsage ConnectionCount ConnectionCloseRate ConnectionCreationRate"
        " LeaderCount PartitionCount NetworkRxDropped NetworkRxErrors NetworkRxPackets NetworkTxDropped"
        " NetworkTxErrors NetworkTxPackets TrafficShaping UnderMinIsrPartitionCount"
        " UnderReplicatedPartitions ZooKeeperSessionState BwInAllowanceExceeded BwOutAllowanceExceeded"
        " ConnTrackAllowanceExceeded PpsAllowanceExceeded FetchThrottleQueueSize ProduceThrottleQueueSize"
        " RequestThrottleQueueSize RemoteLogReaderTaskQueueSize TcpConnections TCPConnections"
        " VolumeQueueLength VolumeReadOps VolumeWriteOps KafkaClusterPingSuccessCount",
    ),
    rows(f"{_BROKER} | Broker ID, Client Authentication, Cluster Name", "Count", "ClientConnectionCount"),
    rows(
        _BROKER,
        "Bytes",
        "MemoryBuffered MemoryCached MemoryFree MemoryUsed SwapFree SwapUsed RequestBytesMean TrafficBytes"
        " VolumeReadBytes VolumeWriteBytes RemoteCopyLagBytes",
    ),
    rows(
        _BROKER,
        "Milliseconds",
        f"{_phases('FetchConsumer', 'FetchFollower', 'Produce')} ProduceMessageConversionsTimeMsMean"
        " FetchThrottleTime ProduceThrottleTime RequestTime RequestThrottleTime"
        " RequestExemptFromThrottleTime ZooKeeperRequestLatencyMsMean",
    ),
    rows(_BROKER, "Seconds", "VolumeTotalReadTime VolumeTotalWriteTime"),
    rows(
        _BROKER,
        "Bytes/Second",
        "FetchThrottleByteRate ProduceThrottleByteRate ReplicationBytesInPerSec ReplicationBytesOutPerSec",
    ),
    rows(
        f"{_TOPIC_OF_BROKER} | {_BROKER}",
        "Bytes/Second",
        "BytesInPerSec BytesOutPerSec RemoteCopyBytesPerSec RemoteFetchBytesPerSec",
    ),
    rows(
        f"{_TOPIC_OF_BROKER} | {_BROKER}",
        "Count/Second",
        "MessagesInPerSec FetchMessageConversionsPerSec ProduceMessageConversionsPerSec"
        " RemoteCopyErrorsPerSec RemoteFetchErrorsPerSec RemoteFetchRequestsPerSec",
    ),
    rows(f"{_TOPIC_OF_BROKER} | {_BROKER}", "Bytes", "RemoteLogSizeBytes"),
    rows(_GROUP, "Seconds", "EstimatedMaxTimeLag RollingEstimatedTimeLagMax"),
    rows(_GROUP, "Count", "MaxOffsetLag SumOffsetLag"),
    rows(_PARTITION, "Seconds", "EstimatedTimeLag RollingEstimatedTimeLag"),
    rows(_PARTITION, "Count", "OffsetLag"),
    rows(
        _REPLICATOR,
        "None",
        "AuthError ConsumerGroupCount ConsumerGroupOffsetSyncFailure MessageLag ReplicationFailures"
        " ReplicationLatency ReplicatorBytesInPerSec ReplicatorBytesOutPerSec ReplicatorFailure"
        " ReplicatorThroughput ThrottleTime TopicCount",
    ),
    open_ended=True,
)
