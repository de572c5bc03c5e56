"""Sentences about the law in a language."""

from longbien.casework.law_words import law_english
from longbien.casework.telling import Teller, bullet, data_code, paragraph
from longbien.evidence.report_texts import Catalogue
from longbien.treaty.contents import Confidence
from longbien.treaty.penalties import Penalty
from longbien.treaty.remarks import remark

ENGLISH = Teller(law_english())


def translated(**words: str) -> Teller:
    """Return a teller of a language from right to left that knows these words."""
    known = {**law_english().words, **{code.replace("_", "."): one for code, one in words.items()}}
    return Teller(Catalogue(language="ar", direction="rtl", words=known))


def test_penalties_are_told_in_words() -> None:
    """One year, some months, what is graver than any number, and what nobody knows."""
    told = [
        ENGLISH.maximum(Penalty.parse(text))
        for text in ("1 year", "12 years", "1 month", "18 months", "life", "death", "unknown")
    ]

    assert told == ["1 year", "12 years", "1 month", "18 months", "life", "death", "unknown"]
    assert translated(penalty_years="({count})").maximum(Penalty.parse("4 years")) == "(4)"


def test_a_remark_is_told_whole() -> None:
    """Its penalty, its source and where it stands are words too."""
    said = remark(
        "scope.serious", "own rule", Confidence.READ,
        cite="s. 1", state="XA", penalty="5 years", source="own",
    )  # fmt: skip
    words = {
        data_code("own rule"): "eigene Regel",
        "source.own": "selbst",
        "penalty.years": "{count} J.",
    }
    known = Catalogue(language="de", direction="ltr", words={**law_english().words, **words})

    assert ENGLISH.remark(said).endswith("a serious crime; said by the State itself. [own rule, V]")
    assert "maximum 5 J., a serious crime; selbst. [eigene Regel, V]" in Teller(known).remark(said)


def test_a_text_of_a_state_is_shown_as_it_is() -> None:
    """It has no translation; what nobody would see in it is spelled out."""
    assert ENGLISH.text("Điều 5\u202e") == "Điều 5\\u{202E}"
    assert ENGLISH.data("Điều 5") == "Điều 5"


def test_no_fact_turns_a_line_around() -> None:
    """From right to left each fact stands between isolates; a part of a sentence has none."""
    teller = translated()

    assert teller.line("side", name="IL", text="x") == "\u2068IL\u2069: \u2068x\u2069"
    assert teller.part("side", name="IL", text="x") == "IL: x"
    assert teller.name("state", "no-such-state") == "no-such-state"


def test_paragraphs_and_bullets_keep_their_margin() -> None:
    """Lines after the first stand further in."""
    text = "word " * 30

    assert [line[:6] for line in paragraph(text, 2)] == ["  word", "    wo"]
    assert [line[:6] for line in paragraph(text, 2, hang=0)] == ["  word", "  word"]
    assert [line[:6] for line in bullet(text, 2)] == ["  - wo", "    wo"]
