import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve
from playwright.sync_api import Browser, Page, Request, sync_playwright

from longbien.cli._bag_folder import BagFolder
from longbien.cli._trust_folder import read_trust
from longbien.evidence.report import Report
from longbien.evidence.report_english import ENGLISH
from longbien.evidence.report_html import render_html
from longbien.evidence.report_texts import Catalogue
from longbien.evidence.verify import verify
from longbien.primitives.instants import Instant
from outside import REPOSITORY

pytestmark = pytest.mark.slow

GOLDEN = REPOSITORY / "vectors" / "package"
AXE = REPOSITORY / "tests" / "interop" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}

# the words that a reader of Arabic sees first; all others stay English, and must stay readable
ARABIC = Catalogue(
    language="ar",
    direction="rtl",
    words={**ENGLISH.words, "verdict.PASSED": "مقبول", "verdict.FAILED": "مرفوض"},
)


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


def report_on(package: Path, *, trust: bool = True) -> Report:
    """Return the report on a package in a folder."""
    believed = read_trust(GOLDEN / "trust" if trust else None)
    return verify(
        BagFolder(package),
        anchors=believed.anchors,
        policy=believed.policy,
        now=Instant(datetime(2026, 12, 1, tzinfo=UTC)),
    )


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """Return one report of each kind: passed, failed, indeterminate, a part of a package."""
    (package,), (part,) = GOLDEN.glob("LB-*"), GOLDEN.glob("LBD-*")
    broken = tmp_path_factory.mktemp("broken") / package.name
    shutil.copytree(package, broken)
    exhibit = next(path for path in (broken / "data").rglob("*") if path.is_file())
    exhibit.write_bytes(exhibit.read_bytes() + b"!")
    return {
        "passed": report_on(package),
        "failed": report_on(broken),
        "indeterminate": report_on(package, trust=False),
        "part": report_on(part),
    }


def shown(browser: Browser, path: Path, html: str, **look: object) -> tuple[Page, list[str]]:
    """Open a page from a file; return it with the addresses that it asked for."""
    path.write_text(html, encoding="utf-8")
    page = browser.new_page(**look)  # type: ignore[arg-type]
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.goto(path.as_uri())
    return page, asked


KINDS = ("passed", "failed", "indeterminate", "part")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(
    browser: Browser, reports: dict[str, Report], tmp_path: Path, kind: str, scheme: str
) -> None:
    """Headings, tables, contrast, language: axe has no complaint, by day and by night."""
    html = render_html(reports[kind], catalogue=ENGLISH)
    page, _ = shown(browser, tmp_path / "r.html", html, color_scheme=scheme, bypass_csp=True)

    page.add_script_tag(content=AXE.read_text())
    found = page.evaluate("async () => (await axe.run()).violations.map(v => v.id + ': ' + v.help)")

    assert found == []
    page.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=["en", "ar"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_fits_every_screen_and_both_directions(
    browser: Browser,
    reports: dict[str, Report],
    tmp_path: Path,
    kind: str,
    words: Catalogue,
    viewport: dict[str, int],
) -> None:
    """Nothing hangs over the edge on a phone or a desk, left to right or right to left."""
    html = render_html(reports[kind], catalogue=words)
    page, _ = shown(browser, tmp_path / "r.html", html, viewport=viewport)

    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    direction = page.evaluate("getComputedStyle(document.body).direction")

    assert over <= 0
    assert direction == words.direction
    page.close()


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_asks_for_nothing_and_runs_nothing(
    browser: Browser, reports: dict[str, Report], tmp_path: Path, kind: str
) -> None:
    """One file is all there is: no other request, no script, its own policy forbids both."""
    page, asked = shown(browser, tmp_path / "r.html", render_html(reports[kind], catalogue=ENGLISH))

    assert asked == [(tmp_path / "r.html").as_uri()]
    assert page.locator("script").count() == 0
    page.close()


def test_a_hostile_name_is_shown_and_does_nothing(
    browser: Browser, reports: dict[str, Report], tmp_path: Path
) -> None:
    """Markup and direction marks in a name are text: visible, isolated, inert."""
    contents = reports["passed"].contents
    assert contents is not None
    hostile = evolve(contents, created_by="<img src=x onerror=document.title=1>\u202egpj.exe")
    report = evolve(reports["passed"], contents=hostile)

    page, asked = shown(browser, tmp_path / "r.html", render_html(report, catalogue=ENGLISH))

    assert len(asked) == 1
    assert page.locator("img").count() == 0
    assert "<img src=x onerror=document.title=1>" in page.inner_text("body")
    assert "\u202e" not in page.inner_text("body")
    page.close()


def test_the_verdict_is_the_first_heading(
    browser: Browser, reports: dict[str, Report], tmp_path: Path
) -> None:
    """A reader, or a screen reader, meets the verdict before anything else."""
    for kind, word in (("passed", "PASSED"), ("failed", "FAILED")):
        html = render_html(reports[kind], catalogue=ENGLISH)
        page, _ = shown(browser, tmp_path / "r.html", html)

        assert word in page.locator("h1").first.inner_text()
        page.close()
