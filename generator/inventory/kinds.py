"""Types whose resources come and go by themselves, so that single ones mean little to a reviewer."""

from __future__ import annotations

# Instances and volumes are replaced by groups and clusters; workloads of Kubernetes have names of a release.
EPHEMERAL = frozenset({"ebs", "ec2", "eks-workload"})
