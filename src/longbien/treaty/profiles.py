"""The profile of a State: one file, in which a State says what others must know of it.

Parties to instruments, reservations and declarations, authorities, languages, channels, its own
limits, and its own provisions on articles 7 to 17.  JSON; the form is ``docs/law-compare.md``.
A profile that was made up carries ``"example": true`` and is shown as an example everywhere.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen

from longbien.primitives.canonical import Json, parse_json
from longbien.primitives.errors import Malformed
from longbien.primitives.ids import AuthorityId, StateCode
from longbien.treaty import _fields as f
from longbien.treaty.contents import Confidence
from longbien.treaty.fields import read_language
from longbien.treaty.offences import (
    Cell,
    ElementRecord,
    Holding,
    Provision,
    SourceStatus,
    load_offences,
)
from longbien.treaty.penalties import Penalty

FORMAT: Final = "longbien:treaty.state-profile/1"
MAX_PROFILE: Final = 512 * 1024  # bytes
MAX_LIST: Final = 200
MAX_TEXT: Final = 1000  # characters
_DEPTH: Final = 8
_MAX_DAYS: Final = 36_500
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00", re.ASCII)


class Ratified(StrEnum):
    """What was seen of an instrument of ratification, acceptance, approval or accession."""

    NOT_SEEN = "not-seen"
    REPORTED = "reported"
    """Somebody says so; the depositary's entry was not seen."""

    DEPOSITED = "deposited"


@frozen(kw_only=True)
class PartyStatus:
    """How a State stands to one instrument."""

    basis: str
    """The instrument: ``UNCC``, ``BUDAPEST``, ``BILATERAL``..."""

    other: StateCode | None = None
    """The other party of a bilateral treaty."""

    title: str = ""
    """The name of a bilateral treaty."""

    is_signed: bool = False
    signed_by: date | None = None
    """The day of signature, or the last day on which it can have been."""

    ratified: Ratified = Ratified.NOT_SEEN
    deposited_on: date | None = None
    in_force_from: date | None = None
    """From when it binds this State; None: not recorded."""

    ended_on: date | None = None
    """From when a denunciation has effect: article 67."""

    is_on_assistance: bool = False
    """It is a treaty on mutual legal assistance in the sense of article 40(7)."""

    source: str
    confidence: Confidence
    note: str = ""


class DeclarationCode(StrEnum):
    """What can be declared besides the narrowing elements of articles 7 to 16."""

    DEVICES = "11.reservation"
    """Article 11(3)."""

    TRAFFIC_OFFENCES = "23.traffic-offences"
    """Article 23(3): real-time collection for listed offences only."""

    CLOSED_SYSTEMS = "23.closed-systems"
    """Article 23(3): closed systems of providers that are not public are left out."""

    NEEDS_TREATY = "37.needs-treaty"
    """Article 37(6): no extradition without a treaty."""

    DIPLOMATIC_CHANNEL = "40.diplomatic-channel"
    """Article 40(12): requests come by the diplomatic channel."""

    PRESERVATION = "42.dual-criminality"
    """Article 42(5)."""


@frozen(kw_only=True)
class Declared:
    """One reservation or declaration."""

    code: str
    """A ``DeclarationCode``, or article and option of an offence: ``7.security-breach``."""

    ref: str
    text: str
    values: tuple[str, ...] = ()
    source: str
    confidence: Confidence


@frozen(kw_only=True)
class OpenHours:
    """When an office is staffed, in its own time zone."""

    days: tuple[int, ...]
    """ISO 8601 weekdays, Monday 1 to Sunday 7."""

    opens: str
    closes: str
    """``HH:MM``; ``24:00`` is the end of the day."""


@frozen(kw_only=True)
class StaffedOffice:
    """An authority of the State: its role under the Convention, and when it is there."""

    id: AuthorityId
    name: str
    roles: tuple[str, ...]
    """``contact-point`` (41), ``central-authority`` (40(12)), ``extradition`` (37(19))."""

    time_zone: str
    """IANA name."""

    always_open: bool
    hours: tuple[OpenHours, ...] = ()


@frozen(kw_only=True)
class Channels:
    """How requests may come."""

    electronic: bool
    """Article 40(13)."""

    diplomatic_only: bool
    """Article 40(12)."""

    interpol_if_urgent: bool
    """Articles 40(12) and 37(10)."""

    oral_if_urgent: bool
    """Article 40(14)."""


class LimitCode(StrEnum):
    """What domestic law limits."""

    PRESERVATION_ORDER = "preservation-order"
    """The longest preservation order: article 25(2)."""

    PRESERVATION_RENEWAL = "preservation-renewal"
    """By how much it can be renewed; absent: it cannot, or nobody said."""

    CUSTODIAN_SECRECY = "custodian-secrecy"
    """How long a custodian keeps it secret: article 25(3)."""

    TRAFFIC_RETENTION = "traffic-retention"
    """How long providers keep traffic data."""

    SUBSCRIBER_RETENTION = "subscriber-retention"
    RECEIVED_RETENTION = "received-retention"
    """How long evidence that was received may be kept."""


