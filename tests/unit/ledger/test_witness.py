import pytest
from attrs import evolve

from ledger_cast import (
    ALPHA,
    BETA,
    NOW,
    ORIGIN,
    ed25519_log,
    head_of,
    leaves_of,
    log_signers,
    ml_dsa_log,
    signed_by,
)
from longbien.ledger.checkpoints import Head
from longbien.ledger.notes import NoteSigner, parse_signature_line
from longbien.ledger.tree import EMPTY_ROOT, consistency_proof_from, nodes_of
from longbien.ledger.witness import (
    MAX_REQUEST,
    SIZE_CONTENT_TYPE,
    AddCheckpoint,
    Decision,
    Status,
    answer,
    decide_add_checkpoint,
    encode_add_checkpoint,
    parse_add_checkpoint,
)
from longbien.primitives.errors import Malformed

LOG_KEYS = tuple(signer.key for signer in log_signers())
OWN = (ALPHA, BETA)
NODES = nodes_of(leaves_of(20))


def request(
    old_size: int, size: int, *more: NoteSigner, signers: tuple[NoteSigner, ...] | None = None
) -> AddCheckpoint:
    """Return an honest request from one size to another."""
    proof = ()
    if old_size <= size:
        proof = consistency_proof_from(NODES, old_size=old_size, new_size=size)
    lines = (*(log_signers() if signers is None else signers), *more)
    return AddCheckpoint(old_size=old_size, proof=proof, signed=signed_by(head_of(size), *lines))


def decide(recorded: int | None, asked: AddCheckpoint) -> Decision:
    """Decide as a witness that knows the log and has recorded this size."""
    return decide_add_checkpoint(
        None if recorded is None else head_of(recorded),
        asked,
        log_keys=LOG_KEYS,
        own_keys=[cosigner.key for cosigner in OWN],
    )


# --- bytes -----------------------------------------------------------------------------------

DATA = encode_add_checkpoint(request(3, 7))


def test_a_request_survives_its_bytes() -> None:
    """What is written is read, and it is laid out as tlog-witness says."""
    asked = request(3, 7)
    read = parse_add_checkpoint(encode_add_checkpoint(asked))

    assert (read.old_size, read.proof) == (3, asked.proof)
    assert read.signed == asked.signed or len(read.signed.note.signatures) == 2
    assert DATA.startswith(b"old 3\n")
    assert DATA.count(b"\n", 0, DATA.index(b"\n\n")) == len(asked.proof)


def test_a_request_without_a_proof() -> None:
    """The first one of a log has only the size line."""
    first = encode_add_checkpoint(request(0, 7))

    assert first.startswith(b"old 0\n\n" + ORIGIN.encode() + b"\n7\n")
    assert parse_add_checkpoint(first).proof == ()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "ledger.add-checkpoint"),
        (b"old 3\n", "ledger.add-checkpoint"),
        (DATA[1:], "ledger.add-checkpoint"),
        (DATA.replace(b"old 3", b"old 03"), "ledger.add-checkpoint"),
        (DATA.replace(b"old 3", b"old  3"), "ledger.add-checkpoint"),
        (DATA.replace(b"old 3", b"old"), "ledger.add-checkpoint"),
        (DATA.replace(b"old 3", b"new 3"), "ledger.add-checkpoint"),
        (DATA.replace(b"old 3\n", b"old 3\nAAAA\n"), "ledger.add-checkpoint"),
        (DATA.replace(b"old 3\n", b"old 3\n" + b"A" * 43 + b"=\r\n"), "ledger.add-checkpoint"),
        (DATA[:-1], "ledger.note"),
        (b"old 3\n\nx\n\n" + ALPHA.sign(b"x\n", now=NOW).line, "ledger.checkpoint"),
    ],
)
def test_what_is_no_request(data: bytes, code: str) -> None:
    """Each departure is refused; the door makes a 400 of it."""
    with pytest.raises(Malformed) as caught:
        parse_add_checkpoint(data)

    assert caught.value.code == code


