"""Faults of the destinations at AWS: what is in another partition than the hub, and a key that its topic cannot use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.aws.regions import partition_of
from generator.aws.target_arns import parts
from generator.findings import Finding, Path
from generator.model.accounts import Hub

ARNS = ("topic", "bus", "key")


def target_faults(settings: Mapping[str, object], path: Path, hub: Hub) -> Iterator[Finding]:
    """R05 for each. settings: of a channel. path: of the channel."""
    arns = {name: parts(str(settings[name])) for name in ARNS if name in settings}
    for name, arn in arns.items():
        if arn.partition != hub.partition:
            message = f"this is in the partition {arn.partition}, and the hub is in {hub.partition}"
            hint = "use one in the hub's partition: permissions do not cross partitions"
            yield Finding("R05", message, (*path, name), hint=hint)
    region = str(settings.get("region", hub.region))
    if "phone_number" in settings and partition_of(region) != hub.partition:
        message = f"{region} is in the partition {partition_of(region)}, and the hub is in {hub.partition}"
        hint = "use a Region of the hub's partition: permissions do not cross partitions"
        yield Finding("R05", message, (*path, "region"), hint=hint)
    topic, key = arns.get("topic"), arns.get("key")
    if topic and key and topic.region != key.region:
        message = f"the key is in {key.region}, and the topic in {topic.region}"
        yield Finding("R05", message, (*path, "key"), hint="use the key that encrypts the topic: it is in its Region")
