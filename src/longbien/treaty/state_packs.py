"""Packs of States: what a State adds to the law or sets in its place, in a file that it signs.

The pack's exact bytes are signed, beside it and not inside: an envelope of ``trust.dsse`` whose
payload is left out.  A State's root holders sign, as they sign its entry in the directory, and
everything can be verified offline.  The version of a pack may only go up.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import evolve, field, frozen

from longbien.primitives.errors import Refused
from longbien.primitives.ids import StateCode
from longbien.primitives.verdict import Outcome
from longbien.treaty.contents import Catalogue
from longbien.treaty.law import Law
from longbien.treaty.pack_check import check_pack, words_of
from longbien.treaty.packs import RulePack, parse_pack
from longbien.trust.dsse import (
    Envelope,
    HybridKey,
    RawSigner,
    add_signatures,
    encode_envelope,
    find_hybrid,
    max_envelope,
    parse_envelope,
    sign_envelope,
)

PAYLOAD_TYPE: Final = "application/vnd.longbien.rule-pack+json"
MAX_SIGNATURE: Final = max_envelope(0)


@frozen(kw_only=True)
class Holders:
    """The root holders of a State, and how many of them must sign."""

    keys: tuple[HybridKey, ...] = field(repr=False)
    threshold: int


def sign_pack(data: bytes, *, signers: Iterable[RawSigner], before: bytes | None = None) -> bytes:
    """Sign the bytes of a pack and return the file that goes beside it.

    ``before`` is the file with the signatures of the holders who have signed already.  Raises
    Malformed as ``parse_pack`` does: what cannot be read is not signed.
    """
    parse_pack(data)
    made = sign_envelope(data, payload_type=PAYLOAD_TYPE, signers=signers)
    if before is not None:
        made = add_signatures(_attached(data, before), made)
    return encode_envelope(evolve(made, payload=b""))


def count_signers(data: bytes, signature: bytes, *, holders: Holders) -> int:
    """Count the holders both of whose keys signed.  Raises Malformed for a file that is none."""
    return len(find_hybrid(_attached(data, signature), holders.keys))


def require_signed(data: bytes, signature: bytes, *, known: Sequence[Holders]) -> None:
    """Ask that enough of one generation of a State's root holders signed exactly these bytes.

    Raises Malformed for a file that is none; Refused ``law.not-signed``.
    """
    counts = [(count_signers(data, signature, holders=one), one.threshold) for one in known]
    if not any(signed >= threshold for signed, threshold in counts):
        signed, threshold = max(counts, default=(0, 1))
        raise Refused(
            "law.not-signed",
            "{signed} of the State's root holders signed exactly this file, {threshold} must",
            signed=signed,
            threshold=threshold,
        )


def _attached(data: bytes, signature: bytes) -> Envelope:
    envelope = parse_envelope(signature, payload_type=PAYLOAD_TYPE, max_payload=0)
    return evolve(envelope, payload=data)


def require_state(pack: RulePack) -> StateCode:
    """Return whose pack it is.  Raises Refused ``law.no-state``."""
    if pack.state is None:
        raise Refused("law.no-state", "the pack {pack} does not say whose it is", pack=pack.id)
    return pack.state


def require_acceptable(
    pack: RulePack, *, held: RulePack | None, law: Law, own: StateCode, catalogue: Catalogue
) -> None:
    """Ask that a pack may stand beside ``law``; ``held`` is the version of it that we have.

    Another State's pack may add rules, for us to read; it replaces none of ours.  What a rule
    may do follows from its own sign-off alone: no pack makes an unverified rule binding.

    Raises Refused ``law.no-state``, ``law.foreign-override``, ``law.rollback``, ``law.faulty``.
    """
    state = require_state(pack)
    if state != own and any(rule.replaces for rule in pack.rules):
        raise Refused(
            "law.foreign-override",
            "the pack of {state} replaces rules; only our own State's pack does that here",
            state=state,
        )
    if held is not None and pack.version <= held.version:
        raise Refused(
            "law.rollback",
            "version {version} of {pack} does not come after version {held} that is held",
            version=pack.version,
            pack=pack.id,
            held=held.version,
        )
    others = [one for one in law.packs if one.id != pack.id]
    verdict = check_pack(pack, catalogue, others=others)
    if verdict.outcome is Outcome.FAILED:
        first = next(one for one in verdict.findings if one.outcome is Outcome.FAILED)
        raise Refused(
            "law.faulty",
            "the pack has a fault: {subject}: {fault} (all of them: longbien law check FILE)",
            subject=first.subject,
            fault=words_of(first),
        )
