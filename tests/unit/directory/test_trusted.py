from datetime import timedelta

import pytest
from attrs import evolve

from longbien.directory.entry import Minimum, RevocationReason, Roots, SigningKey, StateEntry
from longbien.directory.fingerprint import Fingerprint, entry_fingerprint, roots_fingerprint
from longbien.directory.renewal import rotate_key
from longbien.directory.trusted import (
    MAX_CHAIN,
    Terms,
    Update,
    count_holders,
    decide_update,
    find_terms,
    require_chain,
    require_unexpired,
    state_of,
)
from longbien.exercise.states import NOW, Office, State, make_state, signer_pair, signing_key
from longbien.primitives.errors import Refused
from longbien.primitives.ids import StateCode

HOUR = timedelta(hours=1)
IL = make_state("IL")
IL2 = IL.renewed()
IL3 = IL2.renewed()
CODE = StateCode("IL")
OFFICE = IL.contact_point


def decide(history: State | None, *candidates: State | bytes, **options: object) -> Update:
    """Decide on the newest versions of these States, at the newest one's date."""
    data = [one if isinstance(one, bytes) else one.data for one in candidates]
    last = candidates[-1]
    settings = {
        "state": CODE,
        "exercise": True,
        "now": NOW if isinstance(last, bytes) else last.entry.issued_at,
        **options,
    }
    return decide_update(history.chain if history else (), data, **settings)


def code_of(history: State | None, *candidates: State | bytes, **options: object) -> str:
    """Return the code with which an update is refused."""
    with pytest.raises(Refused) as caught:
        decide(history, *candidates, **options)
    return caught.value.code


def with_keys(*keys: SigningKey, office: Office = OFFICE) -> object:
    """Return a change of an entry: one authority's signing keys."""

    def change(entry: StateEntry) -> StateEntry:
        return evolve(
            entry,
            authorities=tuple(
                evolve(one, signing_keys=keys) if one.id == office.id else one
                for one in entry.authorities
            ),
        )

    return change


def revoked(key: SigningKey, hours: float) -> SigningKey:
    """Return a key revoked so many hours after NOW."""
    at = NOW.plus(HOUR * hours)
    return evolve(key, revoked_at=at, reason=RevocationReason.KEY_COMPROMISE)


OWN = signing_key(OFFICE.signers)


def test_the_next_version_is_accepted() -> None:
    """One version on, signed by the roots: accepted as it came."""
    update = decide(IL, IL2)
    assert update == Update(state=CODE, accepted=(IL2.signed,))
    assert update.accepted[0].data == IL2.data


def test_a_chain_is_caught_up_with() -> None:
    """Versions that were missed are accepted one after the other."""
    assert decide(IL, IL2, IL3).accepted == (IL2.signed, IL3.signed)


def test_what_is_known_is_passed_over() -> None:
    """A file with the whole history adds only what is new; the same entry again adds nothing."""
    assert decide(IL2, IL, IL2, IL3).accepted == (IL3.signed,)
    assert decide(IL2, IL2).accepted == ()


def test_older_versions_than_ours_are_not_judged() -> None:
    """Versions from before the first contact are neither checked nor kept."""
    known = evolve(IL2, chain=IL2.chain[1:])
    assert decide(known, IL, IL2, IL3).accepted == (IL3.signed,)


@pytest.mark.parametrize("name", [roots_fingerprint, entry_fingerprint])
def test_first_contact_with_a_compared_fingerprint(name: object) -> None:
    """The fingerprint of the roots or of the newest version opens the book."""
    confirmed = name(IL3.entry)
    update = decide(None, IL, IL2, IL3, confirmed=confirmed)
    assert update.accepted == IL3.chain


def test_first_contact_is_never_silent() -> None:
    """Without a fingerprint nothing is believed, and the error shows what to compare."""
    with pytest.raises(Refused) as caught:
        decide(None, IL)
    assert caught.value.code == "directory.unconfirmed"
    assert caught.value.facts["fingerprint"] == roots_fingerprint(IL.entry)


def test_first_contact_with_another_fingerprint() -> None:
    """A fingerprint that was compared and differs has a code of its own."""
    wrong = roots_fingerprint(make_state("VN").entry)
    assert code_of(None, IL, confirmed=wrong) == "directory.other-fingerprint"


def test_first_contact_asks_for_the_entrys_own_roots() -> None:
    """The roots that a fingerprint names must have signed the entry themselves."""
    unsigned = IL.with_version(IL.entry, signers=[OFFICE.signers])
    confirmed = roots_fingerprint(IL.entry)
    assert code_of(None, unsigned, confirmed=confirmed) == "directory.new-roots"


