"""Numbers that name a person or an account: cards, IBANs, e-mail addresses, and as options phones and national ids."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.common.redaction.spans import Span, lazy, matches

# As printed: in one piece, or 4-4-4-4(-3), 4-6-5, 4-6-4. What follows `=` or `D` on a magnetic stripe goes with it
# (ISO/IEC 7813).
_CARD = lazy(
    r"(?:(?<![\w.])|(?<=%B))[2-9][0-9]{12,18}+(?!\w|\.[0-9])(?:[=][0-9]{4,}+)?"
    r"|(?<![\w.-])[2-9][0-9]{3}(?P<s>[ -])(?:[0-9]{4}(?P=s)[0-9]{4}(?P=s)[0-9]{4}(?:(?P=s)[0-9]{3})?|[0-9]{6}(?P=s)[0-9]{4,5})(?!\w|[.-][0-9])"
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
_IBAN_LENGTHS = dict(
    AD=24, AE=23, AL=28, AT=20, AZ=28, BA=20, BE=16, BG=22, BH=22, BI=27, BR=29, BY=28, CH=21, CR=22, CY=28, CZ=24, DE=22,
    DJ=27, DK=18, DO=28, EE=20, EG=29, ES=24, FI=18, FK=18, FO=18, FR=27, GB=22, GE=22, GI=23, GL=18, GR=27, GT=28, HN=28,
    HR=21, HU=28, IE=22, IL=23, IQ=23, IS=26, IT=27, JO=30, KW=30, KZ=20, LB=28, LC=32, LI=21, LT=20, LU=20, LV=21, LY=25,
    MC=27, MD=24, ME=22, MK=19, MN=20, MR=27, MT=31, MU=30, NI=28, NL=18, NO=15, OM=23, PK=24, PL=28, PS=29, PT=25, QA=29,
    RO=24, RS=22, RU=33, SA=24, SC=31, SD=18, SE=24, SI=19, SK=24, SM=27, SO=23, ST=25, SV=28, TL=23, TN=24, TR=26, UA=29,
    VA=22, VG=24, XK=20, YE=30,
)  # fmt: skip
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
_NINO = lazy(r"(?i)(?<![\w-])(?!bg|gb|kn|nk|nt|tn|zz)[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[a-d](?![\w-])")
_STEUER_ID = lazy(r"(?i)(?:steuer-?id|steuerliche identifikationsnummer|idnr|tax[ _-]?id)\W{1,3}(?P<number>[0-9](?: ?[0-9]){10})(?![0-9])")


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
    doubled = (int(char) if index % 2 == 0 else sum(divmod(2 * int(char), 10)) for index, char in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def _passes_mod_11_10(digits: str) -> bool:
    """ISO 7064, MOD 11,10."""
    product = 10
    for char in digits[:-1]:
        product = ((int(char) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])
