"""Judging thousands of changed packages quickly: expensive pure functions answer once a bytes."""

import functools
from collections.abc import Callable, Hashable, Iterator, Mapping

import pytest

import memory_bag
import trust_world
from longbien.evidence import (
    checks_custody,
    checks_manifests,
    checks_signatures,
    verify_disclosure,
    verify_package,
)
from longbien.evidence.package import LEAF_SIZE
from longbien.evidence.report import Report
from longbien.evidence.source import Entry
from longbien.evidence.verify import verify
from longbien.primitives.ids import KeyId
from longbien.trust.certificates import Anchors

Args = tuple
Kwargs = dict

# answers a function: good packages come first, and no flip comes twice
REMEMBERED = 100


class _Bag(memory_bag.MemoryBag):
    """A bag that names its entries once for the same names; it only tells large from small."""

    def entries(self) -> Iterator[Entry]:
        """Name what is there; a size is right about having more than one block, not more."""
        sizes = tuple(len(data) > LEAF_SIZE for data in self.files.values())
        return iter((*_entries(tuple(self.files), sizes), *self.odd))


@functools.lru_cache(maxsize=256)
def _entries(paths: tuple[str, ...], large: tuple[bool, ...]) -> tuple[Entry, ...]:
    files = dict(zip(paths, (bytes((LEAF_SIZE + 1) * one) for one in large), strict=True))
    return tuple(memory_bag.MemoryBag(files).entries())


def judge(
    files: Mapping[str, bytes],
    *,
    anchors: Anchors | None = None,
    recipient: KeyId = memory_bag.RECIPIENT,
    odd: tuple[Entry, ...] = (),
    quick: bool = False,
) -> Report:
    """Verify as a relying party that trusts everything the good package needs."""
    return verify(
        _Bag(files, odd),
        anchors=trust_world.anchors() if anchors is None else anchors,
        policy=memory_bag.ledger().policy,
        now=memory_bag.NOW,
        recipient=recipient,
        quick=quick,
    )


def remember_expensive_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer each expensive pure function once for the same bytes.

    The signature checks forget that ``material`` is an argument too: a flip in ``trust/``
    is judged with the signatures' good result.  That can only hide a second finding, never
    the tag manifest's, which the test asks for.
    """

    def by(key: Callable[..., Hashable], function: Callable[..., object]) -> Callable[..., object]:
        known: dict[Hashable, object] = {}

        @functools.wraps(function)
        def remembered(*args: object, **kwargs: object) -> object:
            name = key(args, kwargs)
            if name in known:
                return known[name]
            found = function(*args, **kwargs)
            if len(known) < REMEMBERED:
                known[name] = found
            return found

        return remembered

    def everything(args: Args, kwargs: Kwargs) -> Hashable:
        return (*args, *kwargs.values())

    def but_material(args: Args, kwargs: Kwargs) -> Hashable:
        return (*args, *(value for name, value in kwargs.items() if name != "material"))

    def custody(args: Args, kwargs: Kwargs) -> Hashable:
        files = args[0]
        digests = (kwargs["description_sha256"], kwargs["manifest_sha256"])
        return (files.events, files.policy, files.witness_keys, *files.proofs.items(), *digests)

    for module, name, key in (
        (verify_package, "check_layout", lambda args, _: tuple(args[0])),
        (verify_package, "check_description", everything),
        (verify_package, "check_signer", but_material),
        (verify_package, "check_custody", custody),
        (verify_package, "parse_material", lambda args, _: tuple(args[0].items())),
        (verify_disclosure, "parse_material", lambda args, _: tuple(args[0].items())),
        (verify_disclosure, "check_signer", but_material),
        (checks_signatures, "verify_cades", but_material),
        (checks_signatures, "verify_mldsa", but_material),
        (checks_signatures, "verify_timestamp", but_material),
        (checks_signatures, "parse_certificates", everything),
        (checks_signatures, "parse_crls", everything),
        (checks_custody, "parse_events", everything),
        (checks_custody, "parse_policy", everything),
        (checks_custody, "parse_vkey", everything),
        (checks_custody, "parse_proof", everything),
        (checks_custody, "verify_proof", everything),
        (checks_manifests, "parse_tag_manifest", everything),
        (checks_manifests, "parse_payload_manifest", everything),
    ):
        monkeypatch.setattr(module, name, by(key, getattr(module, name)))
