"""Text, JSON and page of the same report."""

import base64
import hashlib
import json

import pytest
from attrs import evolve

import report_samples as samples
from longbien.evidence.report import Kind, Mode, Withheld
from longbien.evidence.report_english import ENGLISH
from longbien.evidence.report_html import render_html
from longbien.evidence.report_json import encode_report, report_json
from longbien.evidence.report_style import STYLE
from longbien.evidence.report_text import (
    fingerprint_text,
    name_text,
    render_text,
    time_text,
    trust_lines,
)
from longbien.primitives.canonical import parse_canonical
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Outcome


def lines(*, details: bool = True, **changes: object) -> list[str]:
    """Return the lines of a report as text."""
    text = render_text(samples.report(**changes), catalogue=ENGLISH, details=details)
    return text.splitlines()


# --- text --------------------------------------------------------------------------------------


def test_the_text_begins_with_exercise_verdict_and_what_failed() -> None:
    """At three in the morning the first lines are enough."""
    found = lines()

    assert found[:8] == [
        "EXERCISE: training material, not evidence.",
        "FAILED",
        "Do not rely on this package. At least one check failed.",
        "",
        "What failed:",
        "  1.  name has no place here. Somebody added it, or it was renamed. [layout.alien]",
        "  2.  name was changed. Listed SHA-256 name; found name. [manifest.changed]",
        "",
    ]
    assert found[8] == "What could not be decided:"


def test_the_same_reason_is_told_once_above_and_every_time_below() -> None:
    """The summary is short; the list of checks is complete."""
    found = "\n".join(lines())

    assert found.count("[manifest.changed]") == 3


def test_without_details_a_step_is_one_line_and_nothing_bad_is_left_out() -> None:
    """A tired reader gets every reason above and twelve lines below; nothing else is lost."""
    short, long = lines(details=False), lines()

    assert "\n".join(short).count("[manifest.changed]") == 1
    assert [line for line in short if line not in long] == []
    assert all(line.startswith(" " * 11) for line in long if line not in short)
    assert len(short) < len(long)


@pytest.mark.parametrize("outcome", ["PASSED", "INDETERMINATE", "FAILED"])
def test_the_last_line_is_the_verdict(outcome: str) -> None:
    """What is still on the screen when the reader looks up."""
    finding = evolve(samples.findings()[0], outcome=Outcome[outcome])
    step = evolve(samples.report().steps[0], findings=(finding,))

    assert lines(steps=(step,))[-2:] == ["", f"Verdict: {outcome}"]


def test_a_quick_verification_is_headed_as_one() -> None:
    """First line, last line, page and document; a full one says nothing of it in words."""
    quick, full = samples.report(mode=Mode.QUICK), samples.report()
    text, page = lines(mode=Mode.QUICK), render_html(quick, catalogue=ENGLISH)

    assert "FAILED (quick verification)" in text
    assert text[-1] == "Verdict: FAILED (quick verification)"
    assert "was not computed again. The full verification does that." in " ".join(text)
    assert "FAILED (quick verification)</h1>" in page
    assert page.count("The full verification does that.") == 1
    assert report_json(quick, catalogue=ENGLISH)["mode"] == "quick"
    assert report_json(full, catalogue=ENGLISH)["mode"] == "full"
    assert "quick" not in "\n".join(lines()).lower()
    assert "quick" not in render_html(full, catalogue=ENGLISH).lower()


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("CN=Authority,OU=EXERCISE,O=State XA,C=XA", "Authority (State XA, XA)"),
        ("CN=Authority,C=XA", "Authority (XA)"),
        ("CN=A\\,B,O=State", "A\\,B (State)"),
        ("CN=Authority", "CN=Authority"),
        ("O=State,C=XA", "O=State,C=XA"),
        ("", ""),
        ("no name at all", "no name at all"),
    ],
)
def test_a_distinguished_name_is_said_as_people_say_it(subject: str, said: str) -> None:
    """Common name, then organisation and country; what has another form stays as it is."""
    assert name_text(subject) == said


def test_a_step_with_several_checks_says_which_one() -> None:
    """A step with one check does not repeat itself."""
    found = "\n".join(lines())

    assert "[XX] files and folders: name has no place here." in found
    assert "[XX] name was changed." in found


