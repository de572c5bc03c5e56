"""Single values: which can be right, which cannot, and what is said of each."""

from collections.abc import Callable

import pytest

from longbien.casework.completeness.addresses import find_address, judge_ip
from longbien.casework.completeness.judged import Judged
from longbien.casework.completeness.libraries import load_all
from longbien.casework.completeness.names import (
    is_mixed,
    judge_account,
    judge_domain,
    judge_email,
    judge_url,
)
from longbien.casework.completeness.numbers import (
    judge_digest,
    judge_iban,
    judge_imei,
    judge_imsi,
    judge_lei,
    judge_mac,
    judge_opaque,
    judge_phone,
)

FORM, CHECKSUM = "identifier.form", "identifier.checksum"

CASES: list[tuple[Callable[[str], Judged], str, str, list[str]]] = [
    (judge_ip, "8.8.4.4", "8.8.4.4", []),
    (judge_ip, "192.0.2.7", "192.0.2.7", ["ip.documentation"]),
    (judge_ip, "2001:DB8::1", "2001:db8::1", ["ip.documentation"]),
    (judge_ip, "10.1.2.3", "10.1.2.3", ["ip.private"]),
    (judge_ip, "fd00::1", "fd00::1", ["ip.private"]),
    (judge_ip, "100.64.0.1", "100.64.0.1", ["ip.shared"]),
    (judge_ip, "127.0.0.1", "127.0.0.1", ["ip.reserved"]),
    (judge_ip, "::ffff:8.8.4.4", "8.8.4.4", []),
    (judge_ip, "fe80::1%eth0", "", [FORM]),
    (judge_ip, "256.1.1.1", "", [FORM]),
    (judge_ip, "8.8.0.0/16", "8.8.0.0/16", ["ip.network"]),
    (judge_ip, "8.0.0.0/8", "8.0.0.0/8", ["ip.network"]),
    (judge_ip, "8.8.4.4/32", "8.8.4.4", []),
    (judge_ip, "8.8.4.4/99", "", [FORM]),
    (judge_phone, "+84 912 345 678", "+84912345678", []),
    (judge_phone, "+1 202 555 0123", "+12025550123", []),
    (judge_phone, "0912 345 678", "", ["phone.no-country"]),
    (judge_phone, "+1202", "", ["phone.length"]),
    (judge_phone, "+1 000 555 0123", "+10005550123", ["phone.not-assigned"]),
    (judge_phone, "+999 123 456 789", "", [FORM]),
    (judge_phone, "call me", "", [FORM]),
    (judge_phone, "+" + "1" * 60, "", [FORM]),
    (judge_imei, "49-015420-323751-8", "49015420323751", []),
    (judge_imei, "490154203237517", "", [CHECKSUM]),
    (judge_imei, "49015420323751", "49015420323751", ["imei.no-check-digit"]),
    (judge_imei, "1234", "", [FORM]),
    (judge_imei, "12ab", "", [FORM]),
    (judge_imsi, "001010123456789", "001010123456789", []),
    (judge_imsi, "1", "", [FORM]),
    (judge_iban, "GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432", []),
    (judge_iban, "GB82 WEST 1234 5698 7654 33", "", [CHECKSUM]),
    (judge_iban, "not an iban at all", "", [FORM]),
    (judge_iban, "XX21 WEST 1234 5698 7654 32", "", [FORM, CHECKSUM]),
    (judge_iban, "!", "", [FORM]),
    (judge_lei, "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15", []),
    (judge_lei, "213800KUD8LAJWSQ9D16", "", [CHECKSUM]),
    (judge_lei, "short", "", [FORM]),
    (judge_mac, "00:1A:2B:3C:4D:5E", "001a2b3c4d5e", []),
    (judge_mac, "02-00-00-00-00-01", "020000000001", ["mac.random"]),
    (judge_mac, "00:1A", "", [FORM]),
    (judge_digest(4), "DEADBEEF", "deadbeef", []),
    (judge_digest(4), "deadbee", "", [FORM]),
    (judge_digest(4), "deadbeez", "", [FORM]),
    (judge_opaque, "77120934", "77120934", []),
    (judge_opaque, "two words", "", [FORM]),
    (judge_domain, "Shop.Gov.VN.", "shop.gov.vn", []),
    (judge_domain, "market.example", "market.example", ["domain.reserved"]),
    (judge_domain, "printer.local", "printer.local", ["domain.local"]),
    (judge_domain, "co.uk", "co.uk", ["domain.everybody"]),
    (judge_domain, "a.nosuchtopleveldomain", "a.nosuchtopleveldomain", ["domain.suffix-unknown"]),
    (judge_domain, "bücher.de", "xn--bcher-kva.de", []),
    (judge_domain, "p\u0430yments.com", "xn--pyments-2fg.com", ["domain.look-alike"]),
    (judge_domain, "", "", [FORM]),
    (judge_domain, "localhost", "", [FORM]),
    (judge_domain, "-a.com", "", [FORM]),
    (judge_domain, "a..com", "", [FORM]),
    (judge_domain, "ü..com", "", [FORM]),
    (judge_domain, "1.2.3.4", "", [FORM]),
    (judge_domain, "a" * 300, "", [FORM]),
    (judge_email, "Some.One@Gov.VN", "some.one@gov.vn", []),
    (judge_email, "someone", "", [FORM]),
    (judge_email, ".a@gov.vn", "", [FORM]),
    (judge_email, "a@b", "", [FORM]),
    (judge_account, "Bob@gov.vn", "bob@gov.vn", []),
    (judge_account, "bob", "bob", ["account.no-service"]),
    (judge_account, "@gov.vn", "", [FORM]),
    (judge_account, "bob@x", "", [FORM]),
    (judge_url, "HTTPS://shop.gov.vn/a?b=1", "https://shop.gov.vn/a?b=1", []),
    (judge_url, "https://u:p@shop.gov.vn:8443/a", "https://shop.gov.vn:8443/a", []),
    (judge_url, "https://shop.gov.vn/", "https://shop.gov.vn/", ["url.whole-site"]),
    (judge_url, "https://shop.gov.vn", "https://shop.gov.vn/", ["url.whole-site"]),
    (judge_url, "http://8.8.4.4/x", "http://8.8.4.4/x", []),
    (judge_url, "http://[2001:4860:4860::8844]/x", "http://2001:4860:4860::8844/x", []),
    (judge_url, "http://nowhere/x", "", [FORM]),
    (judge_url, "shop.gov.vn/a", "", [FORM]),
]


