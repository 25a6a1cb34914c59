"""Masks: what changes from one occurrence of an error to the next gives way to `<*>`.

Words are masked one by one, each by its own form and by the word before it, and remembered: a log has few words.
"""

from __future__ import annotations

import re
from functools import lru_cache

MASK = "<*>"
# Words in memory, and the longest of them: 4,096 of 64 characters are below a megabyte.
_WORDS, _LONGEST_WORD = 4096, 64
# Characters of a quoted text that is a value; words that make it a sentence, which is looked into.
_QUOTED, _SENTENCE = 2000, 3

_REDACTED = re.compile(r"\[redacted: ?[^\]\n]{0,60}\]")
_QUOTES = re.compile(rf'"([^"\n]{{0,{_QUOTED}}})"|(?<![\w\\])\'([^\'\n]{{0,{_QUOTED}}})\'(?!\w)|`([^`\n]{{0,{_QUOTED}}})`')
_NAMED_BEFORE = re.compile(
    r"(?:constraint|relation|column|table|index|function|method|module|named?|field|attribute|property|operation"
    r"|reading|type|class|parameter|argument|option|setting|variable|metric|queue|topic)s?:? $",
    re.IGNORECASE,
)
_HTTP = ("HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/3.0")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_.:-]{0,79}")

# Inside of a word, the first that fits from the left. Each begins at a border, so that no text is looked at twice.
_PART = re.compile(
    r"(?P<url>(?<![A-Za-z+.-])[A-Za-z][A-Za-z+.-]{1,15}://[^\s\"'<>)\]},;]+)"
    r"|(?P<arn>arn:aws[a-z-]{0,16}:(?P<service>[a-z0-9-]+):[^\s\"'<>)\]},;]*)"
    r"|(?P<image>\d{12}\.dkr\.ecr\.[\w./-]{1,300}(?:[:@][\w.:-]{1,160})?)"
    r"|(?P<mail>(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<named>(?<![\w.-])(?P<name>[A-Za-z_][\w.-]{0,60})=(?P<value>(?!=)[^\s,;&]*))"
    r"|(?P<uuid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"
    r"|(?P<path>(?<![\w>*.)/-])(?:[A-Za-z]:\\|\.{0,2}/|~/)[^\s\"'<>)\]},;:=|]{2,})"
    r"|(?P<amount>(?<![\w.:,/+-])(?:\d[\d.,]*(?:[nuµm]?s|min|m|h|d|%|[KMGTkmgt]?i?[Bb])){1,4}(?![A-Za-z0-9]))"
    r"|(?P<time>(?<![\w.:,/+-])\d[\d.:,/+-]*\d(?:T\d[\d:.,+-]*\d)?Z?(?![A-Za-z0-9_]|\.[A-Za-z]))"
    r"|(?P<word>(?<![A-Za-z0-9_$%-])[A-Za-z_$%-]*[0-9][\w$%-]*(?:\.[\w-]+)*(?::\d+)?)"
    r"|(?P<file>(?<![\w.-])[\w-]{1,120}\.(?:csv|jsonl?|xml|txt|log|gz|zip|parquet|pdf|png|jpe?g|gif|tmp|dat|bak|ya?ml|xlsx?"
    r"|avro|orc|tar|tgz|mp[34]|html?|db|sqlite|sql|conf|properties|ini|lock|pid|sock)(?![\w.-]))"
    r"|(?P<host>(?<![\w.-])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?)"
)
_RUN = re.compile(r"[A-Za-z0-9]*[0-9][A-Za-z0-9]*")
_DIGITS = re.compile(r"[0-9]+")
_HEX = re.compile(r"(?:0[xX])?[0-9A-Fa-f]+")
_ENDS = frozenset(
    "com net org io internal local localdomain example dev cloud edu gov eu de uk fr nl ch at it es pl se cn jp in ru us"
    " br info biz test invalid lan corp home cc tv me co ca au kr hk tw kz aws compute".split()
)
_PACKAGES = frozenset("com org net io java javax jdk sun edu de gov dev co".split())
_MANY = re.compile(r"<\*>(?:[\s,.:;/|&+_x@#~%-]{0,4}<\*>)+%?")