def test_first_contact_in_the_middle_of_a_history() -> None:
    """A State that has renewed its entry often is met at its newest version alone."""
    update = decide(None, IL3, confirmed=roots_fingerprint(IL3.entry))
    assert update.accepted == (IL3.signed,)
    assert decide(evolve(IL3, chain=update.accepted), IL3.renewed()).accepted


def test_first_contact_passes_over_announcements() -> None:
    """What an earlier version announced is no concern of who has not seen it."""
    stranger = signing_key(signer_pair("stranger"))
    later = IL.renewed(with_keys(OWN, stranger))
    confirmed = roots_fingerprint(later.entry)
    assert len(decide(None, IL, later, confirmed=confirmed).accepted) == 2


@pytest.mark.parametrize("count", [0, MAX_CHAIN + 1])
def test_an_update_is_bounded(count: int) -> None:
    """Nothing at all, or more than 256 versions, is no update."""
    with pytest.raises(Refused) as caught:
        decide_update(IL.chain, [IL.data] * count, state=CODE, exercise=True, now=NOW)
    assert caught.value.code == "directory.chain"


def test_the_longest_update_is_read() -> None:
    """256 versions are looked at, and these do not follow each other; more are not looked at."""
    for count, is_bounded in ((MAX_CHAIN, False), (MAX_CHAIN + 1, True)):
        with pytest.raises(Refused) as caught:
            decide_update(IL.chain, [IL.data] * count, state=CODE, exercise=True, now=NOW)
        assert ("limit" in caught.value.facts) is is_bounded
    assert MAX_CHAIN == 256


def test_versions_in_an_update_follow_each_other() -> None:
    """A hole or a disorder inside an update is refused."""
    assert code_of(IL, IL3, IL2) == "directory.chain"
    assert code_of(IL, IL, IL3) == "directory.chain"


def test_whose_entry() -> None:
    """The newest candidate says whose entry it is."""
    assert state_of([make_state("VN").data, IL2.data]) == CODE
    with pytest.raises(Refused):
        state_of([])


def test_a_version_must_follow() -> None:
    """A version that leaves one out is refused until the one between is there."""
    assert code_of(IL, IL3) == "directory.gap"


def test_date_ahead_of_our_clock() -> None:
    """Two minutes of skew are forgiven, one microsecond more is not."""
    issued = IL2.entry.issued_at
    assert decide(IL, IL2, now=issued.plus(timedelta(seconds=-120))).accepted
    ahead = issued.plus(timedelta(seconds=-120, microseconds=-1))
    assert code_of(IL, IL2, now=ahead) == "directory.not-yet"


def test_expiry_is_judged_at_the_fixed_time() -> None:
    """Good until just before it expires; at that instant no longer."""
    expires = IL2.entry.expires_at
    before = expires.plus(timedelta(microseconds=-1))
    assert decide(IL, IL2, now=before).accepted
    assert code_of(IL, IL2, now=expires) == "directory.expired"
    require_unexpired(IL2.entry, before)


def test_only_the_newest_may_not_be_expired() -> None:
    """Who was away for long catches up through versions that have expired meanwhile."""
    late = IL2.renewed(now=IL2.entry.expires_at.plus(HOUR))
    assert decide(IL, IL2, late).accepted == (IL2.signed, late.signed)


def test_versions_are_not_dated_back() -> None:
    """A newer version is not issued before an older one."""
    back = IL2.renewed(now=IL2.entry.issued_at.plus(timedelta(microseconds=-1)))
    assert code_of(IL2, back) == "directory.time-goes-back"
    assert decide(IL2, IL2.renewed(now=IL2.entry.issued_at)).accepted


def test_roots_change_with_both_signatures() -> None:
    """New roots take over when the old threshold and the new one have signed."""
    old = make_state("IL", holders=3, threshold=2)
    fresh = [signer_pair(f"fresh {n}") for n in range(2)]
    roots = Roots(threshold=2, holders=tuple(one.public for one in fresh))
    change = lambda entry: evolve(entry, roots=roots)  # noqa: E731 - one word for five tests

    both = old.renewed(change, signers=[*old.holders[:2], *fresh])
    assert decide(old, both).accepted == (both.signed,)
    too_few_old = old.renewed(change, signers=[old.holders[0], *fresh])
    assert code_of(old, too_few_old) == "directory.old-roots"
    too_few_new = old.renewed(change, signers=[*old.holders, fresh[0]])
    assert code_of(old, too_few_new) == "directory.new-roots"
    assert count_holders(roots, too_few_new.signed.envelope) == 1
    after = evolve(both, holders=tuple(fresh))
    assert decide(both, after.renewed()).accepted
    assert code_of(both, both.renewed()) == "directory.old-roots"


