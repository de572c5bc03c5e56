"""What is checked, and what is known around it."""

from collections.abc import Callable, Mapping
from functools import cached_property

from attrs import field, frozen

from longbien.casework.completeness.remarks import Place
from longbien.casework.statements import Contents
from longbien.primitives.ids import AuthorityId, CaseId, StateCode
from longbien.primitives.instants import Instant
from longbien.treaty.contents import Form
from longbien.treaty.fields import FieldType, load_types


@frozen(kw_only=True)
class Alike:
    """Another case of this node that names the same thing."""

    case: CaseId
    kind: str
    own: AuthorityId
    peer: StateCode
    is_over: bool = False
    """It has come to its end, so that nothing can be amended in it."""


@frozen(kw_only=True)
class Indication:
    """Where an address was registered: a hint, with its source and date, and never a finding."""

    state: str
    source: str
    date: str
    """ISO 8601."""


def nowhere(_address: str) -> Indication | None:
    """Know nothing of an address."""
    return None


@frozen(kw_only=True)
class Surroundings:
    """What the request itself does not say.  Whatever is not known is not remarked upon."""

    own: AuthorityId | None = None
    peer: StateCode | None = None
    languages: tuple[str, ...] = ()
    """Those that the requested authority accepts, preferred first (BCP 47)."""

    in_force: tuple[str, ...] | None = None
    """Codes of treaties in force between both States (``Basis``); None: not looked up."""

    not_in_force: tuple[str, ...] = ()
    """Those that surely are not; of any other treaty nothing is recorded."""

    alike: tuple[Alike, ...] = ()
    is_exercise: bool = False
    """Numbers and names that were set aside for examples are as they should be."""

    locate: Callable[[str], Indication | None] = field(default=nowhere, repr=False)


NOTHING = Surroundings()


@frozen(kw_only=True, slots=False)
class Asked:
    """A request as its officer has written it, sent or not."""

    kind: str
    contents: Contents = field(repr=False)
    legal_basis: tuple[str, ...] = ()
    is_emergency: bool = False
    emergency: str = field(default="", repr=False)
    reply_by: Instant | None = None
    reply_reason: str = field(default="", repr=False)
    preservation: CaseId | None = None
    form: Form | None = None
    """What such a request contains; None for a kind that the data say nothing of."""

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Return the fields by their ids, blank ones left out."""
        return {name: text for name, text in self.contents if text.strip()}

    def place(self, name: str, line: int = 0) -> Place:
        """Return where a remark on a field belongs, with the article that asks for it."""
        known = self.form.fields if self.form is not None else ()
        for one in known:
            if one.id == name:
                return Place(field=name, ref=one.ref, confidence=one.confidence.value, line=line)
        return Place(field=name, line=line)

    def type_of(self, name: str) -> FieldType:
        """Return how a field is written; a field that no form has is plain text."""
        return load_types().find_type(self.kind, name) or FieldType.TEXT
