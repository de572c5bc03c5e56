import re

from longbien.channel import rules, transfer, wire
from longbien.channel.message import Lane, MessageKind
from longbien.channel.outbound import LONGEST_WAIT, OUTBOUND, OVERDUE_AFTER, Outbound, OutboundEvent
from longbien.channel.refusals import _MAKERS
from outside import REPOSITORY

SPEC = (REPOSITORY / "spec" / "channel.md").read_text()
WORDS = " ".join(SPEC.split())
KIB = 1024


def test_the_life_of_a_message_is_the_table_of_the_code() -> None:
    """Every cell of the table in section 10 is what the machine does."""
    rows = re.findall(r"^\| ([a-z]+)(?: \(initial\))? \|(.*)\|$", SPEC, re.MULTILINE)
    cells = {row[0]: [cell.strip() for cell in row[1].split("|")] for row in rows}

    for state in Outbound:
        expected = [
            OUTBOUND.table[state][event].value if event in OUTBOUND.table[state] else ""
            for event in OutboundEvent
        ]
        assert cells[state.value] == expected, state
    assert [event.value for event in OutboundEvent] == cells["state"]
    assert f"| {OUTBOUND.initial.value} (initial) |" in SPEC


def test_every_kind_and_lane_is_named() -> None:
    """A second team finds each word that a message may use."""
    for word in (*MessageKind, *Lane):
        assert f"`{word.value}`" in SPEC, word


def test_calm_kinds_are_named() -> None:
    """The kinds that may not be urgent are those of the code."""
    calm = [kind for kind in MessageKind if Lane.URGENT not in rules.LANES[kind]]
    sentence = WORDS.split("the kind may use the lane:")[1].split("may not be urgent")[0]

    assert sorted(re.findall(r"`([a-z-]+)`", sentence)) == sorted(kind.value for kind in calm)


def test_every_refusal_is_in_its_group() -> None:
    """Section 6 names each code of a transport refusal before those that are told by a receipt."""
    first, second = SPEC.split("In the second group", 1)

    for code in _MAKERS:
        assert f"`{code}`" in first, code
    for code in ("message.lifetime", "message.expired", "message.lane-not-allowed"):
        assert f"`{code}`" in second, code
        assert code not in first, code


def test_the_limits_are_those_of_the_code() -> None:
    """Sizes, counts and times in the text are the constants."""
    assert f"envelope {wire.MAX_ENVELOPE // KIB} KiB, gossip {wire.MAX_GOSSIP // KIB} KiB" in WORDS
    assert f"at most {wire.MAX_FRAME // KIB} KiB" in WORDS
    assert f"at most {wire.MAX_ANSWER // KIB} KiB" in WORDS
    assert f"| {wire.MAX_MESSAGE // KIB} KiB (256 KiB of content, 4 KiB of header) |" in SPEC
    assert f"A note has at most {wire.MAX_NOTE // KIB} KiB here" in WORDS
    assert f"list of at most {wire.MAX_OTHERS} texts" in WORDS
    assert f"list of at most {wire.MAX_COMMITMENTS} times 33 bytes" in WORDS
    assert f"{transfer.MAX_PARTS:,} parts" in WORDS
    assert f"at most {transfer.MAX_RANGES:,} runs" in WORDS
    assert rules.SKEW_FLAGGED.seconds == 120
    assert rules.SKEW_REFUSED.seconds == 4 * 3600
    assert f"+ {rules.MAX_LIFETIME.days} days" in WORDS
    assert [wait.seconds for wait in LONGEST_WAIT.values()] == [10, 60, 300]
    assert [wait.seconds for wait in OVERDUE_AFTER.values()] == [60, 600, 4 * 3600]
    assert "cap 10 s urgent, 60 s preservation, 300 s ordinary" in WORDS
    assert "60 s (urgent), 10 min (preservation), 4 h (ordinary)" in WORDS
