"""Failed invocations of Lambda, as its platform and its runtimes log them.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html and the pages of its runtimes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_REQUEST = re.compile(rf"(?:RequestId: |requestId\"\s?: ?\"|\t|^\S{{10,32}}Z? )({_UUID})(?=[\s\"])")
_TIMED_OUT = re.compile(rf"(?:{_UUID}|^|\s)\s?Task timed out after \d{{1,4}}\.\d{{1,3}} seconds")
_EXITED = re.compile(rf"RequestId: {_UUID} Error: (Runtime exited [^\n]{{0,200}}|Runtime[^\n]{{1,200}}|[^\n]{{1,200}})")
_REPORT = re.compile(r"^REPORT RequestId:[^\n]{0,600}?Status: (error|timeout)(?:\s+Error Type: ([\w.]{1,80}))?")
_PYTHON = re.compile(r"(?:^|\n)\[ERROR\] ([\w.]{1,160})(?:: ([^\n]*))?\n\s{0,8}(?:Traceback \(most recent|\s*File \")")
_RUNTIME = re.compile(
    r"\bRuntime\.(?:ExitError|ImportModuleError|HandlerNotFound|UserCodeSyntaxError|MalformedHandlerName"
    r"|OutOfMemory\w*|InvalidEntrypoint|UnhandledPromiseRejection|NodejsExit|Unknown\w*|MarshalError"
    r"|CallbackHandlerDeleted)\b"
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """failed: what the platform says; empty where a runtime logs an unhandled exception, whose trace says it.
    request: id of the request, empty where the event does not say it.
    """

    failed: str
    request: str


def invocation(text: str) -> Invocation | None:
    """The failed invocation that an event is about; None where it is about none."""
    head = text[:1200]
    request = request_of(head)
    if "Task timed out after " in head and _TIMED_OUT.search(head):
        return Invocation("Task timed out", request)
    if head.startswith("REPORT ") and (report := _REPORT.match(head)):
        words = report[2] or ("Sandbox.Timedout" if report[1] == "timeout" else "error")
        return Invocation("Task timed out" if report[1] == "timeout" else words, request)
    if head.startswith("RequestId: ") and (exited := _EXITED.match(head)):
        return Invocation(exited[1], request)
    if "Invoke Error" in head or "Uncaught Exception" in head and "errorType" in head:
        return Invocation("", request)
    if "[ERROR] " in head and (_PYTHON.search(head) or _RUNTIME.search(head)):
        return Invocation("", request)
    if '"errorType"' in head and ('"stackTrace"' in text or '"stack"' in text or '"requestId"' in head):
        return Invocation("", request)
    return Invocation("", request) if _RUNTIME.search(head) else None


def request_of(text: str) -> str:
    """The id of the Lambda request that a line names before its message; empty where it names none."""
    match = _REQUEST.search(text, 0, 1200)
    return match[1] if match else ""
