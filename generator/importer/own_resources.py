"""Resources of a source that obsgen built: those of entries, and those that serve obsgen itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.evaluate.template.intrinsics import TemplateScope

OWN_KEY = "the key of the stack's log groups"
"""The key of a log group, where obsgen made it for the log groups of its stack."""
_KEY = "AWS::KMS::Key"
# The sections whose resources are those of entries.
_OF_ENTRIES = tuple(
    f"{section}."
    for section in (
        *("alarms", "composites", "services", "slos", "canaries", "probes", "compliance"),
        *("metric_filters", "log_groups", "dashboards"),
    )
)


def is_own(resource: Mapping[str, Any]) -> bool:
    """Whether obsgen made a resource for itself, and not for an entry of a file."""
    metadata = resource.get("Metadata")
    origin = metadata.get("obsgen") if isinstance(metadata, Mapping) else None
    path = origin.get("path") if isinstance(origin, Mapping) else None
    return isinstance(path, str) and not path.startswith(_OF_ENTRIES)


def has_own_key(properties: Any, scope: TemplateScope) -> bool:
    """Whether a log group has the key that obsgen made in its stack. properties: as the template has them."""
    key = properties.get("KmsKeyId") if isinstance(properties, Mapping) else None
    attribute = key.get("Fn::GetAtt") if isinstance(key, Mapping) else None
    name = attribute[0] if isinstance(attribute, list) and attribute else str(attribute).partition(".")[0]
    resource = scope.section("Resources").get(name) if isinstance(name, str) else None
    return isinstance(resource, Mapping) and resource.get("Type") == _KEY and is_own(resource)
