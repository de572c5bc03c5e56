"""The law that a node works with: all rule packs together, and which edition of each.

A decision is stored with ``Law.edition`` and the ids of the rules on which it rested, so that
years later it can be told under which words it was taken.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from longbien.primitives.digest import Digest
from longbien.primitives.errors import Refused
from longbien.treaty._data import names_in, read_data
from longbien.treaty.articles import Article
from longbien.treaty.definitions import Definition
from longbien.treaty.packs import Effect, LawRule, RulePack, parse_pack

FOLDER: Final = "packs"


@frozen(kw_only=True, order=True)
class PackEdition:
    """One version of one pack, exactly."""

    id: str
    version: int
    digest: Digest
    """SHA-256 of its bytes."""

    def __str__(self) -> str:
        """Return it as it is printed: ``uncc 1 (0123456789abcdef)``."""
        return f"{self.id} {self.version} ({self.digest.hex[:16]})"


@frozen(kw_only=True)
class Law:
    """Rule packs in force together.  A rule that another one replaces is not in force."""

    packs: tuple[RulePack, ...] = field(repr=False)
    """Those that come with the program first, then those of States."""

    @cached_property
    def edition(self) -> tuple[PackEdition, ...]:
        """Return which packs these are, sorted by their ids."""
        return tuple(
            sorted(
                PackEdition(id=pack.id, version=pack.version, digest=pack.digest)
                for pack in self.packs
            )
        )

    @cached_property
    def rules(self) -> tuple[LawRule, ...]:
        """Return the rules in force, in the order of the packs."""
        return tuple(rule for rule in self._all() if rule.id not in self._replacements)

    @cached_property
    def clocks(self) -> tuple[LawRule, ...]:
        """Return the rules in force that set a clock: a few, asked for with every case."""
        return self.rules_for(effect=Effect.CLOCK)

    def find_rule(self, rule_id: str) -> LawRule | None:
        """Return the rule in force under an id: the rule itself, or the one that replaces it."""
        replacement = self._replacements.get(rule_id)
        return replacement if replacement is not None else self._by_id.get(rule_id)

    def get_rule(self, rule_id: str) -> LawRule:
        """Return the rule in force under an id.  Raises Refused ``law.unknown-rule``."""
        found = self.find_rule(rule_id)
        if found is None:
            raise Refused("law.unknown-rule", "no rule pack here has a rule {rule}", rule=rule_id)
        return found

    def find_written(self, rule_id: str) -> LawRule | None:
        """Return the rule of that id as its own pack has it, replaced or not."""
        return self._by_id.get(rule_id)

    def rules_for(
        self, *, kind: str | None = None, effect: Effect | None = None, basis: str | None = None
    ) -> tuple[LawRule, ...]:
        """Return the rules in force that speak of a kind, have an effect, stand in a basis.

        A rule that names no kind is found only where no kind is asked for.  Bases are never
        mixed by themselves: whoever looks for a clock names the basis.
        """
        return tuple(
            rule
            for rule in self.rules
            if (kind is None or kind in rule.applies_to)
            and (effect is None or effect in rule.effects)
            and (basis is None or basis == rule.basis)
        )

    def rules_at(self, ref: str, *, basis: str) -> tuple[LawRule, ...]:
        """Return the rules in force at a place (``42(8)``) or below it (``42``: all of it)."""
        return tuple(
            rule
            for rule in self.rules
            if rule.basis == basis
            and (rule.ref == ref or rule.ref.startswith((f"{ref}(", f"{ref}-")))
        )

    def find_article(self, number: int, *, basis: str) -> Article | None:
        """Return an article of an instrument, where its pack lists them."""
        articles = (one for pack in self.packs if pack.basis == basis for one in pack.articles)
        return next((one for one in articles if one.number == number), None)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Return all defined terms."""
        return tuple(one for pack in self.packs for one in pack.definitions)

    @property
    def bases(self) -> tuple[str, ...]:
        """Return the instruments of which there are rules, in the order of the packs."""
        return tuple(dict.fromkeys(rule.basis for rule in self.rules))

    @classmethod
    def of_edition(cls, edition: Iterable[PackEdition], known: Iterable[RulePack]) -> "Law":
        """Return the law of exactly these editions, out of the packs that are still at hand.

        Raises Refused ``law.edition-missing``.
        """
        by_digest = {pack.digest: pack for pack in known}
        wanted = list(edition)
        for one in wanted:
            if one.digest not in by_digest:
                raise Refused("law.edition-missing", "{edition} is not kept here", edition=one)
        packs = (by_digest[one.digest] for one in wanted)
        return cls(packs=tuple(sorted(packs, key=lambda pack: pack.state is not None)))

    def find_pack(self, pack_id: str) -> RulePack | None:
        """Return a pack by its id."""
        return next((pack for pack in self.packs if pack.id == pack_id), None)

    def with_packs(self, *more: RulePack) -> "Law":
        """Return this law with the packs of States; a later version of a pack replaces it."""
        newer = {pack.id for pack in more}
        return Law(packs=(*(pack for pack in self.packs if pack.id not in newer), *more))

    @cached_property
    def _by_id(self) -> Mapping[str, LawRule]:
        return MappingProxyType({rule.id: rule for rule in self._all()})

    @cached_property
    def _replacements(self) -> Mapping[str, LawRule]:
        return MappingProxyType({rule.replaces: rule for rule in self._all() if rule.replaces})

    def _all(self) -> Iterator[LawRule]:
        return (rule for pack in self.packs for rule in pack.rules)


@cache
def load_law() -> Law:
    """Return the packs that come with the program.  Read once; the same for everybody."""
    return Law(packs=tuple(map(parse_pack, load_pack_files())))


def load_pack_files() -> tuple[bytes, ...]:
    """Return the packs that come with the program as they are."""
    return tuple(read_data(FOLDER, name) for name in names_in(FOLDER))
