"""The proof of an import: every resource of the source beside the one that the file builds."""

from generator.importer.compare.compared import compared
from generator.importer.compare.report import comparison_data, comparison_lines
from generator.importer.compare.types import ComparedResource, ImportComparison, ImportOutcome

__all__ = ["ComparedResource", "ImportComparison", "ImportOutcome", "compared", "comparison_data", "comparison_lines"]
