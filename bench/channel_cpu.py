"""CPU time of one message through the core, step by step: no network, no disk, one process.

usage: channel_cpu.py [ROUNDS]
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tests"))

from attrs import evolve  # noqa: E402 - the tests' world is found first

from channel_world import (  # noqa: E402 - the same
    BOOK,
    IL,
    VN,
    checkpoint,
    consistency_of,
    gossip_of,
    judge,
    keys_of,
    message_of,
    random_of,
)
from longbien.channel.envelope import (  # noqa: E402 - the same
    open_frame,
    open_receipt,
    seal_frame,
    sign_message,
    sign_receipt,
)
from longbien.channel.gossip import decide_view  # noqa: E402 - the same
from longbien.channel.receipts import Posted, receipt_for, require_receipt  # noqa: E402 - the same
from longbien.channel.wire import (  # noqa: E402 - the same
    Answer,
    Frame,
    encode_answer,
    parse_answer,
)
from longbien.exercise.states import NOW  # noqa: E402 - the same

CONTENT = {f"field_{n}": "some text of a usual length" for n in range(30)}


def measure(name: str, step: Callable[[], object], rounds: int) -> float:
    """Print and return the CPU milliseconds of one step."""
    step()
    started = time.process_time()
    for _ in range(rounds):
        step()
    spent = (time.process_time() - started) / rounds * 1000
    print(f"{name:34} {spent:7.3f} ms")
    return spent


def main() -> None:
    """Measure each step and the sum."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    office = VN.contact_point
    message = message_of(content=CONTENT)
    signed = sign_message(message, signers=IL.contact_point.signers.both)
    gossip = gossip_of(
        checkpoint=checkpoint(IL, 9), consistency=consistency_of(3, 9), seen=checkpoint(VN, 5)
    )
    frame = Frame(envelope=signed, gossip=gossip)
    draw = random_of("bench")
    sealed = seal_frame(frame, recipients=[office.recipient], random_bytes=draw)
    opened = open_frame(sealed, identities=[office.identity])
    receipt = receipt_for(opened, at=NOW, commitments=(bytes(33),) * 2)
    receipt_signed = sign_receipt(receipt, signers=office.signers.both)
    answer = Answer(receipt=receipt_signed, gossip=evolve(gossip, checkpoint=checkpoint(VN, 9)))
    answered = encode_answer(answer)
    posted = Posted.of(message, signed=signed)
    print(f"message {len(signed)} bytes signed, {len(sealed)} sealed; answer {len(answered)}")
    nonce = bytes(64)
    steps: list[tuple[str, Callable[[], object]]] = [
        (
            "sender: sign",
            lambda: sign_message(message, signers=IL.contact_point.signers.both),
        ),
        (
            "sender: seal",
            lambda: seal_frame(
                frame, recipients=[office.recipient], random_bytes=lambda n: nonce[:n]
            ),
        ),
        ("recipient: open", lambda: open_frame(sealed, identities=[office.identity])),
        ("recipient: judge (both signatures)", lambda: judge(opened)),
        (
            "recipient: view of the ledger",
            lambda: decide_view(
                checkpoint_3,
                gossip.checkpoint,
                consistency=gossip.consistency,
                log_keys=il_keys,
            ),
        ),
        ("recipient: sign the receipt", lambda: sign_receipt(receipt, signers=office.signers.both)),
        ("recipient: answer", lambda: encode_answer(answer)),
        (
            "sender: believe the receipt",
            lambda: require_receipt(
                open_receipt(parse_answer(answered).receipt), posted=posted, book=BOOK, now=NOW
            ),
        ),
    ]
    checkpoint_3, il_keys = checkpoint(IL, 3), keys_of(IL)
    total = sum(measure(name, step, rounds) for name, step in steps)
    print(f"{'all of it, both sides':34} {total:7.3f} ms = {2000 / total:.0f} a second on 2 cores")


if __name__ == "__main__":
    main()
