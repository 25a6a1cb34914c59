"""Metrics that the CloudWatch agent collects of a Linux instance, by the plug-ins that users choose.

Of each only the few measurements that alarms use: every one is a custom metric for each instance, at its price.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
"""

from __future__ import annotations

from typing import Any

NAMESPACE = "CWAgent"
# What is mounted without being a disk, and what is read-only and always full.
_NO_DISKS = ["devtmpfs", "overlay", "squashfs", "sysfs", "tmpfs"]
PLUGINS: dict[str, dict[str, Any]] = {
    "cpu": {"measurement": ["usage_active", "usage_iowait"], "totalcpu": True},
    # The names of devices change when an instance of the Nitro system starts again.
    "disk": {
        "measurement": ["used_percent", "inodes_free"],
        "resources": ["*"],
        "ignore_file_system_types": _NO_DISKS,
        "drop_device": True,
    },
    "diskio": {"measurement": ["io_time", "read_bytes", "write_bytes"], "resources": ["*"]},
    "mem": {"measurement": ["used_percent"]},
    "net": {"measurement": ["bytes_recv", "bytes_sent", "drop_in", "drop_out"], "resources": ["*"]},
    "netstat": {"measurement": ["tcp_established", "tcp_time_wait"]},
    "processes": {"measurement": ["blocked", "running", "zombies"]},
    "swap": {"measurement": ["used_percent"]},
}
# What a plug-in adds to the instance's id.
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "cpu": ("cpu",),
    "disk": ("fstype", "path"),
    "diskio": ("name",),
    "net": ("interface",),
}
