"""Files that a State signs: packs, which add to the law or stand in its place, and its profile.

The exact bytes are signed, beside them and not inside: an envelope of ``trust.dsse`` whose
payload is left out.  A State's root holders sign, as they sign its entry in the directory, and
everything can be verified offline.  The version of a file may only go up.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import evolve, field, frozen

from longbien.primitives.canonical import parse_json
from longbien.primitives.errors import Malformed, Refused
from longbien.primitives.ids import StateCode
from longbien.primitives.verdict import Outcome
from longbien.treaty.contents import Catalogue
from longbien.treaty.law import Law
from longbien.treaty.pack_check import check_pack, words_of
from longbien.treaty.packs import MAX_PACK, RulePack, parse_pack
from longbien.treaty.profiles import FORMAT as PROFILE_FORMAT
from longbien.treaty.profiles import MAX_PROFILE, StateProfile, parse_profile
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

PACK_TYPE: Final = "application/vnd.longbien.rule-pack+json"
PROFILE_TYPE: Final = "application/vnd.longbien.state-profile+json"
MAX_FILE: Final = max(MAX_PACK, MAX_PROFILE)
_DEPTH: Final = 8
MAX_SIGNATURE: Final = max_envelope(0)


@frozen(kw_only=True)
class Holders:
    """The root holders of a State, and how many of them must sign."""

    keys: tuple[HybridKey, ...] = field(repr=False)
    threshold: int


def parse_state_file(data: bytes) -> RulePack | StateProfile:
    """Read a pack or a profile, whichever it says it is.  Raises Malformed as their readers do."""
    value = parse_json(data, max_size=MAX_FILE, max_depth=_DEPTH)
    is_profile = isinstance(value, dict) and value.get("format") == PROFILE_FORMAT
    return parse_profile(data) if is_profile else parse_pack(data)


def sign_file(data: bytes, *, signers: Iterable[RawSigner], before: bytes | None = None) -> bytes:
    """Sign the bytes of a pack or a profile and return the file that goes beside it.

    ``before`` is the file with the signatures of the holders who have signed already.  Raises
    Malformed as ``parse_state_file`` does: what cannot be read is not signed.
    """
    payload_type = type_of(parse_state_file(data))
    made = sign_envelope(data, payload_type=payload_type, signers=signers)
    if before is not None:
        made = add_signatures(_attached(data, before, payload_type), made)
    return encode_envelope(evolve(made, payload=b""))


def type_of(made: RulePack | StateProfile) -> str:
    """Return as what a file is signed: nobody's signature under a profile makes a pack good."""
    return PROFILE_TYPE if isinstance(made, StateProfile) else PACK_TYPE


def count_signers(
    data: bytes, signature: bytes, *, holders: Holders, payload_type: str = PACK_TYPE
) -> int:
    """Count the holders both of whose keys signed.  Raises Malformed for a file that is none."""
    return len(find_hybrid(_attached(data, signature, payload_type), holders.keys))


def require_signed(
    data: bytes, signature: bytes, *, known: Sequence[Holders], payload_type: str = PACK_TYPE
) -> None:
    """Ask that enough of one generation of a State's root holders signed exactly these bytes.

    Raises Malformed for a file that is none; Refused ``law.not-signed``.
    """
    counts = [
        (count_signers(data, signature, holders=one, payload_type=payload_type), one.threshold)
        for one in known
    ]
    if not any(signed >= threshold for signed, threshold in counts):
        signed, threshold = max(counts, default=(0, 1))
        raise Refused(
            "law.not-signed",
            "{signed} of the State's root holders signed exactly this file, {threshold} must",
            signed=signed,
            threshold=threshold,
        )


def _attached(data: bytes, signature: bytes, payload_type: str) -> Envelope:
    envelope = parse_envelope(signature, payload_type=payload_type, max_payload=0)
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
    require_later(pack.id, pack.version, held.version if held is not None else None)
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


def require_fact(profile: StateProfile) -> None:
    """Ask that a profile is no example.  Raises Malformed ``state-profile.example``."""
    if profile.example:
        raise Malformed(
            "state-profile.example",
            "the profile of {state} is an example and no fact",
            state=profile.state,
        )


def require_later(name: str, version: int, held: int | None) -> None:
    """Ask that a version comes after the one that is held.  Raises Refused ``law.rollback``."""
    if held is not None and version <= held:
        raise Refused(
            "law.rollback",
            "version {version} of {name} does not come after version {held} that is held",
            version=version,
            name=name,
            held=held,
        )
