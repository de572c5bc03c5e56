"""Reports with everything in them, an Arabic catalogue, and what a browser would see of a page."""

from html.parser import HTMLParser

from longbien.evidence._findings import failed, passed, undecided
from longbien.evidence.report import (
    Clock,
    Contents,
    ExhibitFacts,
    Fingerprint,
    Given,
    Kind,
    LimitFacts,
    PlannedStep,
    Report,
    Signer,
    Withheld,
    lay_out,
)
from longbien.evidence.report_english import ENGLISH
from longbien.evidence.report_texts import Catalogue
from longbien.primitives.instants import Instant
from longbien.primitives.verdict import Finding, Outcome

AT = Instant.parse("2026-11-01T12:00:00Z")
PLAN = (
    PlannedStep(code="step.layout", required=("package.layout", "package.profile")),
    PlannedStep(code="step.payload", required=("package.payload",)),
    PlannedStep(code="step.time", required=("time.order",)),
)

ARABIC = Catalogue(
    language="ar",
    direction="rtl",
    words={
        **ENGLISH.words,
        "verdict.PASSED": "مقبول",
        "verdict.FAILED": "مرفوض",
        "verdict.INDETERMINATE": "غير محسوم",
        "verdict.package.FAILED": "لا تعتمد على هذه الحزمة. فشل فحص واحد على الأقل.",
        "label.title.package": "التحقق من حزمة أدلة",
        "label.failed": "ما الذي فشل",
        "label.steps": "الفحوص واحدا واحدا",
        "label.facts.unproven": "من ومتى وماذا، كما تدعي الحزمة نفسها (غير مثبت)",
        "step.layout": "البنية: ملفات معروفة فقط ولا روابط",
        "step.payload": "المحتوى: حجم كل ملف وبصمته",
        "manifest.changed": "تم تغيير {subject}. البصمة المسجلة {listed}؛ البصمة الموجودة {found}.",
        "layout.alien": "لا مكان هنا للملف {subject}.",
        "outcome.PASSED": "مقبول",
        "outcome.FAILED": "مرفوض",
    },
)
"""Only what one page needs; the rest stays English, as in a translation under way."""


def signer(**changes: object) -> Signer:
    """Return a signer with one trusted clock."""
    clock = Clock(code="clock.signature", name="CN=Time", at=AT, is_trusted=True)
    settings = {
        "place": "signatures/tagmanifest-sha256.txt.p7s",
        "role": "role.sender",
        "name": "CN=Authority",
        "root": "CN=Root",
        "root_sha256": "ab" * 32,
        "clocks": (clock,),
        "outcome": Outcome.PASSED,
    }
    return Signer(**{**settings, **changes})


def contents(name: str = "name", **changes: object) -> Contents:
    """Return contents in which one text stands wherever a text from outside may stand."""
    settings = {
        "is_proven": True,
        "package_id": "LB-0b7a3f52-1d8e-4c60-9a55-3f1b2c4d5e6f",
        "request": name,
        "legal_basis": (name, "second"),
        "created_at": str(AT),
        "created_by": name,
        "exhibits": (ExhibitFacts(name=name, files=2, size=1234567),),
        "exhibit_count": 3,
        "files": 2,
        "size": 1234567,
        "recipients": (name,),
        "use_limits": (
            LimitFacts(kind="specialty", text=name, until=str(AT)),
            LimitFacts(kind="other", text=name),
        ),
        "notices": (("ingest.name-bidi", name), ("ingest.unknown", name)),
        "notice_count": 9,
        "exercise": True,
        "suite": "LB1",
        "software": name,
    }
    return Contents(**{**settings, **changes})


def findings(name: str = "name") -> list[Finding]:
    """Return one finding of every outcome, one of them twice."""
    return [
        passed("package.layout", "layout.complete", files=3),
        failed("package.layout", "layout.alien", name),
        passed("package.profile", "profile.known"),
        failed("package.payload", "manifest.changed", name, listed=name, found=name),
        failed("package.payload", "manifest.changed", name, listed=name, found=name),
        undecided("time.order", "a.code-without-words", name, fact=name),
    ]


def report(name: str = "name", **changes: object) -> Report:
    """Return a report with everything in it."""
    settings = {
        "kind": Kind.PACKAGE,
        "steps": lay_out(PLAN, findings(name)),
        "verified_at": AT,
        "software": "longbien 1",
        "signers": (signer(name=name, place=name), signer(clocks=(), root="", root_sha256="")),
        "clocks": (Clock(code="clock.witness", name=name, at=AT, is_trusted=False),),
        "contents": contents(name),
        "is_complete": False,
        "given": (Given(path=name, original_name=name, start=0, end=5, size=9),),
        "withheld": Withheld(files=4, reasons=(("withheld.privileged", 4),), is_attested=False),
        "fingerprints": (Fingerprint(role="anchor.signer", name=name, sha256="cd" * 32),),
    }
    return Report(**{**settings, **changes})


def bare(**changes: object) -> Report:
    """Return a report with nothing in it but steps."""
    steps = lay_out(PLAN[1:2], [passed("package.payload", "manifest.holds", "m", files=1)])
    settings = {"kind": Kind.PACKAGE, "steps": steps, "verified_at": AT, "software": "longbien 1"}
    return Report(**{**settings, **changes})


class Page(HTMLParser):
    """What a browser makes of a page: tags in balance, attributes, text."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last tag, which must be this one."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note the text."""
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        """Return all text."""
        return "".join(self.words)
