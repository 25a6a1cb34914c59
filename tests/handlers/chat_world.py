"""Reports and lists as chats of every vendor are sent them, up to the worst that there may be."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from handlers.incident.message.report import Digest, Report, Step
from tests.handlers.finding_world import finding_report
from tests.handlers.sink_world import EVIDENCE, MEAN, NASTY, OPEN, STEPS, nasty
from tests.handlers.test_sinks_groups import GROUP, STORM, huge

FIELDS = ("alarm", "account_name", "summary", "reason", "owner", "measured")
# Each character is twelve bytes in JSON; each quotation mark is one byte there, and four after a second encoding.
WIDE, QUOTES = (replace(huge(Step.OPEN), **dict.fromkeys(FIELDS, char * 9_000)) for char in ("🚨", '\\"'))
FINDING = finding_report(Step.CHANGED)
REPORTS = (*STEPS, *map(nasty, Step), GROUP, STORM, huge(Step.OPEN), huge(Step.REPEAT, "storm"), WIDE, QUOTES, FINDING)
LOG = replace(EVIDENCE, lines=tuple(f"line {n} {MEAN * 40}" for n in range(40)))
# Log lines are JSON often: each of their quotation marks is four bytes after a second encoding.
JSON_LOG = replace(EVIDENCE, lines=tuple('{"":"\\\\"},' * 80 for _ in range(40)))
# Whatever means a mention, a link, a format or a tag to somebody.
ATTACKS = (
    "<at>everyone</at>",
    "< AT id='0'>Ops</at>",
    "<users/all>",
    "<users/123456789>",
    "<https://evil.example.com|log in>",
    "[log in](https://evil.example.com)",
    "![x](https://evil.example.com/x.png)",
    '<a href="https://evil.example.com">log in</a>',
    "<font color='#ffffff'>hidden</font>",
    "**bold** _italic_ ~struck~ ```code``` # heading",
    "&lt;users/all&gt; &amp;",
)
HOSTILE = tuple(
    replace(NASTY, **dict.fromkeys(FIELDS, attack), project=attack, links=((attack, "https://example.com/x"),))
    for attack in ATTACKS
)
DIGEST = Digest(
    title="412 alarms in prod, 3 critical",
    total=412,
    lines=tuple(f"ALARM high: {n} {MEAN * 9}" for n in range(20)),
    counts=(("high", 12), ("low & <lower>", 400)),
    since="2026-11-20T10:00:00Z",
    at="2026-11-20T10:01:00Z",
    project="shop",
    environment="prod",
    link="https://example.com/dashboard",
)
DIGESTS = (
    DIGEST,
    replace(DIGEST, lines=(), counts=(), link=""),
    replace(DIGEST, title=MEAN * 90, lines=tuple("🚨" * 2_000 for _ in range(20))),
    replace(DIGEST, title="<users/all> <at>all</at>", lines=ATTACKS),
)
TEXTS = st.text(alphabet='<>&"\\/at users*_[]()🚨\u202e\u0000\n', max_size=600)


def titled(text: str, times: int) -> Report:
    """A report whose texts are all this one, so many times."""
    return replace(OPEN, **dict.fromkeys(FIELDS, text * times), links=((text, f"https://example.com/{times}"),))