def test_a_known_key_may_stay_or_go() -> None:
    """A key may stay, be left out, or end earlier; none of these needs an announcement."""
    assert decide(IL, IL.renewed(with_keys(OWN))).accepted
    assert decide(IL, IL.renewed(with_keys())).accepted
    sooner = evolve(OWN, not_after=NOW.plus(HOUR))
    assert decide(IL, IL.renewed(with_keys(sooner))).accepted


def test_a_new_authority_needs_no_announcement() -> None:
    """An office that is new has announced nothing."""
    more = make_state("IL", offices=("central-authority", "contact-point", "police"))
    later = IL.renewed(lambda entry: evolve(entry, authorities=more.entry.authorities))
    assert decide(IL, later).accepted


def test_an_announced_key_comes_into_use() -> None:
    """What was announced one version before is accepted."""
    key = signing_key(OFFICE.next_signers)
    later = IL.renewed(lambda entry: rotate_key(entry, authority=OFFICE.id, key=key))
    assert decide(IL, later).accepted


def test_an_unannounced_key_passes_by_telephone() -> None:
    """A State that lost its next keys can call: the version's fingerprint lets it pass."""
    later = IL.renewed(with_keys(signing_key(signer_pair("stranger"))))
    assert code_of(IL, later) == "directory.unannounced-key"
    assert decide(IL, later, confirmed=entry_fingerprint(later.entry)).accepted
    by_roots = roots_fingerprint(later.entry)
    assert code_of(IL, later, confirmed=by_roots) == "directory.unannounced-key"


def test_an_announcement_is_of_one_authority() -> None:
    """What one office announced, another one may not show."""
    other = IL.offices["central-authority"]
    shown = with_keys(signing_key(other.next_signers))
    later = IL.renewed(lambda entry: shown(evolve(entry, authorities=_silent(entry))))
    assert code_of(IL, later) == "directory.unannounced-key"


def _silent(entry: StateEntry) -> tuple[object, ...]:
    return tuple(evolve(one, next_keys=()) for one in entry.authorities)


@pytest.mark.parametrize(
    "key",
    [
        evolve(OWN, not_after=OWN.not_after.plus(HOUR)),
        evolve(OWN, not_before=OWN.not_before.plus(-HOUR)),
        evolve(OWN, not_before=OWN.not_before.plus(HOUR)),
    ],
)
def test_a_window_never_grows(key: SigningKey) -> None:
    """Validity that was once said is not extended or moved afterwards."""
    assert code_of(IL, IL.renewed(with_keys(key))) == "directory.window-widened"


def test_a_key_does_not_change_hands() -> None:
    """A key of one office is not shown by another in a later version."""
    other = IL.offices["central-authority"]
    moved = with_keys(OWN, office=other)
    later = IL.renewed(lambda entry: moved(with_keys()(entry)))
    assert code_of(IL, later) == "directory.window-widened"


def test_a_key_that_was_left_out_does_not_return() -> None:
    """Leaving a key out ends it; it is not shown again as if nothing had been."""
    without = IL.renewed(with_keys())
    assert code_of(without, without.renewed(with_keys(OWN))) == "directory.window-widened"


def test_a_revocation_may_reach_further_back() -> None:
    """A compromise that turns out to be older is dated back; never forward, never undone."""
    first = IL.renewed(with_keys(revoked(OWN, 1)))
    assert decide(IL, first).accepted
    assert decide(first, first.renewed(with_keys(revoked(OWN, 0)))).accepted
    assert decide(first, first.renewed(with_keys(revoked(OWN, 1)))).accepted
    later = first.renewed(with_keys(revoked(OWN, 1.5)))
    assert code_of(first, later) == "directory.revocation-undone"
    undone = first.renewed(with_keys(OWN))
    assert code_of(first, undone) == "directory.revocation-undone"