@frozen(kw_only=True)
class Limit:
    """A limit of domestic law, in days."""

    code: LimitCode
    days: int
    law: str
    """The provision that sets it."""

    source: str
    confidence: Confidence


@frozen(kw_only=True)
class StateProfile:
    """What one State says of itself."""

    state: StateCode
    name: str
    version: int
    example: bool
    as_of: date
    note: str
    parties: tuple[PartyStatus, ...]
    declarations: tuple[Declared, ...]
    offices: tuple[StaffedOffice, ...]
    languages: tuple[str, ...]
    """In which a request may be written, preferred first (BCP 47); article 40(14)."""

    channels: Channels
    limits: tuple[Limit, ...]
    offences: Mapping[int, Cell]
    """Its own provisions, by article; they go before the concordance."""

    def find_cell(self, article: int) -> Cell | None:
        """Return its own word on one offence."""
        return self.offences.get(article)

    def find_days(self, code: LimitCode) -> int | None:
        """Return a limit of its law in days; None: not recorded."""
        return next((one.days for one in self.limits if one.code is code), None)

    def find_declared(self, code: str) -> Declared | None:
        """Return one reservation or declaration."""
        return next((one for one in self.declarations if one.code == code), None)


# --- reading -----------------------------------------------------------------------------------

_PROFILE: Final = frozenset(
    {
        "as_of", "channels", "declarations", "example", "format", "languages", "limits", "name",
        "note", "offences", "offices", "parties", "state", "version",
    }
)  # fmt: skip
_SAID: Final = frozenset({"confidence", "source"})
_PARTY: Final = frozenset({"basis"}) | _SAID
_PARTY_MORE: Final = frozenset(
    {
        "deposited_on", "ended_on", "in_force_from", "note", "on_assistance", "other", "ratified",
        "signed_by", "title",
    }
)  # fmt: skip
_CODES: Final = frozenset(DeclarationCode)


def parse_profile(data: bytes) -> StateProfile:
    """Read a profile.

    Raises Malformed ``json.*``, ``state-profile.*``, ``law.form``, and what its values raise.
    """
    value = parse_json(data, max_size=MAX_PROFILE, max_depth=_DEPTH)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise Malformed("state-profile.format", "this is not a State's profile of format 1")
    found = f.read_object(value, _PROFILE, field="profile")
    state = StateCode.parse(_text(found["state"], "state"))
    return StateProfile(
        state=state,
        name=_text(found["name"], "name"),
        version=f.read_number(found["version"], field="version", least=1),
        example=f.read_boolean(found["example"], field="example"),
        as_of=f.read_day(found["as_of"], field="as_of"),
        note=_words(found["note"], "note"),
        parties=f.read_list(found["parties"], _party, field="parties", most=MAX_LIST),
        declarations=f.read_list(
            found["declarations"], _declared, field="declarations", most=MAX_LIST
        ),
        offices=f.read_list(
            found["offices"], lambda one: _office(one, state), field="offices", most=MAX_LIST
        ),
        languages=f.read_list(found["languages"], _language, field="languages", most=MAX_LIST),
        channels=_channels(found["channels"]),
        limits=f.read_list(found["limits"], _limit, field="limits", most=len(LimitCode)),
        offences=_offences(found["offences"], state),
    )


def _text(value: Json, name: str) -> str:
    return f.read_text(value, field=name, most=MAX_TEXT)


def _words(value: Json, name: str) -> str:
    return f.read_text(value, field=name, most=MAX_TEXT, least=0)


def _said(found: Mapping[str, Json]) -> tuple[str, Confidence]:
    source = _text(found["source"], "source")
    return source, f.read_word(found["confidence"], Confidence, field="confidence")


def _day(found: Mapping[str, Json], name: str) -> date | None:
    return f.read_optional(found.get(name), lambda value: f.read_day(value, field=name))


def _party(value: Json) -> PartyStatus:
    found = f.read_object(value, _PARTY, optional=_PARTY_MORE, field="party")
    source, confidence = _said(found)
    signed = _day(found, "signed_by")
    other = f.read_optional(found.get("other"), lambda one: _text(one, "other"))
    ratified = found.get("ratified", Ratified.NOT_SEEN.value)
    return PartyStatus(
        basis=_text(found["basis"], "basis"),
        other=None if other is None else StateCode.parse(other),
        title=_words(found.get("title", ""), "title"),
        is_signed=signed is not None,
        signed_by=signed,
        ratified=f.read_word(ratified, Ratified, field="ratified"),
        deposited_on=_day(found, "deposited_on"),
        in_force_from=_day(found, "in_force_from"),
        ended_on=_day(found, "ended_on"),
        is_on_assistance=f.read_boolean(found.get("on_assistance", False), field="on_assistance"),
        source=source,
        confidence=confidence,
        note=_words(found.get("note", ""), "note"),
    )


