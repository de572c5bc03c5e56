import json
from datetime import timedelta

import pytest
from attrs import evolve

from longbien.directory.entry import RevocationReason
from longbien.directory.renewal import (
    announce_key,
    change_fields,
    drop_ended,
    next_entry,
    replace_sealing_keys,
    revoke_key,
    rotate_key,
)
from longbien.directory.wire import encode_entry
from longbien.exercise.states import LIFETIME, NOW, make_state, signer_pair, signing_key
from longbien.primitives.errors import LongBienError
from longbien.primitives.ids import AuthorityId, KeyId

IL = make_state("IL")
ENTRY = IL.entry
OFFICE = IL.contact_point
REASON = RevocationReason.SUPERSEDED
HOUR = timedelta(hours=1)


def code_of(call: object, *arguments: object, **named: object) -> str:
    """Return the code with which a call is refused."""
    with pytest.raises(LongBienError) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_the_next_version_says_the_same() -> None:
    """Only number, link and dates differ from the version before."""
    later = next_entry(IL.signed, now=NOW.plus(HOUR), lifetime=LIFETIME)
    assert later == evolve(
        ENTRY,
        version=2,
        previous=IL.signed.sha256,
        issued_at=NOW.plus(HOUR),
        expires_at=NOW.plus(HOUR + LIFETIME),
    )


def test_announce_then_rotate() -> None:
    """An announced pair comes into use beside the old one and is no longer announced."""
    third = signer_pair("third")
    key = signing_key(third)
    announced = announce_key(ENTRY, authority=OFFICE.id, keys=third.public)
    assert announced.find_authority(OFFICE.id).next_keys == (
        OFFICE.next_signers.commitment,
        third.commitment,
    )
    turned = rotate_key(announced, authority=OFFICE.id, key=key)
    found = turned.find_authority(OFFICE.id)
    assert found.signing_keys == (signing_key(OFFICE.signers), key)
    assert found.next_keys == (OFFICE.next_signers.commitment,)
    assert turned.authorities[0] == ENTRY.authorities[0]


def test_only_announced_keys_are_rotated() -> None:
    """What others would refuse is refused here already."""
    key = signing_key(signer_pair("third"))
    assert code_of(rotate_key, ENTRY, authority=OFFICE.id, key=key) == ("directory.unannounced-key")
    police = AuthorityId("IL/police")
    assert code_of(rotate_key, ENTRY, authority=police, key=key) == ("directory.unknown-authority")


@pytest.mark.parametrize("which", [0, 1])
def test_revoke_by_either_key(which: int) -> None:
    """A pair is revoked by either id, from the instant given, with the reason."""
    key = OFFICE.signers.public.ids[which]
    later = revoke_key(ENTRY, key=key, at=NOW, reason=REASON)
    (found,) = later.find_authority(OFFICE.id).signing_keys
    assert (found.revoked_at, found.reason) == (NOW, REASON)
    assert later.authorities[0] == ENTRY.authorities[0]


def test_revoke_leaves_other_keys_alone() -> None:
    """The authority's other pairs stay in use."""
    turned = rotate_key(ENTRY, authority=OFFICE.id, key=signing_key(OFFICE.next_signers))
    key = OFFICE.signers.ec.key_id
    later = revoke_key(turned, key=key, at=NOW, reason=REASON)
    first, second = later.find_authority(OFFICE.id).signing_keys
    assert (first.revoked_at, second.revoked_at) == (NOW, None)


def test_revoke_again_only_earlier() -> None:
    """A revocation is dated back, or stays; it is never dated forward."""
    key = OFFICE.signers.ec.key_id
    first = revoke_key(ENTRY, key=key, at=NOW.plus(-HOUR), reason=REASON)
    assert revoke_key(first, key=key, at=NOW.plus(-HOUR), reason=REASON) == first
    earlier = revoke_key(first, key=key, at=NOW.plus(-HOUR * 2), reason=REASON)
    assert earlier.find_authority(OFFICE.id).signing_keys[0].revoked_at == NOW.plus(-HOUR * 2)
    code = code_of(revoke_key, first, key=key, at=NOW, reason=REASON)
    assert code == "directory.revocation-undone"


def test_revoke_an_unknown_key() -> None:
    """A key that no authority shows cannot be revoked; one announced is simply not shown."""
    for key in (KeyId("sha256:" + "0" * 64), OFFICE.next_signers.ec.key_id):
        code = code_of(revoke_key, ENTRY, key=key, at=NOW, reason=REASON)
        assert code == "directory.unknown-key"


def test_ended_keys_are_left_out() -> None:
    """Keys go when their window is over, not an instant before; revoked ones stay till then."""
    end = signing_key(OFFICE.signers).not_after
    assert drop_ended(ENTRY, now=end.plus(-HOUR)) == ENTRY
    later = drop_ended(ENTRY, now=end)
    assert [one.signing_keys for one in later.authorities] == [(), ()]
    assert later.authorities[0].sealing_keys == ENTRY.authorities[0].sealing_keys
    much_later = drop_ended(ENTRY, now=NOW.plus(timedelta(days=365)))
    assert [one.sealing_keys for one in much_later.authorities] == [(), ()]


def test_other_recipients() -> None:
    """An authority may name other recipients."""
    later = replace_sealing_keys(ENTRY, authority=OFFICE.id, keys=iter(()))
    assert later.find_authority(OFFICE.id).sealing_keys == ()
    assert later.authorities[0] == ENTRY.authorities[0]


def test_fields_are_replaced_whole() -> None:
    """A field given in JSON takes the place of the old one; all others stay."""
    changes = {"minimum": {"protocol": 2, "suite": "LB1"}, "endpoints": []}
    later = change_fields(ENTRY, json.dumps(changes, indent=1).encode())
    assert (later.minimum.protocol, later.endpoints) == (2, ())
    assert json.loads(encode_entry(later)) == {**json.loads(encode_entry(ENTRY)), **changes}
    assert change_fields(ENTRY, b"{}") == ENTRY


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[]", "directory.form"),
        (b'{"version":7}', "directory.fixed-field"),
        (b'{"state":"VN"}', "directory.fixed-field"),
        (b'{"exercise":false}', "directory.fixed-field"),
        (b'{"unknown":1}', "directory.form"),
        (b'{"endpoints":1}', "directory.form"),
        (b"{", "json.syntax"),
    ],
)
def test_bad_changes(data: bytes, code: str) -> None:
    """What makes it this State's next version cannot be changed, and all else is read strictly."""
    assert code_of(change_fields, ENTRY, data) == code
