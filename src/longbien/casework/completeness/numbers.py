"""Telephone numbers, devices, bank accounts, legal entities, hashes: numbers with a form."""

import re
from collections.abc import Callable
from typing import Final

from longbien.casework.case import Severity
from longbien.casework.completeness.judged import WRONG_CHECKSUM, WRONG_FORM, Judged, good
from longbien.casework.completeness.libraries import phones, validators, wrong_digit
from longbien.casework.completeness.remarks import fault

_SEPARATORS: Final = str.maketrans("", "", " -./:()\u00a0")
_DIGITS = re.compile(r"[0-9]{1,40}", re.ASCII)
_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}", re.ASCII)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{8,30}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]+", re.ASCII)
_MAC = re.compile(r"[0-9a-f]{12}", re.ASCII)
_OPAQUE = re.compile(r"\S{1,256}")
_MOST_DIGITS: Final = 40  # characters of a telephone number as people write it
_PHONE = re.compile(r"\+?[0-9 ().\-/\u00a0]+", re.ASCII)


def judge_phone(text: str) -> Judged:
    """Judge a telephone number in its international form: ``+84 ...``."""
    if len(text) > _MOST_DIGITS or not _PHONE.fullmatch(text):
        return WRONG_FORM
    if not text.startswith("+"):
        return Judged(faults=(fault("phone.no-country", Severity.WRONG),))
    library = phones()
    try:
        number = library.parse(text, None)
    except library.NumberParseException:
        return WRONG_FORM
    written = library.format_number(number, library.PhoneNumberFormat.E164)
    state = library.region_code_for_number(number) or ""
    if not library.is_possible_number(number):
        return Judged(faults=(fault("phone.length", Severity.WRONG),))
    if not library.is_valid_number(number):
        return good(written, fault("phone.not-assigned", Severity.RISKY))
    return good(written, state=state if len(state) == 2 and state.isalpha() else "")  # noqa: PLR2004 - ISO 3166


def judge_imei(text: str) -> Judged:
    """Judge the number of a mobile device, with or without its check digit."""
    digits = text.translate(_SEPARATORS)
    if not _DIGITS.fullmatch(digits):
        return WRONG_FORM
    found = _validated("imei", digits)
    if found.canonical and len(digits) != 15:  # noqa: PLR2004 - only an IMEI of 15 digits has one
        return good(digits[:14], fault("imei.no-check-digit", Severity.NOTE))
    return good(digits[:14]) if found.canonical else found


def judge_imsi(text: str) -> Judged:
    """Judge the number of a subscription: 14 or 15 digits without any check."""
    digits = text.translate(_SEPARATORS)
    return good(digits) if re.fullmatch(r"[0-9]{14,15}", digits, re.ASCII) else WRONG_FORM


def judge_iban(text: str) -> Judged:
    """Judge the number of a bank account."""
    letters = text.translate(_SEPARATORS).upper()
    return _validated("iban", letters) if _IBAN.fullmatch(letters) else WRONG_FORM


def judge_lei(text: str) -> Judged:
    """Judge the number of a legal entity: 20 letters and digits (ISO 17442)."""
    letters = text.translate(_SEPARATORS).upper()
    return _validated("lei", letters) if _LEI.fullmatch(letters) else WRONG_FORM


def _validated(kind: str, text: str) -> Judged:
    try:
        return good(validators()[kind](text))
    except wrong_digit():
        return WRONG_CHECKSUM
    except ValueError:
        return WRONG_FORM


def judge_mac(text: str) -> Judged:
    """Judge the address of a network card."""
    digits = text.translate(_SEPARATORS).lower()
    if not _MAC.fullmatch(digits):
        return WRONG_FORM
    if int(digits[1], 16) & 2:
        return good(digits, fault("mac.random", Severity.RISKY))
    return good(digits)


def judge_digest(size: int) -> Callable[[str], Judged]:
    """Return the judge of a digest of that many bytes, in hexadecimal."""

    def judge(text: str) -> Judged:
        digits = text.lower()
        return good(digits) if len(digits) == 2 * size and _HEX.fullmatch(digits) else WRONG_FORM

    return judge


def judge_opaque(text: str) -> Judged:
    """Judge what only its provider can judge: an id of a user, a device, an order."""
    return good(text) if _OPAQUE.fullmatch(text) else WRONG_FORM
