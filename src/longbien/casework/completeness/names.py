"""Domains, URLs, e-mail addresses, accounts: names that a service has given."""

import re
import unicodedata
from typing import Final

from longbien.casework.case import Severity
from longbien.casework.completeness.addresses import judge_ip
from longbien.casework.completeness.judged import WRONG_FORM, Judged, good
from longbien.casework.completeness.libraries import suffixes
from longbien.casework.completeness.remarks import Fault, fault

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
_URL = re.compile(r"([a-z][a-z0-9+.-]{1,15})://([^/?#\s]+)([/?#]\S*)?", re.ASCII | re.IGNORECASE)
_LOCAL = re.compile(r"[^\s@\x00-\x1f]{1,64}")
_MOST: Final = 253  # characters of a host name: RFC 1035
_MOST_TEXT: Final = 2000

# RFC 2606, RFC 6761
_RESERVED: Final = ("example", "example.com", "example.net", "example.org", "test", "invalid")
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "onion", "home.arpa")


def judge_domain(text: str) -> Judged:
    """Judge a host name, in letters of any script or as it is looked up (``xn--...``)."""
    ascii_name = _looked_up(text.rstrip("."))
    if ascii_name is None:
        return WRONG_FORM
    return good(ascii_name, *_faults_of(ascii_name))


def _looked_up(text: str) -> str | None:
    lower = text.strip().lower()
    if not lower or len(lower) > _MOST:
        return None
    try:
        name = lower if lower.isascii() else lower.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    labels = name.split(".")
    is_name = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    return name if is_name and len(name) <= _MOST and not labels[-1].isdigit() else None


def _faults_of(name: str) -> list[Fault]:
    found: list[Fault] = []
    if _is_below(name, _RESERVED):
        return [fault("domain.reserved", Severity.WRONG)]
    if _is_below(name, _LOCAL_NAMES):
        return [fault("domain.local", Severity.RISKY)]
    suffix = suffixes().publicsuffix(name)
    if suffix is None:
        found.append(fault("domain.suffix-unknown", Severity.RISKY))
    elif suffix == name:
        found.append(fault("domain.everybody", Severity.WRONG))
    if is_mixed(name):
        found.append(fault("domain.look-alike", Severity.RISKY))
    return found


def _is_below(name: str, tops: tuple[str, ...]) -> bool:
    return any(name == top or name.endswith(f".{top}") for top in tops)


def is_mixed(name: str) -> bool:
    """Tell whether letters of several scripts stand in one label, as those of look-alikes do.

    A whole label in Cyrillic letters that looks Latin is told as well: it cannot be told apart.
    """
    return any(_is_look_alike(label) for label in name.split(".") if label.startswith("xn--"))


_SEEN_AS_LATIN: Final = frozenset("аеорсухіјѕԁһӏԛԝοανιρτυωγκ")


def _is_look_alike(label: str) -> bool:
    try:
        letters = [char for char in label.encode().decode("idna") if char.isalpha()]
    except UnicodeError:
        return True
    scripts = {unicodedata.name(char, "UNKNOWN").split(" ", 1)[0] for char in letters}
    east_asian = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "LATIN"}
    if len(scripts) > 1 and not scripts <= east_asian:
        return True
    return bool(letters) and _SEEN_AS_LATIN.issuperset(letters)


def judge_email(text: str) -> Judged:
    """Judge an e-mail address."""
    local, at, host = text.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or local.startswith(".") or local.endswith("."):
        return WRONG_FORM
    found = judge_domain(host)
    if not found.canonical:
        return WRONG_FORM
    return good(f"{local.lower()}@{found.canonical}", *_of_host(found))


def _of_host(found: Judged) -> list[Fault]:
    # ministries have their mail directly below a suffix: gov.vn
    return [one for one in found.faults if one.code != "domain.everybody"]


def judge_account(text: str) -> Judged:
    """Judge an account, written NAME@SERVICE; the service is a host name."""
    name, at, service = text.rpartition("@")
    if not at:
        return good(text.lower(), fault("account.no-service", Severity.MISSING))
    found = judge_domain(service)
    if not name or len(text) > _MOST_TEXT or not found.canonical:
        return WRONG_FORM
    return good(f"{name.lower()}@{found.canonical}", *_of_host(found))


def judge_url(text: str) -> Judged:
    """Judge an address of a page or file: with its scheme, host and path."""
    found = _URL.fullmatch(text)
    if not found or len(text) > _MOST_TEXT:
        return WRONG_FORM
    scheme, place, rest = found.groups()
    host, port = _host_and_port(place)
    judged = judge_ip(host.strip("[]")) if _is_number(host) else judge_domain(host)
    if not judged.canonical:
        return WRONG_FORM
    faults = list(judged.faults)
    if not (rest or "").strip("/?#"):
        faults.append(fault("url.whole-site", Severity.RISKY))
    return good(f"{scheme.lower()}://{judged.canonical}{port}{rest or '/'}", *faults)


def _host_and_port(place: str) -> tuple[str, str]:
    host = place.rpartition("@")[2]
    found = re.fullmatch(r"(.*?)(:\d{1,5})?", host, re.ASCII)
    return (found[1], found[2] or "") if found else (host, "")


def _is_number(host: str) -> bool:
    return host.startswith("[") or host.replace(".", "").isdigit()
