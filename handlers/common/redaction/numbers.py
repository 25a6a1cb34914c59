"""Numbers that name a person or an account: cards, IBANs, e-mail addresses, and as options phones and national ids."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.common.redaction.spans import Span, lazy, matches

# As printed: in one piece, or 4-4-4-4(-3), 4-6-5, 4-6-4. What follows `=` or `D` on a magnetic stripe goes with it
# (ISO/IEC 7813).
_CARD = lazy(
    r"(?:(?<![\w.])|(?<=%B))[2-9][0-9]{12,18}+(?!\w|\.[0-9])(?:=[0-9]{4,}+)?"
    r"|(?<![\w.-])[2-9][0-9]{3}(?P<s>[ -])"
    r"(?:[0-9]{4}(?P=s)[0-9]{4}(?P=s)[0-9]{4}(?:(?P=s)[0-9]{3})?|[0-9]{6}(?P=s)[0-9]{4,5})(?!\w|[.-][0-9])"
)
# Issuers by the first digits and the lengths they issue (ISO/IEC 7812; the schemes' own pages on their ranges).
_ISSUERS = (
    (400000, 499999, (16, 18, 19)),  # Visa; its thirteen digits of before 2000 look like milliseconds too often
    (510000, 559999, (16,)),  # Mastercard
    (222100, 272099, (16,)),  # Mastercard, since 2017
    (340000, 349999, (15,)),  # American Express
    (370000, 379999, (15,)),  # American Express
    (300000, 305999, range(14, 20)),  # Diners Club
    (309500, 309599, range(14, 20)),
    (360000, 369999, range(14, 20)),
    (380000, 399999, range(14, 20)),
    (352800, 358999, range(16, 20)),  # JCB
    (601100, 601199, range(16, 20)),  # Discover
    (644000, 659999, range(16, 20)),
    (620000, 629999, range(16, 20)),  # UnionPay
    (810000, 817199, range(16, 20)),
    (220000, 220499, range(16, 20)),  # Mir
    (508500, 508999, (16,)),  # RuPay
    (606900, 608599, (16,)),
    (501800, 501899, range(13, 20)),  # Maestro
    (502000, 502099, range(13, 20)),
    (503800, 503899, range(13, 20)),
    (560000, 589999, range(13, 20)),
    (630400, 630499, range(13, 20)),
    (675900, 676399, range(13, 20)),
    (979200, 979299, (16,)),  # Troy
)
# Country to length, from the registry of IBANs of ISO 13616 (SWIFT, release 99).
_COUNTRIES = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29
    ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20
    LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29
    PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
    YE30
"""
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _COUNTRIES.split()}
_IBAN = lazy(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?=[ -]?[A-Za-z0-9]{4})")
_AS_DIGITS = {ord(char): str(10 + index) for index, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
# Names of files and units of systemd look like domains: logo@2x.png, getty@tty1.service.
_EMAIL = lazy(
    r"(?<![\w.+-])[\w.+-]++(?:@|%40)(?:[\w-]++\.)++(?!(?:png|jpe?g|gif|svg|webp|ico|css|m?js|map|service|socket|timer|mount)\b)"
    r"[^\W\d_]{2,24}(?![\w-])"
)
# E.164: a country never begins with 0, and all is fifteen digits at most; and North America's own way of writing.
_PHONE = lazy(
    r"(?<![\w+])\+[1-9](?:[ ().-]{0,2}[0-9]){6,14}(?![0-9])"
    r"|(?<![\w.(+-])(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}(?![\w-]|\.[0-9])"
)
# https://www.ssa.gov/employer/randomization.html; https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110
_SSN = lazy(r"(?<![\w-])(?!000|666|9)[0-9]{3}([- ])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![\w-])")
_NINO = lazy(
    r"(?i)(?<![\w-])(?!bg|gb|kn|nk|nt|tn|zz)[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z]"
    r" ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[a-d](?![\w-])"
)
_STEUER_ID = lazy(
    r"(?i)(?:steuer-?id|steuerliche identifikationsnummer|idnr|tax[ _-]?id)\W{1,3}"
    r"(?P<number>[0-9](?: ?[0-9]){10})(?![0-9])"
)


def cards(text: str) -> Iterator[Span]:
    """Payment cards: by issuer and length, and the check digit of ISO/IEC 7812-1, annex B."""
    for match in _CARD().finditer(text):
        digits = match[0].partition("=")[0].replace(" ", "").replace("-", "")
        if _is_issued(digits) and _passes_luhn(digits):
            yield Span(*match.span(), "card")


def ibans(text: str) -> Iterator[Span]:
    """IBANs: the country's length, and a remainder of 1 by 97 (ISO 13616, ISO 7064)."""
    for match in _IBAN().finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2].upper())
        if not length:
            continue
        compact, end = "", match.start()
        piece = text[match.start() : match.start() + length + length // 2]
        compact = piece.replace(" ", "").replace("-", "")[:length]
        if len(compact) < length or not (compact.isascii() and compact.isalnum()):
            continue
        number = (compact[4:] + compact[:4]).upper().translate(_AS_DIGITS)
        if int(number) % 97 != 1:
            continue
        end = _end_of(text, match.start(), length)
        if end == len(text) or not text[end].isalnum():
            yield Span(match.start(), end, "iban")


def emails(text: str) -> Iterator[Span]:
    """E-mail addresses, also with `%40`."""
    return matches(_EMAIL(), text, "email")


def phones(text: str) -> Iterator[Span]:
    """Phone numbers with a country's code, and ten digits as North America writes them."""
    return matches(_PHONE(), text, "phone")


def national_ids(text: str) -> Iterator[Span]:
    """US social security numbers, UK national insurance numbers, and the German tax id by its name and check digit."""
    yield from matches(_SSN(), text, "national id")
    yield from matches(_NINO(), text, "national id")
    for match in _STEUER_ID().finditer(text):
        if _passes_mod_11_10(match["number"].replace(" ", "")):
            yield Span(*match.span("number"), "national id")


def _end_of(text: str, start: int, length: int) -> int:
    end = start
    while length:
        length -= text[end] not in " -"
        end += 1
    return end


def _is_issued(digits: str) -> bool:
    prefix = int(digits[:6])
    return any(low <= prefix <= high and len(digits) in lengths for low, high, lengths in _ISSUERS)


def _passes_luhn(digits: str) -> bool:
    doubled = (
        int(char) if index % 2 == 0 else sum(divmod(2 * int(char), 10)) for index, char in enumerate(reversed(digits))
    )
    return sum(doubled) % 10 == 0


def _passes_mod_11_10(digits: str) -> bool:
    """ISO 7064, MOD 11,10."""
    product = 10
    for char in digits[:-1]:
        product = ((int(char) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])