def test_a_request_is_bounded() -> None:
    """At most 63 proof lines; at most a note and some."""
    line = b"A" * 43 + b"=\n"
    note = DATA.partition(b"\n\n")[2]

    assert len(parse_add_checkpoint(b"old 3\n" + line * 63 + b"\n" + note).proof) == 63
    for data in (b"old 3\n" + line * 64 + b"\n" + note, DATA.ljust(MAX_REQUEST + 1, b"\n")):
        with pytest.raises(Malformed) as caught:
            parse_add_checkpoint(data)
        assert caught.value.code == "ledger.add-checkpoint"
    assert MAX_REQUEST == 2**20 + 4096


# --- decisions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recorded", "size"), [(None, 0), (None, 7), (0, 0), (0, 7), (3, 7), (4, 8), (7, 7)]
)
def test_an_honest_request_is_cosigned(recorded: int | None, size: int) -> None:
    """First sight, growth, and the same again: 200, and the head is to be recorded."""
    asked = request(recorded or 0, size)

    assert decide(recorded, asked) == Decision(
        status=Status.COSIGNED,
        reason="witness.cosigned",
        recorded_size=size,
        head=head_of(size),
    )


def test_an_unknown_log_is_404() -> None:
    """Without trusted keys for the origin nothing else is looked at."""
    found = decide_add_checkpoint(None, request(9, 7), log_keys=(), own_keys=())

    assert found == Decision(status=Status.UNKNOWN_LOG, reason="witness.log-unknown")


@pytest.mark.parametrize(
    "signers",
    [
        (ALPHA,),
        (ed25519_log(),),
        (ml_dsa_log(),),
        log_signers(key="mallory"),
        (ed25519_log(), ml_dsa_log(key="mallory")),
    ],
)
def test_a_missing_signature_is_403(signers: tuple[NoteSigner, ...]) -> None:
    """No trusted key, one kind of two, or a stranger's key under the log's name."""
    found = decide(3, request(9, 7, signers=signers))

    assert found == Decision(status=Status.FORBIDDEN, reason="witness.signature")


@pytest.mark.parametrize("position", [0, 1])
def test_a_false_line_of_a_trusted_key_is_403(position: int) -> None:
    """Such a note is malformed, however many good lines it has."""
    asked = request(3, 7, *log_signers())
    lines = list(asked.signed.note.signatures)
    lines[position] = evolve(lines[position], blob=lines[position].blob[:-1] + b"\xff")
    note = evolve(asked.signed.note, signatures=tuple(lines))

    found = decide(3, evolve(asked, signed=evolve(asked.signed, note=note)))

    assert (found.status, found.reason) == (Status.FORBIDDEN, "witness.signature")


def test_an_old_size_above_the_new_one_is_400() -> None:
    """It is checked before the recorded size: also a size that we recorded."""
    for recorded in (3, 9):
        found = decide(recorded, request(9, 7))
        assert found == Decision(status=Status.BAD_REQUEST, reason="witness.old-size-above-new")


@pytest.mark.parametrize(
    ("recorded", "old_size", "size"), [(3, 0, 7), (3, 4, 7), (3, 2, 7), (None, 3, 7), (7, 3, 7)]
)
def test_another_old_size_is_409(recorded: int | None, old_size: int, size: int) -> None:
    """The answer carries what we have recorded, so that the log can ask again."""
    asked = request(old_size, size)

    found = decide(recorded, asked)

    assert found == Decision(
        status=Status.CONFLICT, reason="witness.old-size", recorded_size=recorded or 0
    )
    assert answer(found, asked, cosigners=OWN, now=NOW) == b"%d\n" % (recorded or 0)


def test_the_same_size_with_another_root_is_422_and_kept() -> None:
    """Two signed roots for one size: the log has forked, and a third party can see it."""
    forked = evolve(request(7, 7), signed=signed_by(evolve(head_of(8), size=7), *log_signers()))

    assert decide(7, forked) == Decision(
        status=Status.UNPROCESSABLE,
        reason="witness.inconsistent",
        recorded_size=7,
        is_evidence=True,
    )


