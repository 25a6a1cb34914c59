"""From what an import read to the text of an observability.yaml."""

from generator.importer.resources import ResourceId
from generator.importer.write.corrections import corrected
from generator.importer.write.types import ImportOptions, ImportResult
from generator.importer.write.written import written

__all__ = ["ImportOptions", "ImportResult", "ResourceId", "corrected", "written"]