def test_terms_are_the_narrowest_that_were_said() -> None:
    """Window, revocation and leaving out each end a key; the earliest end counts."""
    ids = OFFICE.signers.public.ids
    kept = find_terms(IL2.chain)[ids]
    assert kept == Terms(
        authority=OFFICE.id,
        keys=OFFICE.signers.public,
        not_before=OWN.not_before,
        begins_at=OWN.not_before,
        ends_at=OWN.not_after,
        revoked_at=None,
    )
    left_out = IL.renewed(with_keys())
    assert find_terms(left_out.chain)[ids].ends_at == NOW.plus(HOUR)
    taken_back = IL.renewed(with_keys(revoked(OWN, 0.5)))
    gone = taken_back.renewed(with_keys())
    terms = find_terms(gone.chain)[ids]
    assert (terms.ends_at, terms.revoked_at) == (NOW.plus(HOUR / 2), NOW.plus(HOUR / 2))
    assert terms.is_valid(NOW)
    assert not terms.is_valid(NOW.plus(HOUR / 2))
    assert not terms.is_valid(OWN.not_before.plus(-HOUR))
    assert terms.is_valid(OWN.not_before)


def test_a_new_key_signs_nothing_for_the_past() -> None:
    """A pair that a later version brings counts from that version on, whatever it says itself."""
    key = signing_key(OFFICE.next_signers)
    later = IL.renewed(lambda entry: rotate_key(entry, authority=OFFICE.id, key=key)).renewed()
    terms = find_terms(later.chain)[OFFICE.next_signers.public.ids]
    assert (terms.not_before, terms.begins_at) == (key.not_before, NOW.plus(HOUR))
    assert [terms.is_valid(NOW.plus(HOUR * at)) for at in (0, 0.99, 1)] == [False, False, True]
    ahead = evolve(key, not_before=NOW.plus(HOUR * 2))
    planned = IL.renewed(lambda entry: rotate_key(entry, authority=OFFICE.id, key=ahead))
    terms = find_terms(planned.chain)[OFFICE.next_signers.public.ids]
    assert terms.begins_at == NOW.plus(HOUR * 2)
    met_later = find_terms(later.chain[1:])[OFFICE.next_signers.public.ids]
    assert met_later.begins_at == key.not_before
    assert find_terms(()) == {}


def test_a_kept_history_is_checked_again() -> None:
    """What lies on the disk must still be one chain; dates and telephones are not asked about."""
    stranger = IL3.renewed(with_keys(signing_key(signer_pair("stranger"))))
    require_chain(stranger.chain)
    require_chain(IL3.chain[1:])
    with pytest.raises(Refused) as caught:
        require_chain((IL.signed, IL3.signed))
    assert caught.value.code == "directory.gap"
    with pytest.raises(Refused) as caught:
        require_chain((IL.with_version(IL.entry, signers=[OFFICE.signers]).signed,))
    assert caught.value.code == "directory.new-roots"


def test_a_fork_is_told_apart_from_a_rollback() -> None:
    """Two versions of one number are evidence against the State; an old one is only old."""
    other = IL.renewed(now=NOW.plus(HOUR * 2))
    assert code_of(IL2, other) == "directory.fork"
    assert code_of(IL2, IL) == "directory.rollback"
    assert code_of(IL2, other, other.renewed()) == "directory.fork"


def test_a_fork_shows_in_the_link_too() -> None:
    """A version that continues another history than ours is a fork, even alone."""
    other = IL.renewed(now=NOW.plus(HOUR * 2)).renewed(now=NOW.plus(HOUR * 3))
    assert code_of(IL2, other) == "directory.fork"


def test_a_confirmed_fingerprint_excuses_nothing_else() -> None:
    """What was compared by telephone still has to be signed, newer and unexpired."""
    unsigned = IL.renewed(signers=[OFFICE.signers])
    confirmed = entry_fingerprint(unsigned.entry)
    assert code_of(IL, unsigned, confirmed=confirmed) == "directory.old-roots"
    assert code_of(IL2, IL, confirmed=entry_fingerprint(IL.entry)) == "directory.rollback"
    assert code_of(IL, IL2, confirmed=Fingerprint("0" * 50), now=IL2.entry.expires_at) == (
        "directory.expired"
    )


def test_whose_entry_and_of_which_world() -> None:
    """The entry of another State, or of an exercise in a real book, is refused before all else."""
    assert code_of(IL, IL2, state=StateCode("VN")) == "directory.other-state"
    assert code_of(IL, IL2, exercise=False) == "directory.exercise"


def test_the_minimum_only_goes_up() -> None:
    """An entry may raise the minimum and never lower it again."""
    higher = Minimum(protocol=2, suite="LB1")
    raised = IL.renewed(lambda entry: evolve(entry, minimum=higher))
    assert decide(IL, raised).accepted
    lowered = raised.renewed(lambda entry: evolve(entry, minimum=IL.entry.minimum))
    assert code_of(raised, lowered) == "directory.minimum-lowered"
