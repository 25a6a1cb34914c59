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
    r"|(?P<colons>(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,31}(?![\w:]))"
    r"|(?P<path>(?<![\w>*.)/-])(?:[A-Za-z]:\\|\.{0,2}/|~/)[^\s\"'<>)\]},;:=|]{2,})"
    r"|(?P<amount>(?<![\w.:,/+-])(?:\d[\d.,]*(?:[nuµm]?s|min|m|h|d|%|[KMGTkmgt]?i?[Bb])){1,4}(?![A-Za-z0-9]))"
    r"|(?P<time>(?<![\w.:,/+-])\d[\d.:,/+-]*\d(?:T\d[\d:.,+-]*\d)?Z?(?![A-Za-z0-9_]|[.:,/+-][A-Za-z0-9]))"
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
# Words that mean something else beside others.
_DAYS = frozenset("Mon Tue Wed Thu Fri Sat Sun".split())
_MONTHS = frozenset("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())
_USER_BEFORE = frozenset("for by invalid unknown illegal of as from with".split())
_NO_NAMES = frozenset(
    "input request service session profile id data account token agent not is was has with does cannot error from".split()
)
_CONTEXTUAL = _DAYS | _MONTHS | {"user", "for"}
# Names of formats and services that have a digit and no number.
_NO_NUMBERS = frozenset(
    "s3 ec2 k8s ipv4 ipv6 utf8 sha1 sha256 sha512 md5 http2 http3 oauth2 log4j log4j2 x509 x86 base64 i18n l10n h2 p99 mp4"
    " route53 v2ray tls1 ssl3 neo4j amd64 arm64 x64 win32 web3 k3s".split()
)
_SIGNED = re.compile(r"(?<![^\s_:=(\[,/|{])[-+<>~#@]{1,2}<\*>")
# Units and ISO 4217's usual currencies: a number has one or another.
_UNIT = re.compile(
    r"<\*> (?:bytes?|[KMGT]i?B|kB|B|ms|us|ns|s|secs?|seconds?|mins?|minutes?|hours?|days?|EUR|USD|GBP|CHF|JPY|CNY|INR|CAD"
    r"|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|SGD|HKD|KRW|TRY|RUB|ILS)(?![\w-])"
)
_EMPTY = re.compile(r"<\*> \(\)")
_BOXED = re.compile(r"(?<![^\s>])[(\[{]{1,2}<\*>[)\]}]{1,2}")
_MANY = re.compile(r"<\*>(?:[\s,.:;/|&+_x@#~%-]{0,4}<\*>)+%?")


def masked(text: str) -> str:
    """One line with masks, its words one space apart."""
    if "[redacted" in text:
        text = _REDACTED.sub(MASK, text)
    if '"' in text or "'" in text or "`" in text:
        text = _QUOTES.sub(_quoted, text)
    words = text.split()
    kept: list[str] = []
    code, before = 0, ""
    for at, word in enumerate(words):
        if word in _CONTEXTUAL or before in _CONTEXTUAL:
            shown = _in_context(words, at)
        elif word.isalpha():
            shown = word
        else:
            number = _SMALL.fullmatch(word)
            if number and (code > 0 or (_is_status(number[1]) and _says_status(words, at))):
                shown = number[1]
            else:
                shown = _word(word) if len(word) <= _LONGEST_WORD else _masked_word(word)
        code = _CODE_REACH if _bare(word) in _CODE_BEFORE else code - 1
        before = word
        if shown and not (kept and shown == kept[-1] and MASK in shown):
            kept.append(shown)
    line = " ".join(kept)
    return _tidy(line) if MASK in line else line


def _tidy(line: str) -> str:
    """Masks without signs and brackets of their own, and one for several in a row."""
    line = _SIGNED.sub(MASK, line)
    line = _UNIT.sub(MASK, line)
    line = _EMPTY.sub(MASK, line)
    if line.count(MASK) > 1:
        line = _MANY.sub(MASK, line)
    boxed = _BOXED.sub(MASK, line)
    return _MANY.sub(MASK, boxed) if boxed != line else line


def _in_context(words: list[str], at: int) -> str:
    """A word whose neighbours say what it is: a day, a month or a name; empty where it goes."""
    word = words[at]
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    if word in _DAYS and after[:3] in _MONTHS:
        return ""
    if word in _MONTHS and after[:1].isdigit():
        return ""
    if before == "user" and (at == 1 or words[at - 2].lower() in _USER_BEFORE) and word not in _NO_NAMES:
        return MASK
    if before == "for" and after == "from" and at + 2 < len(words) and words[at + 2][:1].isdigit():
        return MASK
    return word if word.isalpha() else _word(word[:_LONGEST_WORD])


def _quoted(found: re.Match[str]) -> str:
    inside = found[1] or found[2] or found[3] or ""
    if len(inside) > _LONGEST_WORD or " " in inside:
        words = inside.split(" ", 40)
        if inside.endswith(_HTTP):
            return f" {words[0]} {MASK} HTTP "
        if sum(1 for word in words if word.isalpha() and len(word) > 1) >= _SENTENCE:
            return f" {inside} "
        return f" {MASK} "
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
# Names whose values say what happened; small letters, without signs between the words.
_TELLING = frozenset(
    "status code statuscode httpstatus httpstatuscode httpcode responsecode responsestatus exitcode exitstatus returncode rc"
    " errorcode errcode smtpcode grpccode signal errno reason error err type errortype exceptiontype state kind cause"
    " exception sqlstate level grpcstatus".split()
)
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
        return MASK if _is_host(part) else _RUN.sub(_run, part)
    return MASK


def _named(name: str, value: str) -> str:
    if _bare(name) in _TELLING:
        told = _TOLD.match(value)
        return f"{name}={told.group() if told else MASK}"
    return f"{name}={MASK}"


def _numbered(part: str) -> str:
    if "." in part:
        return MASK
    return _RUN.sub(_run, part)


def _run(found: re.Match[str]) -> str:
    run = found.group()
    if run.isdigit() or len(run) > _LONGEST_WORD:
        return MASK
    if run.lower() in _NO_NUMBERS:
        return run
    return MASK if _looks_random(run) else _DIGITS.sub(MASK, run)


def _looks_random(run: str) -> bool:
    """Whether letters and digits are an identifier: hexadecimal, digits in many places, or one letter with a number."""
    if _HEX.fullmatch(run) and (len(run) >= 6 or run[:2] in ("0x", "0X")):
        return True
    if len(_DIGITS.findall(run)) >= 2:
        return True
    letters = run.rstrip("0123456789")
    if letters != run and letters.isalpha():
        return len(letters) == 1
    return len(run) >= 8


def _is_host(part: str) -> bool:
    name, _, port = part.partition(":")
    if name != name.lower():
        return False
    labels = name.split(".")
    return labels[-1] in _ENDS and labels[0] not in _PACKAGES or bool(port)
