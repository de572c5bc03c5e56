"""Whatever stands in a report, its renderers neither fail nor let anything through."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

import report_samples as samples
from longbien.evidence.report_english import ENGLISH
from longbien.evidence.report_html import render_html
from longbien.evidence.report_json import encode_report
from longbien.evidence.report_text import render_text

# every character, lone surrogates among them: names come from disks
NAMES = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    [
        "</style><script>alert(1)</script>",
        "<!--",
        "]]>",
        "&#x202e;",
        '" onload="x',
        "\u2066\u202e\u200f",
        "{subject}{0}{}",
        "\x00\x1b[2J\x9b",
        "\ud800",
        "x" * 5000,
    ]
)
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def unseen(text: str) -> set[str]:
    """Return the characters that are not seen as such; line feeds are the renderer's own."""
    return {char for char in text if char != "\n" and unicodedata.category(char) in UNSEEN}


@given(name=NAMES)
def test_text_shows_every_character_as_what_it_is(name: str) -> None:
    """No control or bidirectional character reaches a terminal."""
    assert unseen(render_text(samples.report(name), catalogue=ENGLISH)) == set()


@given(name=NAMES)
def test_json_shows_every_character_as_what_it_is(name: str) -> None:
    """The document may be shown on a terminal too, and is always canonical JSON."""
    data = encode_report(samples.report(name), catalogue=ENGLISH)

    assert unseen(data.decode("utf-8")) == set()


@given(name=NAMES)
def test_a_page_has_the_same_tags_whatever_the_names(name: str) -> None:
    """No name opens or closes a tag, in either direction of writing."""
    for catalogue in (ENGLISH, samples.ARABIC):
        html = render_html(samples.report(name), catalogue=catalogue)
        plain = render_html(samples.report("name"), catalogue=catalogue)

        assert unseen(html) == set()
        tags = [tag for tag, _ in samples.Page(html).tags]
        if name:  # an empty value has no row
            assert tags == [tag for tag, _ in samples.Page(plain).tags]
