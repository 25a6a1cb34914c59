"""Metrics of the CloudWatch agent under a configuration that renames nothing.

The configuration decides over names and dimensions (`append_dimensions`, `aggregation_dimensions`, `rename`),
so all of this is a list of likely spellings; its sets are from recall. On Windows a name is that of a
performance counter; listed are those in the CloudWatch console's own directory.
"""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

_HOST = (
    "host | InstanceId | AutoScalingGroupName | ImageId, InstanceId, InstanceType"
    " | AutoScalingGroupName, ImageId, InstanceId, InstanceType"
)


def _per(*own: str) -> str:
    """The host's sets with what a measurement adds: the disk, the CPU, the network interface."""
    return " | ".join(f"{row}, {', '.join(own)}" for row in _HOST.split(" | ")) + f" | {_HOST}"


_CPU = _per("cpu")
_DISK = f"{_per('device', 'fstype', 'path')} | {_per('path')}"
_DEVICE = _per("name")
_INTERFACE = _per("interface")
_WINDOWS = f"{_per('objectname')} | {_per('instance', 'objectname')}"

AGENT = namespace(
    "CWAgent",
    "AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html",
    rows(
        _CPU,
        "Percent",
        "cpu_usage_active cpu_usage_guest cpu_usage_guest_nice cpu_usage_idle cpu_usage_iowait cpu_usage_irq"
        " cpu_usage_nice cpu_usage_softirq cpu_usage_steal cpu_usage_system cpu_usage_user",
    ),
    rows(
        _CPU,
        "None",
        "cpu_time_active cpu_time_guest cpu_time_guest_nice cpu_time_idle cpu_time_iowait cpu_time_irq"
        " cpu_time_nice cpu_time_softirq cpu_time_steal cpu_time_system cpu_time_user",
    ),
    rows(_DISK, "Bytes", "disk_free disk_total disk_used"),
    rows(_DISK, "Count", "disk_inodes_free disk_inodes_total disk_inodes_used"),
    rows(_DISK, "Percent", "disk_used_percent"),
    rows(_DEVICE, "Count", "diskio_iops_in_progress diskio_reads diskio_writes"),
    rows(_DEVICE, "Bytes", "diskio_read_bytes diskio_write_bytes"),
    rows(_DEVICE, "Milliseconds", "diskio_io_time diskio_read_time diskio_write_time"),
    rows(
        _INTERFACE,
        "None",
        "ethtool_bw_in_allowance_exceeded ethtool_bw_out_allowance_exceeded"
        " ethtool_conntrack_allowance_available ethtool_conntrack_allowance_exceeded"
        " ethtool_linklocal_allowance_exceeded ethtool_pps_allowance_exceeded",
    ),
    rows(_INTERFACE, "Bytes", "net_bytes_recv net_bytes_sent"),
    rows(
        _INTERFACE,
        "Count",
        "net_drop_in net_drop_out net_err_in net_err_out net_packets_sent net_packets_recv",
    ),
    rows(
        _HOST,
        "Bytes",
        "mem_active mem_available mem_buffered mem_cached mem_free mem_inactive mem_shared mem_total"
        " mem_used swap_free swap_used",
    ),
    rows(_HOST, "Percent", "mem_available_percent mem_used_percent swap_used_percent"),
    rows(
        _HOST,
        "Count",
        "netstat_tcp_close netstat_tcp_close_wait netstat_tcp_closing netstat_tcp_established"
        " netstat_tcp_fin_wait1 netstat_tcp_fin_wait2 netstat_tcp_last_ack netstat_tcp_listen"
        " netstat_tcp_none netstat_tcp_syn_sent netstat_tcp_syn_recv netstat_tcp_time_wait"
        " netstat_udp_socket processes_blocked processes_dead processes_idle processes_paging"
        " processes_running processes_sleeping processes_stopped processes_total processes_total_threads"
        " processes_wait processes_zombies",
    ),
    rows(
        _WINDOWS,
        "None",
        "Memory~%~Committed~Bytes~In~Use Paging~File~%~Usage LogicalDisk~%~Free~Space"
        " PhysicalDisk~%~Disk~Time PhysicalDisk~Disk~Read~Bytes/sec PhysicalDisk~Disk~Reads/sec"
        " PhysicalDisk~Disk~Write~Bytes/sec PhysicalDisk~Disk~Writes/sec Processor~%~Idle~Time"
        " Processor~%~Interrupt~Time Processor~%~User~Time"
        " TCPv4~Connections~Established TCPv6~Connections~Established",
    ),
    open_ended=True,
)
