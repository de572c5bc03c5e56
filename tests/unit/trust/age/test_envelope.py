from collections.abc import Callable

import pytest

from longbien.primitives.errors import LongBienError, Malformed, Refused
from longbien.trust.age.envelope import (
    MAX_RECIPIENTS,
    add_recipients,
    encode_header,
    get_file_key,
    new_file_key,
)
from longbien.trust.age.header import (
    FileKey,
    Header,
    Stanza,
    close_header,
    encode_stanzas,
    parse_header,
)
from longbien.trust.age.identities import (
    HybridIdentity,
    Identity,
    X25519Identity,
    recipient_of,
)
from longbien.trust.age.recipients import Recipient, wrap_file_key

KEY = FileKey(b"YELLOW SUBMARINE")
HYBRIDS = [HybridIdentity(bytes([n]) * 32) for n in range(1, 4)]
CLASSICS = [X25519Identity(bytes([n]) * 32) for n in range(1, 4)]
GREASE = Stanza(kind="grease", arguments=("x",), body=b"")


def fixed(size: int) -> bytes:
    """Stand in for randomness."""
    return b"\x2a" * size


def public(*identities: Identity) -> list[Recipient]:
    """Return the recipients of identities."""
    return [recipient_of(identity) for identity in identities]


def made(*identities: Identity, others: tuple[Stanza, ...] = (), key: FileKey = KEY) -> Header:
    """Make a header of any mixture, without the rules of ours."""
    own = [
        wrap_file_key(recipient_of(identity), file_key=key, random_bytes=fixed)
        for identity in identities
    ]
    return parse_header(close_header(encode_stanzas([*others, *own]), file_key=KEY))


def code_of(call: Callable[[], object], kind: type[LongBienError] = Refused) -> str:
    """Return the code that a call ends with."""
    with pytest.raises(kind) as caught:
        call()
    return caught.value.code


def test_a_new_file_key_is_16_bytes_of_the_given_randomness() -> None:
    """Nothing else goes into a file key."""
    assert new_file_key(fixed) == FileKey(b"\x2a" * 16)


@pytest.mark.parametrize("identities", [HYBRIDS, CLASSICS])
def test_every_recipient_finds_the_file_key(identities: list[Identity]) -> None:
    """Each identity opens the header alone, or among others; a stranger does not."""
    header = parse_header(encode_header(KEY, public(*identities), fixed))

    for identity in identities:
        assert get_file_key(header, [identity]) == KEY
        assert get_file_key(header, [X25519Identity(b"s" * 32), identity]) == KEY
    for stranger in (X25519Identity(b"s" * 32), HybridIdentity(b"s" * 32)):
        assert code_of(lambda one=stranger: get_file_key(header, [one])) == "age.no-match"  # type: ignore[misc]
    assert code_of(lambda: get_file_key(header, [])) == "age.no-match"


def test_recipients_keep_their_order() -> None:
    """One stanza for each recipient, in the order given."""
    header = parse_header(encode_header(KEY, public(*CLASSICS), fixed))

    assert header.stanzas == tuple(
        wrap_file_key(recipient, file_key=KEY, random_bytes=fixed)
        for recipient in public(*CLASSICS)
    )


def test_a_mixed_file_is_read_but_not_written() -> None:
    """Reading a file with both kinds works; writing one is refused, in either order."""
    mixed = made(HYBRIDS[0], CLASSICS[0])

    assert get_file_key(mixed, [CLASSICS[0]]) == get_file_key(mixed, [HYBRIDS[0]]) == KEY
    for pair in ((HYBRIDS[0], CLASSICS[0]), (CLASSICS[0], HYBRIDS[0])):
        recipients = public(*pair)
        code = code_of(lambda them=recipients: encode_header(KEY, them, fixed))  # type: ignore[misc]
        assert code == "age.recipients.mixed"


def test_a_file_is_sealed_for_somebody() -> None:
    """No recipient, or one named twice, is refused."""
    one = public(CLASSICS[0])

    assert code_of(lambda: encode_header(KEY, [], fixed)) == "age.recipients.none"
    assert code_of(lambda: encode_header(KEY, one * 2, fixed)) == "age.recipients.double"


