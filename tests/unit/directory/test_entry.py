from datetime import timedelta

import pytest
from attrs import evolve

from longbien.directory.entry import (
    MAX_HOLDERS,
    Minimum,
    RevocationReason,
    Roots,
    SealingKey,
    StateEntry,
    suite_number,
)
from longbien.exercise.states import (
    NOW,
    make_state,
    pin_of,
    signer_pair,
    signing_key,
    tls_certificate,
)
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import AuthorityId, StateCode

IL = make_state("IL")
ENTRY = IL.entry
SECOND = timedelta(seconds=1)
KEY = signing_key(signer_pair("one"))


def code_of(entry: StateEntry = ENTRY, **changes: object) -> str:
    """Return the code with which an entry is refused."""
    with pytest.raises(Malformed) as caught:
        evolve(entry, **changes)
    return caught.value.code


def with_authority(**changes: object) -> tuple[object, ...]:
    """Return the authorities with the last one changed."""
    return (*ENTRY.authorities[:-1], evolve(ENTRY.authorities[-1], **changes))


def test_a_window_is_half_open() -> None:
    """A key is good from its first instant on, and not at its last."""
    assert not KEY.is_valid(KEY.not_before.plus(-SECOND))
    assert KEY.is_valid(KEY.not_before)
    assert KEY.is_valid(KEY.not_after.plus(-SECOND))
    assert not KEY.is_valid(KEY.not_after)


def test_a_revoked_key_stays_good_for_what_was_before() -> None:
    """Signatures before the revocation count; from that instant on none does."""
    revoked = evolve(KEY, revoked_at=NOW, reason=RevocationReason.KEY_COMPROMISE)
    assert revoked.is_valid(NOW.plus(-SECOND))
    assert not revoked.is_valid(NOW)
    assert (revoked.ends_at, KEY.ends_at) == (NOW, KEY.not_after)


def test_revoked_after_its_end() -> None:
    """A revocation after the end of the window makes nothing longer."""
    late = evolve(KEY, revoked_at=KEY.not_after.plus(SECOND), reason=RevocationReason.SUPERSEDED)
    assert late.ends_at == KEY.not_after


@pytest.mark.parametrize(
    "changes",
    [
        {"not_after": KEY.not_before},
        {"revoked_at": NOW},
        {"reason": RevocationReason.CESSATION},
    ],
)
def test_half_said_things_of_a_key(changes: dict[str, object]) -> None:
    """A window has a length, and a revocation an instant and a reason."""
    with pytest.raises(Malformed) as caught:
        evolve(KEY, **changes)
    assert caught.value.code == "directory.window"


def test_sealing_keys_have_a_window() -> None:
    """Nothing is sealed for a recipient before or after its time."""
    key = SealingKey(
        recipient=IL.contact_point.recipient, not_before=NOW, not_after=NOW.plus(SECOND)
    )
    assert [key.is_valid(NOW.plus(SECOND * at)) for at in (-1, 0, 1)] == [False, True, False]
    with pytest.raises(Malformed) as caught:
        evolve(key, not_after=NOW)
    assert caught.value.code == "directory.window"


@pytest.mark.parametrize("threshold", [0, 3])
def test_a_threshold_is_within_reach(threshold: int) -> None:
    """At least one, at most all of the holders must sign."""
    holders = tuple(signer_pair(name).public for name in ("a", "b"))
    with pytest.raises(Malformed) as caught:
        Roots(threshold=threshold, holders=holders)
    assert caught.value.code == "directory.roots"
    assert Roots(threshold=2, holders=holders).threshold == 2


def test_number_of_holders() -> None:
    """Sixteen root holders are the most."""
    holders = tuple(signer_pair(f"holder {n}").public for n in range(MAX_HOLDERS + 1))
    assert Roots(threshold=1, holders=holders[:-1]).threshold == 1
    with pytest.raises(Malformed) as caught:
        Roots(threshold=1, holders=holders)
    assert caught.value.code == "directory.roots"


@pytest.mark.parametrize(
    ("protocol", "suite"), [(0, "LB1"), (1, "LB0"), (1, "none"), (1, "LB1000"), (1, "lb1")]
)
def test_minimum_has_a_form(protocol: int, suite: str) -> None:
    """A minimum is a protocol from 1 and a suite LB1 to LB999."""
    with pytest.raises(Malformed) as caught:
        Minimum(protocol=protocol, suite=suite)
    assert caught.value.code == "directory.minimum"


def test_minimum_only_goes_up() -> None:
    """Lower in one of the two is lower; LB10 is above LB9."""
    low, high = Minimum(protocol=1, suite="LB9"), Minimum(protocol=2, suite="LB10")
    assert high.allows(low)
    assert low.allows(low)
    assert not low.allows(high)
    assert not evolve(high, protocol=1).allows(high)
    assert not evolve(high, suite="LB9").allows(high)
    assert suite_number("LB10") == 10


