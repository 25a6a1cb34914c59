"""Metrics of Kubernetes: what EKS publishes by itself, and what Container Insights collects in a cluster."""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

_CLUSTER = "ClusterName"
_QUEUES = "_ACTIVEQ _BACKOFF _GATED _UNSCHEDULABLE"
_VERBS = "DELETE GET LIST PATCH POST PUT"


def _each(name: str, endings: str) -> str:
    return " ".join(f"{name}{ending}" for ending in endings.split())


# Read 2026-11. The page gains metrics with Kubernetes' versions and lists the API server's further down than it names
# its dimension, so the list is open. Clusters of 1.28 and above.
EKS = namespace(
    "AWS/EKS",
    "eks/latest/userguide/cloudwatch.html",
    rows(
        _CLUSTER,
        "Count",
        "scheduler_schedule_attempts_total scheduler_pending_pods apiserver_request_total"
        " apiserver_request_total_LIST_PODS apiserver_flowcontrol_current_executing_seats "
        + _each("scheduler_schedule_attempts", "_SCHEDULED _UNSCHEDULABLE _ERROR")
        + f" {_each('scheduler_pending_pods', _QUEUES)}"
        + f" {_each('apiserver_request_total', '_4XX _429 _5XX')}"
        + f" {_each('apiserver_current_inflight_requests', '_MUTATING _READONLY')}",
    ),
    rows(
        _CLUSTER,
        "Count",
        "apiserver_admission_webhook_request_total apiserver_admission_webhook_rejection_count "
        + _each("apiserver_admission_webhook_request_total", "_ADMIT _VALIDATING")
        + f" {_each('apiserver_admission_webhook_rejection_count', '_ADMIT _VALIDATING')}",
    ),
    rows(
        _CLUSTER,
        "Seconds",
        " ".join(f"apiserver_request_duration_seconds_{verb}_P99" for verb in _VERBS.split())
        + " apiserver_admission_webhook_admission_duration_seconds_ADMIT_P99"
        " apiserver_admission_webhook_admission_duration_seconds_VALIDATING_P99"
        " apiserver_admission_webhook_admission_duration_seconds",
    ),
    rows(_CLUSTER, "Bytes", "apiserver_storage_size_bytes"),
    open_ended=True,
)

_NODE = f"{_CLUSTER} | ClusterName, InstanceId, NodeName"
_POD = (
    f"{_CLUSTER} | ClusterName, Namespace, PodName | ClusterName, Namespace, Service"
    " | ClusterName, FullPodName, Namespace, PodName"
)
# Without enhanced observability the namespace alone is a set of these.
_POD_OR_NAMESPACE = f"{_POD} | ClusterName, Namespace"
_CONTAINER = (
    f"{_CLUSTER} | ClusterName, ContainerName, Namespace, PodName"
    " | ClusterName, ContainerName, FullPodName, Namespace, PodName"
)
_GPU = f"{_CONTAINER} | ClusterName, ContainerName, FullPodName, GpuDevice, Namespace, PodName"
_WORKLOAD = f"{_CLUSTER} | ClusterName, Namespace, PodName"
_CONDITIONS = "ready memory_pressure pid_pressure disk_pressure unknown"
_WAITING = "crash_loop_back_off create_container_config_error create_container_error image_pull_error start_error"

