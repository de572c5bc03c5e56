"""A request as a page, in a real browser: for a phone, a desk, the night and paper."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from playwright.sync_api import Browser, Page, sync_playwright

from casework_points import STOPPED
from longbien.casework.letter_page import letter_page
from longbien.casework.letters import Letter
from longbien.casework.statements import RequestMade
from longbien.casework.words import english
from longbien.evidence.report_texts import Catalogue
from longbien.exercise import two_sides as w
from longbien.primitives.instants import Instant
from outside import REPOSITORY

pytestmark = pytest.mark.slow

AXE = REPOSITORY / "tests" / "interop" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
ENGLISH = english()
# the words that a reader of Arabic sees first; all others stay English, and must stay readable
ARABIC = Catalogue(
    language="ar",
    direction="rtl",
    words={
        **ENGLISH.words,
        "kind.mla_stored_data": "طلب مساعدة: بيانات إلكترونية مخزنة",
        "letter.from": "من",
        "letter.to": "إلى",
        "letter.asked": "المطلوب",
    },
)
LONG = "One account was used from three addresses; the logs of all three are asked for. " * 12


def letter(words: Catalogue = ENGLISH) -> str:
    """Return a page with everything that a letter can have."""
    made = w.asked(w.ASK_STORED_DATA).vn.held.request
    assert isinstance(made, RequestMade)
    own = (("own_field", LONG), ("in_hebrew", "אבגד אבגד\nאבגד"), ("x" * 40, "y" * 200))
    request = evolve(
        made,
        contents=(*made.contents, *own),
        is_emergency=True,
        emergency="<b>a life</b>",
        safeguards=STOPPED,
    )
    clocks = (("reply-due", Instant.parse("2026-11-24T03:00:00Z"), "40(26) P"),)
    about = Letter(
        case=w.CASE, kind="mla_stored_data", sender=w.IL, recipient=w.VN, exercise=True,
        clocks=clocks,
    )  # fmt: skip
    return letter_page(about, request, words)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a real Chromium."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


def shown(browser: Browser, place: Path, html: str, **look: object) -> tuple[Page, list[str]]:
    """Open a page from a file; return it with the addresses that it asked for."""
    path = place / "letter.html"
    path.write_text(html, encoding="utf-8")
    page = browser.new_page(**look)  # type: ignore[arg-type]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    return page, asked


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(browser: Browser, tmp_path: Path, scheme: str) -> None:
    """Headings, contrast, language: axe has no complaint, by day and by night."""
    page, _ = shown(browser, tmp_path, letter(), color_scheme=scheme, bypass_csp=True)

    page.add_script_tag(content=AXE.read_text())
    found = page.evaluate("async () => (await axe.run()).violations.map(v => v.id + ': ' + v.help)")

    assert found == []
    page.close()


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=["en", "ar"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_letter_fits_every_screen_and_both_directions(
    browser: Browser, tmp_path: Path, words: Catalogue, viewport: dict[str, int]
) -> None:
    """Nothing hangs over the edge; an officer's text runs in the direction of its own language."""
    page, asked = shown(browser, tmp_path, letter(words), viewport=viewport)

    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    style = "e => getComputedStyle(e).direction"
    hebrew = page.locator("p.written", has_text="אבגד").evaluate(style)
    english_text = page.locator("p.written", has_text="One account").evaluate(style)

    assert over <= 0
    assert page.evaluate(f"({style})(document.body)") == words.direction
    assert (hebrew, english_text) == ("rtl", "ltr")
    assert asked == [(tmp_path / "letter.html").as_uri()]
    assert page.locator("script, img, b").count() == 0
    page.close()


def test_a_letter_prints_on_paper_of_its_own_size(browser: Browser, tmp_path: Path) -> None:
    """A4, black on white also from a dark screen, nothing wider than the paper."""
    page, _ = shown(browser, tmp_path, letter(), color_scheme="dark")

    made = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="print")
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    assert b"/MediaBox [0 0 594" in made or b"/MediaBox [0 0 595" in made
    assert paper == "rgb(255, 255, 255)"
    page.close()