def test_every_part_of_the_text_has_its_place() -> None:
    """Who, when, what, limits, recipients, notices, given, withheld, fingerprints."""
    found = " ".join("\n".join(lines()).split())

    for part in (
        "Who, when, what:",
        "Signed at the latest 2026-11-01 12:00:00 UTC",
        "Signed at the latest not proven by any clock that you trust",
        "partial: not every file of the package is here",
        "- 2026-11-01 12:00:00 UTC name",
        "- Only for the investigation or proceedings named in the request (article 40(19)): name",
        "(until 2026-11-01T12:00:00Z)",
        "- Other condition: name",
        "- and 2 more",
        "- and 7 more",
        "- ingest.unknown name=name",
        "- name: 0 - 5 / 9",
        "privileged: lawyer and client, or a similar duty: 4",
        "The reasons are not attested: nobody signed them.",
        "cdcd cdcd cdcd cdcd",
        "Verified at 2026-11-01T12:00:00Z by the clock of this computer, with longbien 1.",
    ):
        assert part in found


def test_the_text_of_a_bare_report_leaves_out_what_there_is_not() -> None:
    """Nothing is invented for what could not be read."""
    found = render_text(samples.bare(), catalogue=ENGLISH)

    assert found.startswith("PASSED\n")
    assert "could not be told" in found
    assert "Compare these" not in found
    assert "withheld" not in found


def test_unproven_facts_are_called_claims() -> None:
    """A forged package cannot speak as if it were proven."""
    found = "\n".join(lines(contents=samples.contents(is_proven=False, legal_basis=())))

    assert "Who, when, what, as the package itself claims (not proven):" in found


@pytest.mark.parametrize(("complete", "words"), [(True, "complete: every"), (None, "could not")])
def test_complete_is_told_in_words(*, complete: bool | None, words: str) -> None:
    """Yes, no, and not known are three different things."""
    assert words in "\n".join(lines(is_complete=complete))
    assert words in render_html(samples.report(is_complete=complete), catalogue=ENGLISH)


def test_attested_reasons_say_so() -> None:
    """Text and page agree; a disclosure without reasons says nothing of them."""
    signed = Withheld(files=4, reasons=(("withheld.privileged", 4),), is_attested=True)
    none = Withheld(files=0)

    for render in (render_text, render_html):
        assert "The reasons are signed by the discloser." in render(
            samples.report(withheld=signed), catalogue=ENGLISH
        )
        assert "reasons are" not in render(
            samples.report(withheld=none, steps=()), catalogue=ENGLISH
        ).replace("reasons are nobody", "")


def test_digits_and_times_are_written_for_people() -> None:
    """Groups of four to read out; a time without letters in it."""
    assert fingerprint_text("0123456789") == "0123 4567 89"
    assert time_text(Instant.parse("2026-11-21T09:30:00Z")) == "2026-11-21 09:30:00 UTC"


# --- JSON --------------------------------------------------------------------------------------


def test_the_document_is_canonical_and_complete() -> None:
    """Machines find outcome, steps, findings with text, facts, and everything else."""
    data = encode_report(samples.report(), catalogue=ENGLISH)

    value = parse_canonical(data)
    assert isinstance(value, dict)
    assert value["format"] == "LB-Report 1"
    assert value["outcome"] == "FAILED"
    assert value["complete"] is False
    assert json.loads(data)["steps"][0]["findings"][1] == {
        "check": "package.layout",
        "outcome": "FAILED",
        "reason": "layout.alien",
        "subject": "name",
        "facts": {},
        "text": "name has no place here. Somebody added it, or it was renamed.",
    }
    assert json.loads(data)["signers"][0]["latest_at"] == "2026-11-01T12:00:00Z"
    assert json.loads(data)["signers"][1]["latest_at"] is None


def test_a_bare_document_has_null_where_nothing_is_known() -> None:
    """Absence is null, not missing."""
    value = report_json(samples.bare(), catalogue=ENGLISH)

    assert (value["contents"], value["withheld"], value["complete"]) == (None, None, None)


def test_numbers_that_json_cannot_carry_become_text() -> None:
    """A forged description may claim sizes whose sum is beyond 2**53."""
    huge = samples.contents(size=2**53)
    most = samples.contents(size=2**53 - 1)

    assert report_json(samples.report(contents=huge), catalogue=ENGLISH)["contents"]["size"] == str(
        2**53
    )
    assert (
        report_json(samples.report(contents=most), catalogue=ENGLISH)["contents"]["size"]
        == 2**53 - 1
    )


# --- page --------------------------------------------------------------------------------------