# Read 2026-11, with the page of the earlier version (Container-Insights-metrics-EKS.html), whose sets are among these.
# Other accelerators, EFA and HyperPod have metrics of their own, so the list is open. A percentage may pass 100.
CONTAINER_INSIGHTS = namespace(
    "ContainerInsights",
    "AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-enhanced-EKS.html",
    rows(_CLUSTER, "Count", "cluster_failed_node_count cluster_node_count"),
    rows(f"{_CLUSTER} | ClusterName, Namespace", "Count", "namespace_number_of_running_pods"),
    rows(f"{_CLUSTER} | ClusterName, Namespace, Service", "Count", "service_number_of_running_pods"),
    rows(_NODE, "None", "node_cpu_limit node_cpu_usage_total"),
    rows(_NODE, "Bytes", "node_memory_limit node_memory_working_set node_diskio_io_service_bytes_total"),
    rows(_NODE, "Bytes/Second", "node_network_total_bytes"),
    rows(
        _NODE,
        "Percent",
        "node_cpu_reserved_capacity node_cpu_utilization node_filesystem_utilization node_gpu_reserved_capacity"
        " node_memory_reserved_capacity node_memory_utilization",
    ),
    rows(
        _NODE,
        "Count",
        "node_filesystem_inodes node_filesystem_inodes_free node_gpu_limit node_gpu_usage_total"
        " node_number_of_running_containers node_number_of_running_pods node_status_allocatable_pods"
        " node_status_capacity_pods node_diskio_io_serviced_total "
        + " ".join(f"node_status_condition_{each}" for each in _CONDITIONS.split()),
    ),
    rows(_NODE, "Count/Second", "node_interface_network_rx_dropped node_interface_network_tx_dropped"),
    rows(_POD, "Percent", "pod_cpu_reserved_capacity pod_memory_reserved_capacity"),
    rows(
        _POD_OR_NAMESPACE,
        "Percent",
        "pod_cpu_utilization pod_cpu_utilization_over_pod_limit pod_memory_utilization"
        " pod_memory_utilization_over_pod_limit",
    ),
    rows(_POD_OR_NAMESPACE, "Bytes/Second", "pod_network_rx_bytes pod_network_tx_bytes"),
    rows(_POD, "None", "pod_cpu_request pod_cpu_limit pod_cpu_usage_total"),
    rows(_POD, "Bytes", "pod_memory_request pod_memory_limit pod_memory_working_set"),
    rows(_POD, "Count/Second", "pod_interface_network_rx_dropped pod_interface_network_tx_dropped"),
    rows(
        _POD,
        "Count",
        "pod_status_failed pod_status_pending pod_status_ready pod_status_running pod_status_scheduled"
        " pod_status_succeeded pod_status_unknown pod_number_of_containers pod_number_of_running_containers"
        " pod_container_status_running pod_container_status_terminated pod_container_status_waiting "
        + " ".join(f"pod_container_status_waiting_reason_{each}" for each in _WAITING.split()),
    ),
    rows("ClusterName, Namespace, PodName", "Count", "pod_number_of_container_restarts"),
    rows(_CONTAINER, "Count", "pod_container_status_terminated_reason_oom_killed container_memory_failures_total"),
    rows(
        _CONTAINER,
        "Percent",
        "container_cpu_utilization container_cpu_utilization_over_container_limit container_memory_utilization"
        " container_memory_utilization_over_container_limit",
    ),
    rows(_GPU, "Bytes", "container_gpu_memory_total container_gpu_memory_used"),
    rows(_GPU, "Percent", "container_gpu_memory_utilization"),
    rows(_GPU, "None", "container_gpu_power_draw container_gpu_temperature"),
    rows(
        _WORKLOAD,
        "Count",
        "replicas_desired replicas_ready status_replicas_available status_replicas_unavailable",
    ),
    rows(f"{_CLUSTER} | ClusterName, code, verb", "Count", "apiserver_request_total apiserver_request_total_5xx"),
    rows(f"{_CLUSTER} | ClusterName, verb", "Seconds", "apiserver_request_duration_seconds"),
    rows(f"{_CLUSTER} | ClusterName, resource", "Count", "apiserver_storage_objects apiserver_longrunning_requests"),
    rows(f"{_CLUSTER} | ClusterName, resource", "Seconds", "apiserver_storage_list_duration_seconds"),
    rows(
        f"{_CLUSTER} | ClusterName, endpoint",
        "Bytes",
        "apiserver_storage_db_total_size_in_bytes apiserver_storage_size_bytes",
    ),
    rows(
        f"{_CLUSTER} | ClusterName, operation",
        "Seconds",
        "apiserver_admission_controller_admission_duration_seconds apiserver_admission_step_admission_duration_seconds"
        " rest_client_request_duration_seconds etcd_request_duration_seconds",
    ),
    rows(f"{_CLUSTER} | ClusterName, name", "Seconds", "apiserver_admission_webhook_admission_duration_seconds"),
    rows(f"{_CLUSTER} | ClusterName, code, method", "Count", "rest_client_requests_total"),
    rows(
        f"{_CLUSTER} | ClusterName, request_kind",
        "Count",
        "apiserver_current_inflight_requests apiserver_current_inqueue_requests",
    ),
    rows(f"{_CLUSTER} | ClusterName, group", "Count", "apiserver_requested_deprecated_apis"),
    rows(f"{_CLUSTER} | ClusterName, priority_level", "Count", "apiserver_flowcontrol_request_concurrency_limit"),
    rows(f"{_CLUSTER} | ClusterName, reason", "Count", "apiserver_flowcontrol_rejected_requests_total"),
    open_ended=True,
)