def test_a_proof_that_does_not_hold_is_422() -> None:
    """A changed hash, a missing one, one too many; it may be a mistake, so no evidence."""
    asked = request(3, 7)
    for proof in (
        (asked.proof[0][::-1], *asked.proof[1:]),
        asked.proof[:-1],
        (*asked.proof, asked.proof[0]),
        (),
    ):
        found = decide(3, evolve(asked, proof=proof))
        assert (found.status, found.is_evidence) == (Status.UNPROCESSABLE, False)
        assert (found.reason, found.recorded_size) == ("witness.inconsistent", 3)
        assert found.head is None


def test_a_proof_that_nobody_asked_for_is_422() -> None:
    """From nothing, and for the same size, the proof must be empty."""
    for recorded, asked in ((None, request(0, 7)), (0, request(0, 7)), (7, request(7, 7))):
        found = decide(recorded, evolve(asked, proof=(bytes(32),)))
        assert (found.status, found.is_evidence) == (Status.UNPROCESSABLE, False)


@pytest.mark.parametrize("recorded", [None, 0])
def test_an_empty_tree_has_the_empty_root(recorded: int | None) -> None:
    """Size 0 with another root is 422, and evidence: there is only one empty tree."""
    head = Head(origin=ORIGIN, size=0, root=head_of(1).root)
    asked = AddCheckpoint(old_size=0, proof=(), signed=signed_by(head, *log_signers()))

    found = decide(recorded, asked)

    assert (found.status, found.is_evidence) == (Status.UNPROCESSABLE, True)
    assert head_of(0).root == EMPTY_ROOT


@pytest.mark.parametrize("recorded", [None, 3])
@pytest.mark.parametrize("cosigner", OWN, ids=["ed25519", "ml-dsa-44"])
def test_a_restored_witness_finds_its_own_line_and_stops(
    recorded: int | None, cosigner: NoteSigner
) -> None:
    """Our cosignature on a larger tree than we remember: our memory is an old copy."""
    asked = request(recorded or 0, 7, cosigner)

    found = decide(recorded, asked)

    assert found == Decision(
        status=Status.CONFLICT, reason="witness.restored", recorded_size=recorded or 0
    )


def test_our_own_line_on_what_we_remember_is_no_alarm() -> None:
    """The same checkpoint again, with our line under it, is cosigned again."""
    assert decide(7, request(7, 7, ALPHA)).status is Status.COSIGNED


def test_a_forged_line_in_our_name_is_no_alarm() -> None:
    """Whoever cannot sign for us cannot stop us."""
    asked = request(3, 7, ALPHA)
    lines = list(asked.signed.note.signatures)
    lines[2] = evolve(lines[2], blob=bytes(72))
    note = evolve(asked.signed.note, signatures=tuple(lines))

    found = decide(3, evolve(asked, signed=evolve(asked.signed, note=note)))

    assert found.status is Status.COSIGNED


# --- answers -----------------------------------------------------------------------------------


def test_the_answer_of_a_200_is_one_line_a_key() -> None:
    """Both cosignatures, as lines of a note."""
    asked = request(3, 7)

    body = answer(decide(3, asked), asked, cosigners=OWN, now=NOW)

    lines = [parse_signature_line(row) for row in body.splitlines()]
    assert [(line.name, line.key_id) for line in lines] == [
        (cosigner.key.name, cosigner.key.key_id) for cosigner in OWN
    ]
    assert body.endswith(b"\n")
    assert lines[0].blob[:8] == NOW.unix.to_bytes(8)


def test_the_answer_of_a_refusal_is_its_code() -> None:
    """No signature leaves with a refusal."""
    asked = request(9, 7)

    assert answer(decide(3, asked), asked, cosigners=OWN, now=NOW) == (
        b"witness.old-size-above-new\n"
    )


def test_the_statuses_are_those_of_http() -> None:
    """The door passes them on as they are."""
    assert [int(status) for status in Status] == [200, 400, 403, 404, 409, 422]
    assert SIZE_CONTENT_TYPE == "text/x.tlog.size"
