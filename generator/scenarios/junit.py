"""Results as JUnit XML, which every CI system reads: a suite for each environment, a case for each test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Tree

from generator.findings import SourceText
from generator.scenarios.report import failure, unmet_expectation
from generator.scenarios.verdict import Verdict

# What XML 1.0 cannot hold, in any writing.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Sequence[tuple[Verdict, SourceText]]) -> str:
    """The XML of verdicts, each with its file. What was not met is the failure's text, with the chart."""
    verdicts = [verdict for verdict, _source in results]
    failed = sum(not verdict.met for verdict in verdicts)
    whole = {"tests": str(len(verdicts)), "failures": str(failed), "errors": "0"}
    root = Tree.Element("testsuites", {"name": "obsgen test", **whole})
    environments = dict.fromkeys(str(verdict.scenario.environment) for verdict in verdicts)
    for environment in environments:
        its = [(verdict, source) for verdict, source in results if str(verdict.scenario.environment) == environment]
        failed = sum(not verdict.met for verdict, _source in its)
        counts = {"tests": str(len(its)), "failures": str(failed), "errors": "0", "skipped": "0"}
        suite = Tree.SubElement(root, "testsuite", {"name": _text(environment), **counts})
        for verdict, source in its:
            span = source.span(verdict.scenario.at)
            position = {"file": source.name, "line": str(span.line)} if span else {}
            name = {"name": _text(verdict.scenario.test.name), "classname": _text(environment)}
            case = Tree.SubElement(suite, "testcase", {**name, **position})
            if not verdict.met:
                wrong = [outcome for outcome in verdict.outcomes if not outcome.met]
                first = unmet_expectation(wrong[0]) if wrong else verdict.incidents.failed[0]
                attributes = {"message": _text(first), "type": "expectation"}
                Tree.SubElement(case, "failure", attributes).text = _text(failure(verdict, source))
    Tree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, encoding="unicode") + "\n"


def _text(text: str) -> str:
    return _NOT_XML.sub("?", text)