@pytest.mark.parametrize(
    ("judge", "text", "canonical", "expected"), CASES, ids=[case[1][:40] for case in CASES]
)
def test_each_value_is_judged(
    judge: Callable[[str], Judged], text: str, canonical: str, expected: list[str]
) -> None:
    """Its one form, and what is wrong with it; two codes where either is right."""
    found = judge(text)

    assert found.canonical == canonical
    codes = [one.code for one in found.faults]
    assert codes == expected or (len(expected) == 2 and codes[0] in expected)


def test_a_number_points_to_its_plan() -> None:
    """A hint; numbers of several States or of none point nowhere."""
    assert judge_phone("+84 912 345 678").state == "VN"
    assert judge_phone("+800 1234 5678").state == ""


def test_look_alikes() -> None:
    """Two scripts in one label, or a whole one that looks Latin; East Asian mixtures are usual."""
    assert is_mixed("xn--80ak6aa92e.com")
    assert is_mixed("xn--99zzzzzzzzzzz9.com")
    assert not is_mixed("xn--bcher-kva.de")
    assert not is_mixed("market.example")
    assert not is_mixed("xn--fiq228c.com")


def test_what_is_an_address() -> None:
    """And what is none."""
    assert str(find_address("8.8.4.4")) == "8.8.4.4"
    assert find_address("market.example") is None


def test_everything_can_be_loaded_beforehand() -> None:
    """A node does it while it starts."""
    load_all()
