"""T75: a probe that watches a certificate sees one."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.probes import HttpCheck

CODE = "T75"
NAME = "probe-sees-certificate"
TITLE = "A probe with `certificate` requests an https address."
WHY = (
    "Without TLS there is no certificate, so the metric of the alarm is never published and the alarm never fires:"
    " the certificate seems to be monitored, until it expires."
)
SOURCE = "https://docs.python.org/3/library/ssl.html#ssl.SSLSocket.getpeercert"
BAD = """\
probes: {shop: {type: http, url: "http://shop.example.com/", certificate: 21d}}
"""
GOOD = """\
probes: {shop: {type: http, url: "https://shop.example.com/", certificate: 21d}}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each address without TLS."""
    for probe in subject.estate.probes:
        check = probe.check
        if probe.certificate and isinstance(check, HttpCheck) and not check.url.lower().startswith("https://"):
            message = f"{check.url} has no certificate"
            yield Finding(CODE, message, (*probe.path, "certificate"), hint="use https://, or remove `certificate`")