def masked(text: str) -> str:
    """One line with masks, its words one space apart."""
    if "[redacted" in text:
        text = _REDACTED.sub(MASK, text)
    if '"' in text or "'" in text or "`" in text:
        text = _QUOTES.sub(_quoted, text)
    words = text.split()
    code = 0
    kept = []
    for at, word in enumerate(words):
        if word.isalpha():
            kept.append(word)
            code = _CODE_REACH if word.lower() in _CODE_BEFORE else code - 1
            continue
        number = _SMALL.fullmatch(word)
        if number and (code > 0 or (_is_status(number[1]) and _says_status(words, at))):
            kept.append(number[1])
        else:
            kept.append(_word(word) if len(word) <= _LONGEST_WORD else _masked_word(word))
        code = _CODE_REACH if _bare(word) in _CODE_BEFORE else code - 1
    line = " ".join(kept)
    return _MANY.sub(MASK, line) if line.count(MASK) > 1 else line


def _quoted(found: re.Match[str]) -> str:
    inside = found[1] or found[2] or found[3] or ""
    if len(inside) > _LONGEST_WORD or " " in inside:
        words = inside.split(" ", 40)
        if sum(1 for word in words if word.isalpha() and len(word) > 1) >= _SENTENCE:
            return f" {inside} "
        return f" {MASK} HTTP " if inside.endswith(_HTTP) else f" {MASK} "
    before = found.string[max(0, found.start() - 12) : found.start()]
    if _NAME.fullmatch(inside) and _NAMED_BEFORE.search(before):
        return f" {inside} "
    return f" {MASK} "


# Where a number says what happened: an exit code, a signal or an errno within so many words after one of these words,
_CODE_REACH = 3
_CODE_BEFORE = frozenset("exit exitcode exitstatus exited signal errno sqlstate".split())
# a status of HTTP after one of these, or before its reason phrase (RFC 9110, 15.5 and 15.6).
_STATUS_BEFORE = frozenset(
    "status statuscode code http https answered returned responded response respond got received with error errorcode"
    " httpstatus httpcode".split()
)
_REASONS = frozenset(
    "Bad Unauthorized Payment Forbidden Not Method Proxy Request Conflict Gone Length Precondition Payload Content URI"
    " Unsupported Unprocessable Too Internal Service Gateway Client Server".split()
)
# Names whose values say what happened, by their ends; small letters, without signs between the words.
_TELLING = ("status", "code", "signal", "errno", "reason", "error", "type", "state", "kind", "cause", "exception")
_SMALL = re.compile(r"\(?(-?\d{1,5})[\]).,;:]*")
_TOLD = re.compile(r"-?\d{1,5}(?!\d)|[A-Za-z][A-Za-z_.-]{0,60}")


def _bare(word: str) -> str:
    return word.strip("[](){}<>\"':=,;").lower().replace("_", "").replace("-", "")


def _is_status(number: str) -> bool:
    return len(number) == 3 and number[0] in "45"


def _says_status(words: list[str], at: int) -> bool:
    before = _bare(words[at - 1]) if at else ""
    if before in _STATUS_BEFORE or before.startswith("http/"):
        return True
    return at + 1 < len(words) and words[at + 1] in _REASONS


def _masked_word(word: str) -> str:
    return _PART.sub(_part, word)


_word = lru_cache(_WORDS)(_masked_word)


def _part(found: re.Match[str]) -> str:
    kind, part = found.lastgroup, found.group()
    if found["named"] is not None:
        return _named(found["name"], found["value"])
    if found["arn"] is not None:
        return f"arn:{found['service']}:{MASK}"
    if kind == "word":
        return _numbered(part)
    if kind == "host":
        return MASK if _is_host(part) else part
    return MASK


def _named(name: str, value: str) -> str:
    if _bare(name).endswith(_TELLING):
        told = _TOLD.match(value)
        return f"{name}={told.group() if told else MASK}"
    return f"{name}={MASK}"


def _numbered(part: str) -> str:
    if "." in part:
        return MASK
    return _RUN.sub(_run, part)


def _run(found: re.Match[str]) -> str:
    run = found.group()
    if run.isdigit() or len(run) > _LONGEST_WORD or _looks_random(run):
        return MASK
    return _DIGITS.sub(MASK, run)


def _looks_random(run: str) -> bool:
    """Whether letters and digits are an identifier: hexadecimal, or digits in many places."""
    if len(run) >= 6 and _HEX.fullmatch(run):
        return True
    groups = len(_DIGITS.findall(run))
    return groups >= 2 or (len(run) >= 8 and sum(1 for c in run if c.isdigit()) >= 2)


def _is_host(part: str) -> bool:
    name, _, port = part.partition(":")
    if name != name.lower():
        return False
    labels = name.split(".")
    return labels[-1] in _ENDS and labels[0] not in _PACKAGES or bool(port)
