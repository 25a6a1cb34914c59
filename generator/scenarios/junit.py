"""Tests as JUnit XML, which every CI system reads: a suite for each stage, a case for each test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Tree

from generator.findings import SourceText
from generator.scenarios.report import failure, said
from generator.scenarios.verdict import Verdict

# What XML 1.0 cannot hold, in any writing.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(played: Sequence[tuple[Verdict, SourceText]]) -> str:
    """The XML of verdicts, each with its file. What was not met is the failure's text, with the chart."""
    verdicts = [one for one, _source in played]
    failed = sum(not one.met for one in verdicts)
    whole = {"tests": str(len(verdicts)), "failures": str(failed), "errors": "0"}
    root = Tree.Element("testsuites", {"name": "obsgen test", **whole})
    environments = dict.fromkeys(str(one.scenario.environment) for one in verdicts)
    for environment in environments:
        its = [(one, source) for one, source in played if str(one.scenario.environment) == environment]
        failed = sum(not one.met for one, _source in its)
        counted = {"tests": str(len(its)), "failures": str(failed), "errors": "0", "skipped": "0"}
        suite = Tree.SubElement(root, "testsuite", {"name": _text(environment), **counted})
        for one, source in its:
            span = source.span(one.scenario.at)
            place = {"file": source.name, "line": str(span.line)} if span else {}
            name = {"name": _text(one.scenario.test.name), "classname": _text(environment)}
            case = Tree.SubElement(suite, "testcase", {**name, **place})
            if not one.met:
                wrong = [outcome for outcome in one.outcomes if not outcome.met]
                first = said(wrong[0]) if wrong else one.incidents.failed[0]
                about = {"message": _text(first), "type": "expectation"}
                Tree.SubElement(case, "failure", about).text = _text(failure(one, source))
    Tree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, encoding="unicode") + "\n"


def _text(text: str) -> str:
    return _NOT_XML.sub("?", text)
