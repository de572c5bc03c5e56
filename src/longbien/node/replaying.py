"""A decision asked again: under the forms and packs that were in force when it was taken."""

from longbien.adapters.law_files import LawFolder
from longbien.casework.decisions import DecisionRecord, Replayed, replayed
from longbien.casework.footing import FORMS
from longbien.casework.state import Case
from longbien.node.running import Node
from longbien.primitives.errors import Refused


def asked_again(node: Node, case: Case, record: DecisionRecord) -> Replayed | Refused:
    """Return what the rules of that time say, or why they cannot be asked.

    Raises Integrity ``law.damaged``; Unavailable ``ledger.disk``.
    """
    folder = LawFolder(node.settings.path_of("law"))
    edition = record.footing.edition if record.footing is not None else ()
    try:
        then = folder.law_of(edition, forms=FORMS, book=node.office.book())
    except Refused as refused:
        return refused
    return replayed(case, record, then.forms, then.packs)
