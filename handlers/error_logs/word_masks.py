"""Masks inside of one word: addresses, ids, numbers, paths and values with a name."""

from __future__ import annotations

import re
from functools import lru_cache

from handlers.error_logs import words

MASK = "<*>"
# Words in memory, and the longest of them: 4,096 of 64 characters are below a megabyte.
_WORDS, LONGEST_WORD = 4096, 64

# Inside of a word, the first that fits from the left. Each begins at a border, so that no text is looked at twice.
_PART = re.compile(
    r"(?P<url>(?<![A-Za-z+.-])[A-Za-z][A-Za-z+.-]{1,15}://[^\s\"'<>)\]},;]+)"
    r"|(?P<arn>arn:aws[a-z-]{0,16}:(?P<service>[a-z0-9-]+):[^\s\"'<>)\]},;]*)"
    r"|(?P<image>\d{12}\.dkr\.ecr\.[\w./-]{1,300}(?:[:@][\w.:-]{1,160})?)"
    r"|(?P<mail>(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<named>(?<![\w.-])(?P<name>[A-Za-z_][\w.-]{0,60})=(?P<value>(?!=)[^\s,;&]*))"
    r"|(?P<uuid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"
    r"|(?P<colons>(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,31}(?![\w:]))"
    r"|(?P<path>(?<![\w>*.)/-])(?:[A-Za-z]:\\|\.{0,2}/|~/)[^\s\"'<>)\]},;:=|]{2,}"
    r"(?:(?<=\?)[^\s\"'<>)\]},;]*|=[^\s\"'<>)\]},;]*)?)"
    r"|(?P<amount>(?<![\w.:,/+-])(?:\d[\d.,]*(?:[nuµm]?s|min|m|h|d|%|[KMGTkmgt]?i?[Bb])){1,4}(?![A-Za-z0-9]))"
    r"|(?P<time>(?<![\w.:,/+-])\d[\d.:,/+-]*\d(?:T\d[\d:.,+-]*\d)?Z?(?![A-Za-z0-9_]|[.:,/+-][A-Za-z0-9]))"
    rf"|(?P<code>(?<![\w-])(?:{words.VENDORS})-?\d{{3,6}}(?![\w-]))"
    r"|(?P<file>(?<![\w./-])(?:[\w.-]{1,80}/){0,12}[\w-]{1,120}\.(?:csv|jsonl?|xml|txt|log|gz|zip|parquet|pdf|png|jpe?g"
    r"|gif|tmp|dat|bak|ya?ml|xlsx?|avro|orc|tar|tgz|mp[34]|html?|db|sqlite|sql|conf|properties|ini|tfstate|lock|pid|sock)(?![\w.-]))"
    r"|(?P<word>(?<![A-Za-z0-9_$%-])[A-Za-z_$%-]*[0-9][\w$%-]*(?:\.[\w-]+)*(?::\d+)?)"
    r"|(?P<host>(?<![\w.-])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?)"
)
# A qualified type, such as `s3.model.S3Exception`, is no file and no host.
_TYPE_END = re.compile(r"\.[A-Z][A-Za-z0-9]{0,80}[a-z]$")
_RUN = re.compile(r"[A-Za-z0-9]*[0-9][A-Za-z0-9]*")
_DIGITS = re.compile(r"[0-9]+")
_HEX = re.compile(r"(?:0[xX])?[0-9A-Fa-f]+")
_TOLD = re.compile(r"-?\d{1,5}(?!\d)|[A-Za-z][A-Za-z_.-]{0,60}")


def bare(word: str) -> str:
    """A word in small letters, without signs around it and between its parts."""
    return word.strip("[](){}<>\"':=,;").lower().replace("_", "").replace("-", "")


def masked_word(word: str) -> str:
    """A word with masks."""
    return _known(word) if len(word) <= LONGEST_WORD else _PART.sub(_part, word)


@lru_cache(_WORDS)
def _known(word: str) -> str:
    return _PART.sub(_part, word)


def _part(match: re.Match[str]) -> str:
    kind, part = match.lastgroup, match.group()
    if match["named"] is not None:
        return _masked_pair(match["name"], match["value"])
    if match["arn"] is not None:
        return f"arn:{match['service']}:{MASK}"
    if kind == "code":
        return part
    if kind == "word":
        return _numbered(part)
    if kind == "host":
        return MASK if _is_host(part) else _RUN.sub(_run, part)
    return MASK


def _masked_pair(name: str, value: str) -> str:
    if bare(name) in words.TELLING:
        match = _TOLD.match(value)
        return f"{name}={match.group() if match else MASK}"
    return f"{name}={MASK}"


def _numbered(part: str) -> str:
    if "." in part and not _TYPE_END.search(part):
        return MASK
    return _RUN.sub(_run, part)


def _run(match: re.Match[str]) -> str:
    run = match.group()
    if run.isdigit() or len(run) > LONGEST_WORD:
        return MASK
    if run.lower() in words.NO_NUMBERS:
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
    return len(run) >= 8 and sum(1 for sign in run if sign.isdigit()) >= 2


def _is_host(part: str) -> bool:
    name, _, port = part.partition(":")
    if name != name.lower():
        return False
    labels = name.split(".")
    return labels[-1] in words.HOST_ENDS and labels[0] not in words.PACKAGES or bool(port)