def _declared(value: Json) -> Declared:
    found = f.read_object(
        value,
        frozenset({"code", "ref", "text"}) | _SAID,
        optional=frozenset({"values"}),
        field="declaration",
    )
    code = _text(found["code"], "code")
    if code not in _CODES and code not in _options():
        raise Malformed(
            "state-profile.declaration",
            "there is nothing to declare of that code: {code}",
            code=code,
        )
    source, confidence = _said(found)
    return Declared(
        code=code,
        ref=_text(found["ref"], "ref"),
        text=_text(found["text"], "text"),
        values=f.read_list(
            found.get("values", []), lambda one: _text(one, "values"), field="values", most=MAX_LIST
        ),
        source=source,
        confidence=confidence,
    )


def _options() -> frozenset[str]:
    """Return the codes of the elements that a State may ask for, with their articles."""
    return frozenset(
        f"{one.article}.{option.id}" for one in load_offences().values() for option in one.options
    )


def _office(value: Json, state: StateCode) -> StaffedOffice:
    names = frozenset({"always_open", "hours", "id", "name", "roles", "time_zone"})
    found = f.read_object(value, names, field="office")
    authority = AuthorityId.parse(_text(found["id"], "id"))
    if authority.state != state:
        raise f.bad("office")
    return StaffedOffice(
        id=authority,
        name=_text(found["name"], "name"),
        roles=f.read_list(found["roles"], lambda one: _text(one, "roles"), field="roles", most=20),
        time_zone=_text(found["time_zone"], "time_zone"),
        always_open=f.read_boolean(found["always_open"], field="always_open"),
        hours=f.read_list(found["hours"], _hours, field="hours", most=20),
    )


def _hours(value: Json) -> OpenHours:
    found = f.read_object(value, frozenset({"closes", "days", "opens"}), field="hours")
    return OpenHours(
        days=f.read_list(
            found["days"],
            lambda one: f.read_number(one, field="days", least=1, most=7),
            field="days",
            most=7,
        ),
        opens=f.read_code(found["opens"], _TIME, field="opens"),
        closes=f.read_code(found["closes"], _TIME, field="closes"),
    )


def _language(value: Json) -> str:
    return read_language(_text(value, "languages"))


def _channels(value: Json) -> Channels:
    names = ("electronic", "diplomatic_only", "interpol_if_urgent", "oral_if_urgent")
    found = f.read_object(value, frozenset(names), field="channels")
    return Channels(**{name: f.read_boolean(found[name], field=name) for name in names})


def _limit(value: Json) -> Limit:
    found = f.read_object(value, frozenset({"code", "days", "law"}) | _SAID, field="limit")
    source, confidence = _said(found)
    return Limit(
        code=f.read_word(found["code"], LimitCode, field="code"),
        days=f.read_number(found["days"], field="days", least=1, most=_MAX_DAYS),
        law=_text(found["law"], "law"),
        source=source,
        confidence=confidence,
    )


# --- its own provisions --------------------------------------------------------------------------


def _offences(value: Json, state: StateCode) -> Mapping[int, Cell]:
    known = load_offences()
    if not isinstance(value, dict) or not {str(number) for number in known} >= value.keys():
        raise f.bad("offences")
    return MappingProxyType(
        {int(number): _cell(state.text, int(number), value[number]) for number in sorted(value)}
    )


def _cell(state: str, article: int, value: Json) -> Cell:
    found = f.read_object(value, frozenset({"elements", "provisions"}), field="offences")
    return Cell(
        state=state,
        article=article,
        provisions=f.read_list(found["provisions"], _provision, field="provisions", most=MAX_LIST),
        records=f.read_list(
            found["elements"], lambda one: _record(one, article), field="elements", most=MAX_LIST
        ),
    )


def _provision(value: Json) -> Provision:
    found = f.read_object(value, frozenset({"cite", "maximum", "note"}), field="provision")
    return Provision(
        cite=_text(found["cite"], "cite"),
        maximum=Penalty.parse(_text(found["maximum"], "maximum")),
        status=SourceStatus.OWN,
        source="the State's own profile",
        note=_words(found["note"], "note"),
    )


def _record(value: Json, article: int) -> ElementRecord:
    found = f.read_object(value, frozenset({"cite", "element", "holds", "text"}), field="element")
    element = _text(found["element"], "element")
    if load_offences()[article].find_element(element) is None:
        raise f.bad("element")
    return ElementRecord(
        element=element,
        holds=f.read_word(found["holds"], Holding, field="holds"),
        text=_text(found["text"], "text"),
        cite=_words(found["cite"], "cite"),
    )
