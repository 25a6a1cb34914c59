"""Words that say how it stands with a secret, where the secret itself could be: `token: expired`."""

from __future__ import annotations

from handlers.common.redaction.names import PASSWORD, SECRET
from handlers.common.redaction.spans import lazy

_WORDS = frozenset(
    # nothing, and what stands for it
    "null none nil undefined empty blank unset true false yes no on off nan n/a omit include redacted masked filtered hidden "
    # how it stands
    "absent accepted active already authenticated available bad broken cached cancelled changed cleared closed "
    "created deleted denied deprecated disabled does due enabled error exhausted expected expired expires expiring failed failure "
    "forbidden found generated has ignored illegal inactive incorrect invalid invalidated issued leaked length locked loaded "
    "malformed mismatch mismatched missing must needs never not obtained ok okay outdated passed pending present provided read "
    "received refreshed refreshing rejected renewed requested required requires reset resolved retrieved revoked rotated "
    "rotating rotation saved sent set should skipped stale success successful successfully supplied supported timeout too "
    "unable unauthorized unavailable unchanged unexpected unknown unreadable unreachable unrecognized unspecified "
    "unsupported updated updating used using valid validated validation verification verified verifying was were will wrong "
    # how a sentence begins
    "a an and any are as at be been by can cannot can't check could did do doesn't don't each either every for from "
    "if in into is isn't it its may might more neither new nothing of old one only or our please same see some than that the "
    "their then there these this those to type unless until when where which while who with without won't you your "
    # kinds of a value, in schemas and errors
    "str string int integer bool boolean bytes object array list dict map number text type nonetype optional "
    "bearer basic digest oauth oauth2 jwt opaque plain argument flag option parameter field header".split()
)
_WORD = lazy(r"[A-Za-z][A-Za-z'/0-9]{0,24}+(?![\w+/=@#$%&*-])")
_PLAIN_WORD = lazy(r"[A-Z]?[a-z]{1,14}+(?=[\s,.;:)]|\Z)")


def is_prose(text: str, start: int, end: int, kind: str, spaced: bool) -> bool:
    """Does a sentence go on at `start`, rather than a value? spaced: a blank after the separator.

    A token or a key is never a plain word; a password can be one, unless it is among those above.
    """
    word = _WORD().match(text, start, end)
    if word and word[0].lower() in _WORDS:
        return True
    return spaced and kind not in (PASSWORD, SECRET) and bool(_PLAIN_WORD().match(text, start, end))


def is_quoted_prose(value: str) -> bool:
    """A message between quotes: every word is one of the above, or it has three words or more and begins with one."""
    words = value[:200].rstrip(".!").lower().split()
    if not words or words[0] not in _WORDS:
        return False
    return len(words) > 2 or all(word in _WORDS for word in words)