@pytest.mark.parametrize("days", [0, -1, 100 + 1 / 86400])
def test_lifetime_is_bounded(days: float) -> None:
    """An entry is valid for more than no time and at most 100 days."""
    assert code_of(expires_at=NOW.plus(timedelta(days=days))) == "directory.lifetime"
    for short in (timedelta(days=100), timedelta(microseconds=1)):
        assert evolve(ENTRY, expires_at=NOW.plus(short)).version == 1


@pytest.mark.parametrize(
    ("version", "previous"), [(0, None), (2, None), (1, Digest(bytes(32))), (10**6, Digest.of(b""))]
)
def test_versions_name_the_one_before(version: int, previous: Digest | None) -> None:
    """Version 1 names none before it, every other one does, and they end at 999,999."""
    assert code_of(version=version, previous=previous) == "directory.version"
    assert evolve(ENTRY, version=999_999, previous=Digest.of(b"")).version == 999_999


def test_nobody_is_revoked_in_the_future() -> None:
    """A revocation lies at or before the instant at which the entry is issued."""
    ahead = evolve(KEY, revoked_at=NOW.plus(SECOND), reason=RevocationReason.SUPERSEDED)
    assert code_of(authorities=with_authority(signing_keys=(ahead,))) == "directory.window"
    now = evolve(ahead, revoked_at=NOW)
    assert evolve(ENTRY, authorities=with_authority(signing_keys=(now,))).version == 1


def test_authorities_are_in_order_and_once() -> None:
    """There is at least one authority, and they stand in the order of their ids."""
    assert code_of(authorities=()) == "directory.authorities"
    assert code_of(authorities=ENTRY.authorities[::-1]) == "directory.authorities"
    assert code_of(authorities=ENTRY.authorities[:1] * 2) == "directory.authorities"


def test_no_authority_of_another_state() -> None:
    """An entry speaks for its own State's authorities only."""
    foreign = with_authority(id=AuthorityId("VN/contact-point"))
    assert code_of(authorities=foreign) == "directory.foreign-authority"
    assert code_of(state=StateCode("VN")) == "directory.foreign-authority"


@pytest.mark.parametrize("field", ["ledger_keys", "witness_keys", "package_roots", "time_roots"])
def test_nothing_is_listed_twice(field: str) -> None:
    """The same key or certificate twice in a list is refused."""
    first = getattr(ENTRY, field)[:1] or (Digest.of(b"a time root"),)
    assert code_of(**{field: first * 2}) == "directory.key-twice"


def test_a_ledger_key_is_no_witness_key() -> None:
    """Whoever keeps a ledger does not witness it with the same key."""
    assert code_of(witness_keys=ENTRY.ledger_keys) == "directory.key-twice"


def test_one_signing_key_has_one_owner() -> None:
    """Two authorities, or an authority and a root holder, never share a key."""
    shared = ENTRY.authorities[0].signing_keys
    assert code_of(authorities=with_authority(signing_keys=shared)) == "directory.key-twice"
    root = (signing_key(IL.holders[0]),)
    assert code_of(authorities=with_authority(signing_keys=root)) == "directory.key-twice"
    announced = (IL.contact_point.signers.commitment,)
    assert code_of(authorities=with_authority(next_keys=announced)) == "directory.key-twice"


def test_one_recipient_has_one_owner() -> None:
    """Two authorities never open with the same identity."""
    shared = ENTRY.authorities[0].sealing_keys
    assert code_of(authorities=with_authority(sealing_keys=shared)) == "directory.key-twice"


def test_pins_are_told_apart() -> None:
    """An endpoint's next key is not its present one, and no TLS key signs messages."""
    endpoint = ENTRY.endpoints[0]
    twice = evolve(endpoint, next_pins=endpoint.pins)
    assert code_of(endpoints=(twice,)) == "directory.key-twice"
    signer = IL.contact_point.signers.ec
    signs = evolve(endpoint, pins=(pin_of(signer.key),), certificates=())
    assert code_of(endpoints=(signs,)) == "directory.key-twice"
    second = evolve(endpoint, port=9443)
    assert len(evolve(ENTRY, endpoints=(endpoint, second)).endpoints) == 2


def test_certificates_are_for_pinned_keys() -> None:
    """A TLS certificate is for the current or the next key, and for no third one."""
    endpoint = ENTRY.endpoints[0]
    for key in (IL.tls_key, IL.next_tls_key):
        shown = evolve(endpoint, certificates=(tls_certificate(key),))
        assert evolve(ENTRY, endpoints=(shown,)).endpoints == (shown,)
    foreign = evolve(endpoint, certificates=(tls_certificate(make_state("VN").tls_key),))
    assert code_of(endpoints=(foreign,)) == "directory.certificate"
    broken = evolve(endpoint, certificates=(b"x",))
    assert code_of(endpoints=(broken,)).startswith("der.")


def test_authorities_are_found() -> None:
    """An authority is found by its id."""
    assert ENTRY.find_authority(AuthorityId("IL/contact-point")) == ENTRY.authorities[1]
    assert ENTRY.find_authority(AuthorityId("IL/police")) is None
