"""Wallets by chain, against the published vectors of BIP 350 and EIP 55."""

import pytest

from longbien.casework.completeness.bech32 import Judgement, judge_witness_address
from longbien.casework.completeness.judged import Judged
from longbien.casework.completeness.wallets import judge_transaction, judge_wallet

# BIP 350, "Test vectors for v0-v16 native segregated witness addresses"
GOOD = (
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    "BC1SW50QGDZ25J",
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
)
OF_A_TEST_NETWORK = (
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
    "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
    "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
)
BAD = (
    "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
    "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
    "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
    "bc1pw5dgrnzv",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
    "bc1gmk9yu",
)
# EIP 55, "Test Cases"
EIP55 = (
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)


def codes(found: Judged) -> list[str]:
    """Return what is wrong with something."""
    return [one.code for one in found.faults]


@pytest.mark.parametrize("address", GOOD)
def test_valid_addresses_pass_taproot_among_them(address: str) -> None:
    """Of every version, in either case; two spellings have one form."""
    assert judge_witness_address(address) is Judgement.GOOD
    found = judge_wallet(f"bitcoin {address}")
    assert (found.canonical, found.faults) == (f"bitcoin {address.lower()}", ())


@pytest.mark.parametrize("address", OF_A_TEST_NETWORK)
def test_addresses_of_a_test_network_are_told(address: str) -> None:
    """They are valid, and worth nothing."""
    assert codes(judge_wallet(f"bitcoin {address}")) == ["wallet.test-network"]


@pytest.mark.parametrize("address", BAD)
def test_invalid_addresses_are_found(address: str) -> None:
    """Every vector of the standard that is not valid."""
    assert judge_witness_address(address) in {Judgement.FORM, Judgement.CHECKSUM}
    assert judge_wallet(f"bitcoin {address}").canonical == ""


@pytest.mark.parametrize("text", ["", "1", "bc1", "bc1q", "bc1" + "q" * 200])
def test_what_is_no_address_is_none(text: str) -> None:
    """Too short, too long, without anything."""
    assert judge_witness_address(text) is Judgement.FORM


@pytest.mark.parametrize("address", EIP55)
def test_ethereum_addresses_pass(address: str) -> None:
    """The vectors of the standard, those that are all of one case among them."""
    found = judge_wallet(f"Ethereum {address}")
    assert (found.canonical, found.faults) == (f"ethereum {address.lower()}", ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ethereum 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", ["wallet.no-checksum"]),
        ("polygon 0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", ["wallet.no-checksum"]),
        ("ethereum 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", ["identifier.checksum"]),
        ("ethereum 5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", ["identifier.form"]),
        ("bitcoin 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", []),
        ("bitcoin 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", ["identifier.checksum"]),
        ("bitcoin mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", ["wallet.test-network"]),
        ("bitcoin 0OIl", ["identifier.form"]),
        ("tron TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", []),
        ("tron 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ["identifier.checksum"]),
        ("dogecoin whatever", ["wallet.chain-unknown"]),
        ("bitcoin", ["identifier.form"]),
        ("bitcoin a b", ["identifier.form"]),
    ],
)
def test_other_addresses(text: str, expected: list[str]) -> None:
    """Each chain has its own form and its own checksum."""
    assert codes(judge_wallet(text)) == expected


@pytest.mark.parametrize(
    ("text", "canonical", "expected"),
    [
        ("bitcoin " + "Ab" * 32, "bitcoin " + "ab" * 32, []),
        ("ethereum 0x" + "ab" * 32, "ethereum " + "ab" * 32, []),
        ("bitcoin abcd", "", ["identifier.form"]),
        ("bitcoin", "", ["identifier.form"]),
        ("monero x", "monero x", ["wallet.chain-unknown"]),
    ],
)
def test_transactions(text: str, canonical: str, expected: list[str]) -> None:
    """Sixty-four digits on every chain that is known."""
    found = judge_transaction(text)
    assert (found.canonical, codes(found)) == (canonical, expected)
