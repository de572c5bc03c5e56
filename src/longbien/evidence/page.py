"""One self-contained page: no script, no outside resource, in any language and direction."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape

from longbien.evidence.report_style import STYLE
from longbien.evidence.report_texts import Catalogue


def page(
    parts: Iterable[str], *, title: str, footer: Iterable[str], words: Catalogue, style: str = ""
) -> str:
    """Return a page of these parts, which are HTML already, as is the title.

    Its content security policy allows its own style sheet and nothing else.  ``style`` is added
    to the style sheet that all pages share.
    """
    sheet = STYLE + style
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    notes = "".join(f'<p class="note">{line}</p>' for line in footer)
    return "".join(
        (
            f'<!doctype html>\n<html lang="{words.language}" dir="{words.direction}">\n',
            '<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=True)}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="referrer" content="no-referrer">\n',
            f"<title>{title}</title>\n<style>{sheet}</style>\n</head>\n<body>\n<main>\n",
            *(f"{part}\n" for part in parts),
            f"</main>\n<footer>\n{notes}\n</footer>\n</body>\n</html>\n",
        )
    )
