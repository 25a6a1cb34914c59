"""Lines made to be slow: fragments that patterns look for, over and over, to the length at which a line is cut."""

from __future__ import annotations

import base64
import random

LENGTH = 8192
FRAGMENTS = (
    "a", '"', "'", "`", "1", "[", "]", "{", "}", "(", ")", "<", ">", "=", ":", ".", "/", "\\", "-", "_", ",", " ",
    "\n", "\t", "\n at ", "\n\tat a.b.C.d(E.java:1)", "a=", 'a="', '{"a":', "[[", "0x", "a1", "1a", "1.", "1-", "a.b",
    "a.", "http://", "@", "a@", "arn:aws:", "AB12", '\n  File "', "Caused by: ", "goroutine 1\n", "x.go:1\n",
    '"msg":"', '\\"', "\\\\", "error", "fail", "errors=0 ", "no error ", "Exception: ", "aException", "INFO ",
    "[ERROR] ", "2026-01-01 ", "10:00:00 ", "ÄÖ", "é1", "$", "%", "~/", "./", "../", "::", "1:", "f:", "ff:",
    "panicked at ", "a.rs:1", "Status: ", "RequestId: ", "REPORT ", "at ", "from a.rb:1:in ", "user ", "for ",
    "msg=a ", "level=", '"error": ', "[redacted: ", "[redacted: x] ", "status ", "exit ", "\n   at A.B(C c) in ",
    "Mon Jan ", "|", "<11>", "1ms", "+", "fail ", "http", "/a", 'GET "', '"GET /', "\u2028", "\x00", "e1", "kernel: ",
    "--- ",
)  # fmt: skip


def full(parts: tuple[str, ...]) -> str:
    """The parts over and over."""
    return ("".join(parts) * LENGTH)[:LENGTH]


def texts(mixtures: int) -> list[str]:
    """Every fragment by itself, so many mixtures of some, base64, and JSON that is deep; the same in every run."""
    generator = random.Random(5)
    made = [full((fragment,)) for fragment in FRAGMENTS]
    made += [full(tuple(generator.sample(FRAGMENTS, generator.choice((2, 2, 3, 4))))) for _ in range(mixtures)]
    made.append(base64.b64encode(bytes(generator.randrange(256) for _ in range(LENGTH * 3 // 4))).decode())
    made += ['{"a":' * 10_000, '{"a":' * 1_300 + "1" + "}" * 1_300, '{"a":' + "[" * 4_000 + "]" * 4_000 + "}"]
    return [*made, "ERROR " + "a." * 4_093]
