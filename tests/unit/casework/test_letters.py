"""A request as a letter, in lines and as a page."""

from datetime import timedelta

from attrs import evolve

from casework_points import STOPPED
from longbien.casework.letter_page import letter_page
from longbien.casework.letters import Letter, letter_lines
from longbien.casework.statements import RequestMade
from longbien.casework.words import english
from longbien.evidence.report_texts import Catalogue
from longbien.exercise import two_sides as w
from longbien.primitives.instants import Instant

ENGLISH = english()
ARABIC = Catalogue(language="ar", direction="rtl", words=ENGLISH.words)
DUE = Instant.parse("2026-11-24T03:00:00Z")
LETTER = Letter(case=w.CASE, kind="mla_stored_data", sender=w.IL, recipient=w.VN, exercise=False)
HOSTILE = "<img src=x>\u202egpj \u200fאבגד\nline two"


def request(**changes: object) -> RequestMade:
    """Return a short request."""
    made = RequestMade(contents=(("purpose", "p"),), legal_basis=("UNCC",))
    return evolve(made, **changes)


def test_a_letter_has_everything() -> None:
    """Each field with its paragraph, the bases, the deadlines, the safeguards."""
    request = w.asked(w.ASK_STORED_DATA).vn.held.request
    assert isinstance(request, RequestMade)
    full = evolve(
        request,
        contents=(*request.contents, ("own_field", "two\nlines")),
        is_emergency=True,
        emergency="a life",
        reply_by=w.START.plus(timedelta(days=3)),
        reply_reason="a hearing",
        safeguards=STOPPED,
    )
    clocks = (("reply-due", DUE, "40(26) P"), ("own", DUE, "y"))
    lines = list(letter_lines(evolve(LETTER, exercise=True, clocks=clocks), full, ENGLISH))
    text = "\n".join(lines)

    assert lines[0].startswith("EXERCISE")
    assert "From: IL/contact-point" in lines
    assert "Legal basis: UNCC 44" in lines
    assert "Emergency: a life" in lines
    assert "(40(15)" in text
    assert "own_field\n  two\n  lines" in text
    assert "Is a minor concerned? yes" in text
    assert "own: 2026-11-24 03:00:00 UTC (y)" in lines


def test_a_plain_letter_has_no_more() -> None:
    """A kind that the data say nothing of is written as it is."""
    request = RequestMade(contents=(("purpose", "p"),), legal_basis=("UNCC",))
    lines = list(letter_lines(evolve(LETTER, kind="preservation"), request, ENGLISH))
    unknown = list(letter_lines(evolve(LETTER, kind="drill"), request, ENGLISH))

    assert lines[-2:] == ["purpose", "  p"]
    assert unknown[-2:] == ["purpose", "  p"]
    assert not any("EXERCISE" in one for one in lines)


def test_a_letter_names_the_preservation_that_it_follows() -> None:
    """Whoever answers looks there first."""
    lines = list(letter_lines(LETTER, request(preservation=w.CASE), ENGLISH))

    assert f"Follows the preservation in case: {w.CASE}" in lines


def test_what_an_officer_wrote_turns_no_line() -> None:
    """Marks that scripts need stay; what turns a line is spelled out, and each fact isolated."""
    made = request(contents=(("purpose", HOSTILE),), is_emergency=True, emergency="a\nb")

    left = list(letter_lines(LETTER, made, ENGLISH))
    right = list(letter_lines(LETTER, made, ARABIC))

    assert left[-2:] == ["  <img src=x>\\u{202E}gpj \u200fאבגד", "  line two"]
    assert "Emergency: a / b" in left
    assert "Emergency: \u2068a / b\u2069" in right


# --- as a page -----------------------------------------------------------------------------------


def test_a_page_has_what_the_lines_have() -> None:
    """Exercise, ends, deadlines, each field with its paragraph, safeguards and stop list."""
    asked = w.asked(w.ASK_STORED_DATA).vn.held.request
    assert isinstance(asked, RequestMade)
    page = letter_page(
        evolve(LETTER, exercise=True, clocks=(("reply-due", DUE, "40(26) P"),)),
        evolve(asked, safeguards=STOPPED),
        ENGLISH,
    )

    assert page.startswith('<!doctype html>\n<html lang="en" dir="ltr">')
    assert page.index("EXERCISE") < page.index("<h1>")
    assert "EMERGENCY" not in page
    for text in (
        "IL/contact-point",
        "UNCC 44",
        "2026-11-24 03:00:00 UTC (40(26) P)",
        '<bdi dir="ltr">(40(15)(',
        "Is a minor concerned?",
        "The request is the signed message in the channel",
        "@page{size:A4",
    ):
        assert text in page


def test_an_emergency_is_said_above_everything_else() -> None:
    """Before the first heading, and not by a colour alone."""
    page = letter_page(LETTER, request(is_emergency=True, emergency="a life"), ENGLISH)

    assert page.index("EMERGENCY: request to another State") < page.index("<h1>")
    assert "<bdi>a life</bdi>" in page


def test_a_page_without_safeguards_has_no_such_part() -> None:
    """Nothing is shown that was not said; a page can run from right to left."""
    page = letter_page(LETTER, request(), ARABIC)

    assert '<html lang="ar" dir="rtl">' in page
    assert "Safeguards" not in page
    assert "EXERCISE" not in page


def test_a_page_shows_markup_and_asks_for_nothing() -> None:
    """Text of an officer is text: escaped, in its own direction; no script, no address."""
    page = letter_page(LETTER, request(contents=(("purpose", HOSTILE),)), ENGLISH)

    assert '<p class="written" dir="auto">&lt;img src=x&gt;\\u{202E}gpj' in page
    assert "<img" not in page
    assert "<script" not in page
    assert "url(" not in page
    assert "default-src &#x27;none&#x27;" in page