def test_the_number_of_recipients_is_bounded() -> None:
    """32 recipients in one call, not one more."""
    assert MAX_RECIPIENTS == 32
    many = public(*(X25519Identity(bytes([n]) * 32) for n in range(1, 34)))

    assert len(parse_header(encode_header(KEY, many[:32], fixed)).stanzas) == 32
    assert code_of(lambda: encode_header(KEY, many, fixed)) == "age.recipients.too-many"


def test_grease_is_ignored() -> None:
    """Stanzas of unknown kinds change nothing for those that we know."""
    assert get_file_key(made(HYBRIDS[0], others=(GREASE,)), HYBRIDS) == KEY


def test_a_passphrase_is_refused_before_any_work() -> None:
    """A scrypt stanza makes the file one that we do not open, whoever else may."""
    scrypt = Stanza(kind="scrypt", arguments=("salt", "99"), body=b"")
    header = made(CLASSICS[0], others=(scrypt,))

    assert code_of(lambda: get_file_key(header, [CLASSICS[0]])) == "age.passphrase"
    assert code_of(lambda: add_recipients(header, KEY, [], fixed)) == "age.passphrase"


def test_a_broken_stanza_of_another_recipient_breaks_the_header() -> None:
    """What is wrong is wrong for everybody: nobody can be given a view of his own."""
    broken = Stanza(kind="mlkem768x25519", arguments=(), body=b"")
    header = made(CLASSICS[0], others=(broken,))

    assert code_of(lambda: get_file_key(header, CLASSICS), Malformed) == "age.header.recipient"


def test_a_wrong_mac_is_told_after_a_match() -> None:
    """The header opens for the identity, but somebody changed it."""
    header = made(CLASSICS[0], key=FileKey(bytes(16)))

    assert code_of(lambda: get_file_key(header, CLASSICS), Malformed) == "age.mac"


@pytest.mark.parametrize("identities", [HYBRIDS, CLASSICS])
def test_recipients_are_added_behind_the_old_ones(identities: list[Identity]) -> None:
    """Old stanzas stay byte for byte in front; old and new keys open the new header."""
    old = made(identities[0], others=(GREASE,))

    data = add_recipients(old, KEY, public(*identities[1:]), fixed)

    new = parse_header(data)
    assert new.size == len(data)
    assert new.stanzas[:2] == old.stanzas
    assert new.signed.startswith(old.signed.removesuffix(b"---"))
    assert all(get_file_key(new, [identity]) == KEY for identity in identities)


def test_adding_keeps_the_suite() -> None:
    """A classical recipient is never added to a hybrid file, nor anything to a mixed one."""
    for header, added in (
        (made(HYBRIDS[0]), CLASSICS[1]),
        (made(CLASSICS[0]), HYBRIDS[1]),
        (made(HYBRIDS[0], CLASSICS[0]), HYBRIDS[1]),
    ):
        recipients = public(added)
        code = code_of(
            lambda head=header, them=recipients: add_recipients(head, KEY, them, fixed)  # type: ignore[misc]
        )
        assert code == "age.recipients.mixed"


def test_adding_to_a_file_of_unknown_recipients_is_free() -> None:
    """Grease alone decides nothing."""
    header = made(others=(GREASE,))

    assert len(parse_header(add_recipients(header, KEY, public(HYBRIDS[0]), fixed)).stanzas) == 2


def test_adding_needs_the_right_file_key() -> None:
    """A wrong file key would make a header that opens to a wrong payload key."""
    wrong = FileKey(bytes(16))
    header = made(HYBRIDS[0])

    code = code_of(lambda: add_recipients(header, wrong, public(HYBRIDS[1]), fixed), Malformed)

    assert code == "age.mac"


def test_adding_names_somebody() -> None:
    """Nothing to add is refused."""
    header = made(HYBRIDS[0])

    assert code_of(lambda: add_recipients(header, KEY, [], fixed)) == "age.recipients.none"


def test_a_header_never_grows_beyond_what_is_read() -> None:
    """64 stanzas in all, not one more."""
    identities = [X25519Identity(bytes([n]) * 32) for n in range(1, 64)]
    header = made(*identities)
    new = public(X25519Identity(b"\xee" * 32), X25519Identity(b"\xef" * 32))

    assert len(parse_header(add_recipients(header, KEY, new[:1], fixed)).stanzas) == 64
    assert code_of(lambda: add_recipients(header, KEY, new, fixed)) == "age.recipients.too-many"
