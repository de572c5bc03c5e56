from itertools import combinations

import pytest

import longbien.ledger.policy as policies
from ledger_cast import (
    ALPHA,
    BETA,
    GAMMA,
    LOG_LINES,
    ORIGIN,
    WITNESS_LINES,
    ed25519_log,
    ed25519_witness,
    ml_dsa_log,
    policy_of,
)
from longbien.ledger.notes import VerifierKey
from longbien.ledger.policy import Group, Log, Witness, parse_policy
from longbien.primitives.errors import Malformed


def refusal(*lines: str) -> tuple[str, object]:
    """Return code and line with which a policy is refused."""
    with pytest.raises(Malformed) as caught:
        policy_of(*lines)
    return caught.value.code, caught.value.facts.get("line")


def witnesses(*names: str) -> tuple[str, ...]:
    """Return witness lines of these names."""
    return tuple(f"witness {name} {ed25519_witness(name).vkey}" for name in names)


def test_a_policy_is_read_as_it_is_written() -> None:
    """Logs, witnesses, groups, urls, white space and comments."""
    policy = parse_policy(
        (
            "# whom we believe\n\n"
            f"log {ed25519_log().vkey} https://node.example/custody\n"
            f" \tlog\t{ml_dsa_log().vkey} \n"
            "   # more\n"
            f"witness a {ALPHA.vkey} https://alpha.example/\n"
            f"witness b {BETA.vkey}\n"
            "group ab any a b\n"
            "quorum ab\n"
        ).encode()
    )

    assert policy.logs == (
        Log(key=ed25519_log().key, url="https://node.example/custody"),
        Log(key=ml_dsa_log().key),
    )
    assert policy.witnesses == (
        Witness(name="a", key=ALPHA.key, url="https://alpha.example/"),
        Witness(name="b", key=BETA.key),
    )
    assert policy.groups == (Group(name="ab", threshold=1, members=("a", "b")),)
    assert policy.quorum == "ab"


def test_the_keys_of_a_log_are_found_by_its_origin() -> None:
    """A log that is not listed has no keys."""
    policy = policy_of(*LOG_LINES, f"log {ed25519_log('other', 'o').vkey}", "quorum none")

    assert policy.log_keys(ORIGIN) == (ed25519_log().key, ml_dsa_log().key)
    assert policy.log_keys("other") == (ed25519_log("other", "o").key,)
    assert policy.log_keys("stranger") == ()


def test_only_the_quorum_is_mandatory() -> None:
    """A policy may know no log and no witness."""
    policy = policy_of("quorum none")

    assert (policy.logs, policy.witnesses, policy.groups) == ((), (), ())
    assert policy.is_met_by(frozenset())


def test_one_witness_may_be_the_quorum() -> None:
    """Then that one must have cosigned, and no other will do."""
    policy = policy_of(*witnesses("a", "b"), "quorum a")

    assert policy.is_met_by({"a"})
    assert not policy.is_met_by({"b"})
    assert not policy.is_met_by(frozenset())


@pytest.mark.parametrize(("rule", "threshold"), [("any", 1), ("1", 1), ("2", 2), ("all", 3)])
def test_a_group_counts_its_members(rule: str, threshold: int) -> None:
    """Exactly at the threshold the quorum is met."""
    policy = policy_of(*witnesses("a", "b", "c"), f"group g {rule} a b c", "quorum g")

    for count in range(4):
        for present in combinations("abc", count):
            assert policy.is_met_by(set(present)) is (count >= threshold)


def test_the_example_of_the_specification() -> None:
    """Two of the X witnesses and one of the Y witnesses (tlog-policy, Example policy)."""
    names = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
    policy = policy_of(
        *witnesses(*names),
        "group X-witnesses 2 X1 X2 X3",
        "group Y-witnesses any Y1 Y2 Y3",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
    )

    for count in range(7):
        for present in combinations(names, count):
            x = sum(name.startswith("X") for name in present)
            y = sum(name.startswith("Y") for name in present)
            assert policy.is_met_by(set(present)) is (x >= 2 and y >= 1)