def test_the_page_loads_and_runs_nothing() -> None:
    """The policy allows its own style sheet, by digest, and nothing else; there is no script."""
    html = render_html(samples.report(), catalogue=ENGLISH)
    page = samples.Page(html)

    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "footer"),
        *("h1", "h2", "h3", "p", "b", "br", "span", "a", "ol", "ul", "li", "dl", "dt", "dd"),
        *("div", "table", "caption", "thead", "tbody", "tr", "th", "td", "bdi", "code"),
    }
    attributes = {name for _, found in page.tags for name in found}
    assert not {name for name in attributes if name.startswith("on") or name == "src"}
    assert {a["href"] for t, a in page.tags if "href" in a} == {"#step-1", "#step-2", "#step-3"}
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_the_page_says_the_verdict_first_and_not_by_colour_alone() -> None:
    """Sign, word and sentence; each step has its mark and its word."""
    page = samples.Page(render_html(samples.report(), catalogue=ENGLISH))

    assert page.text.index("✕FAILED") < page.text.index("What failed")
    assert page.text.index("What failed") < page.text.index("Who, when, what")
    assert "Layout: only known files, no links, a known profile: failed" in page.text


def test_the_page_has_headings_captions_and_column_headers() -> None:
    """A screen reader finds its way."""
    page = samples.Page(render_html(samples.report(), catalogue=ENGLISH))
    tags = [tag for tag, _ in page.tags]

    assert tags.count("h1") == 1
    assert tags.count("h2") == 9
    assert tags.count("h3") == 3
    assert all(found["scope"] == "col" for tag, found in page.tags if tag == "th")
    assert dict(page.tags)["html"] == {"lang": "en", "dir": "ltr"}


def test_names_are_escaped_isolated_and_visible() -> None:
    """A name can neither open a tag nor turn the line around."""
    html = render_html(samples.report('<script>"\u202e&'), catalogue=ENGLISH)

    assert "<script" not in html
    assert "\u202e" not in html
    assert "<bdi>&lt;script&gt;&quot;\\u{202E}&amp;</bdi>" in html


def test_an_arabic_page_turns_right_to_left_while_codes_do_not() -> None:
    """Direction comes from the catalogue; fingerprints and codes keep theirs."""
    html = render_html(samples.report(), catalogue=samples.ARABIC)
    page = samples.Page(html)

    assert '<html lang="ar" dir="rtl">' in html
    assert "مرفوض" in page.text
    assert "تم تغيير name." in page.text
    assert {a["dir"] for t, a in page.tags if "dir" in a and t != "html"} == {"ltr"}


@pytest.mark.parametrize("word", ["left", "right"])
def test_the_style_sheet_knows_no_left_and_right(word: str) -> None:
    """Logical properties only, so that every direction looks right."""
    assert word not in STYLE.replace("text-align:start", "")


def test_the_page_of_a_bare_report_is_whole() -> None:
    """Nothing is invented, nothing is left open."""
    page = samples.Page(render_html(samples.bare(), catalogue=ENGLISH))

    assert page.open == []
    assert "PASSED" in page.text
    assert "EXERCISE" not in page.text


def test_a_page_without_exhibits_limits_recipients_or_notices_has_no_empty_tables() -> None:
    """Empty headings would look like a loss."""
    empty = samples.contents(
        exhibits=(), exhibit_count=0, recipients=(), use_limits=(), notices=(), notice_count=0
    )
    html = render_html(samples.report(contents=empty, clocks=()), catalogue=ENGLISH)

    text = render_text(samples.report(contents=empty, clocks=()), catalogue=ENGLISH)
    assert "Addressed to" not in html + text
    assert "Odd things" not in html + text
    assert "may be used" not in html + text
    assert "Exhibits" not in html


def test_what_is_withheld_may_be_unknown() -> None:
    """Without bag-info the number is not known; what is given is shown all the same."""
    html = render_html(samples.report(withheld=None), catalogue=ENGLISH)

    assert "What is given" in html
    assert "Files withheld" not in html


def test_lists_that_are_cut_say_how_much_is_left_out() -> None:
    """Counts are always whole."""
    html = render_html(samples.report(), catalogue=ENGLISH)
    whole = samples.contents(exhibit_count=1, notice_count=2)

    assert "and <bdi>2</bdi> more" in html
    assert "and <bdi>7</bdi> more" in html
    for render in (render_text, render_html):
        assert " more<" not in render(samples.report(contents=whole), catalogue=ENGLISH)


def test_a_disclosure_has_its_own_title() -> None:
    """Partial is said in the first line."""
    html = render_html(samples.report(kind=Kind.DISCLOSURE), catalogue=ENGLISH)

    assert "Verification of a partial disclosure" in html
    assert "Do not rely on this disclosure." in html


def test_after_the_telephone_call_the_next_step_is_told() -> None:
    """Where each root goes, and the command that then gives a verdict, as the last line."""
    told = list(trust_lines("LB-1", ENGLISH))

    assert [line.split()[0] for line in told if "DIR/" in line] == [
        "DIR/roots/",
        "DIR/tsa-roots/",
        "DIR/policy.txt",
    ]
    assert told[-1] == "  longbien verify --trust DIR LB-1"