def test_a_group_cannot_be_claimed() -> None:
    """Only witnesses cosign: the name of a group among them counts nothing."""
    policy = policy_of(*witnesses("a", "b"), "group g all a b", "quorum g")

    assert not policy.is_met_by({"g"})
    assert not policy.is_met_by({"none", "a"})


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ((), None),
        (("#",), 0),
        ((*witnesses("a"), "group g any a"), None),
        (("nonsense",), 1),
        (("LOG x",), 1),
        (("log",), 1),
        (("quorum none", f"{LOG_LINES[0]} url more"), 2),
        (("witness a",), 1),
        (("", f"{WITNESS_LINES[0]} url more"), 2),
        (("witness none " + ALPHA.vkey,), 1),
        ((*witnesses("a"), f"witness a {BETA.vkey}"), 2),
        ((*witnesses("a"), f"witness b {ed25519_witness('a').vkey}"), 2),
        ((LOG_LINES[0], LOG_LINES[0]), 2),
        ((*witnesses("a"), "group g any"), 2),
        ((*witnesses("a"), "group g 1"), 2),
        ((*witnesses("a"), "group none any a"), 2),
        ((*witnesses("a"), "group a any a"), 2),
        ((*witnesses("a"), "group g any g"), 2),
        ((*witnesses("a"), "group g any none"), 2),
        ((*witnesses("a"), "group g any b"), 2),
        ((*witnesses("a"), "group g any a a"), 2),
        ((*witnesses("a"), "group g any a", "group h any a"), 3),
        ((*witnesses("a"), "group g 0 a"), 2),
        ((*witnesses("a"), "group g 2 a"), 2),
        ((*witnesses("a"), "group g 01 a"), 2),
        ((*witnesses("a"), "group g -1 a"), 2),
        ((*witnesses("a"), "group g 99999 a"), 2),
        ((*witnesses("a"), "group g most a"), 2),
        (("quorum",), 1),
        (("quorum none none",), 1),
        (("quorum a",), 1),
        (("quorum none", "quorum none"), 2),
        (("quorum none", "", "quorum none"), 3),
        ((*witnesses("a"), "group g any a", "witness g " + BETA.vkey), 3),
        (("quorum\u00a0none",), 1),
        (("quorum none # no comment here",), 1),
    ],
)
def test_what_is_no_policy(lines: tuple[str, ...], line: int | None) -> None:
    """Each departure is refused and the line is named."""
    code, where = refusal(*lines)

    assert code == "ledger.policy"
    assert where == (len(lines) if line is None else line)


def test_a_wrong_key_keeps_its_own_code() -> None:
    """The vkey says what is wrong with it."""
    assert refusal("log x")[0] == "ledger.vkey"


def test_a_key_serves_only_where_its_type_belongs() -> None:
    """A log signs with 0x01 or 0x06, a witness with 0x04 or 0x06."""
    assert refusal(f"log {ALPHA.vkey}") == ("ledger.policy", 1)
    assert refusal(f"witness a {ed25519_log().vkey}") == ("ledger.policy", 1)
    assert policy_of(f"log {ml_dsa_log().vkey}", f"witness b {BETA.vkey}", "quorum b")


def test_a_log_cannot_witness_itself() -> None:
    """A key of a log is no witness's, under any name or type: evidence.md, section 6."""
    renamed = VerifierKey(name="w", kind=ALPHA.key.kind, public_key=ed25519_log().key.public_key)

    assert refusal(LOG_LINES[0], f"witness w {renamed.text}") == ("ledger.policy", 2)
    assert refusal(f"witness w {renamed.text}", LOG_LINES[0]) == ("ledger.policy", 2)
    assert refusal(LOG_LINES[1], f"witness w {ml_dsa_log().vkey}") == ("ledger.policy", 2)


@pytest.mark.parametrize(
    "data",
    [
        b"quorum none",
        b"quorum none\r\n",
        b"quorum none\x0b\n",
        b"quorum none\n\x00\n",
        b"quorum none\n\x7f\n",
        b"quorum none\n# \xff\n",
    ],
)
def test_the_file_is_printable_utf8(data: bytes) -> None:
    """Control characters, bytes that are not UTF-8, a last line without an end: refused."""
    with pytest.raises(Malformed) as caught:
        parse_policy(data)

    assert (caught.value.code, caught.value.facts["line"]) == ("ledger.policy", 0)


def test_names_may_be_of_any_script() -> None:
    """A name is compared as it is written."""
    policy = policy_of(f"witness \u0e44\u0e17\u0e22 {ALPHA.vkey}", "quorum \u0e44\u0e17\u0e22")

    assert policy.is_met_by({"\u0e44\u0e17\u0e22"})


def test_a_policy_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Size and counts are capped: the first one beyond is refused."""
    full = b"quorum none\n".ljust(2**20 - 1, b"#") + b"\n"
    assert (len(full), parse_policy(full).quorum) == (2**20, "none")
    with pytest.raises(Malformed):
        parse_policy(full + b"\n")
    monkeypatch.setattr(policies, "MAX_LOGS", 1)
    monkeypatch.setattr(policies, "MAX_WITNESSES", 2)
    monkeypatch.setattr(policies, "MAX_GROUPS", 1)

    assert refusal(*LOG_LINES) == ("ledger.policy", 2)
    assert refusal(*witnesses("a", "b", "c")) == ("ledger.policy", 3)
    assert refusal(*witnesses("a", "b"), "group g any a", "group h any b") == ("ledger.policy", 4)
    assert policy_of(LOG_LINES[0], *witnesses("a", "b"), "group g any a", "quorum g")


def test_the_limits_leave_room() -> None:
    """The specification recommends at least 32 of each; every State fits."""
    assert (policies.MAX_LOGS, policies.MAX_WITNESSES, policies.MAX_GROUPS) == (1024, 1024, 1024)
    assert policies.MAX_POLICY == 2**20
    assert GAMMA.key.name == "gamma.example"
