"""A safeguard record that nothing stops, as an object and as an officer's JSON file."""

from typing import Any, Final

from longbien.casework.safeguards import Concern
from longbien.casework.use_limits import Purpose, Recipient, Use
from longbien.casework.wire import SAFEGUARDS

RECORD: Final[dict[str, Any]] = {
    "necessity": "Exercise: no milder measure shows who held the account",
    "proportionality": "one account, six weeks, a fraud of many victims",
    "scope": "account 7 at the provider, 1 January to 12 February 2026",
    "ends_at": "2099-12-31T00:00:00Z",
    "authority": "District court, chamber 3",
    "law": "Code of criminal procedure, section 88",
    "grounds": "reasonable suspicion of fraud",
    "review": "the court has reviewed it beforehand",
    "remedy": "a complaint to the court of appeal",
    "third_parties": "correspondents of the account; their data are kept apart",
    "checks": {concern.value: {"answer": "no", "text": ""} for concern in Concern},
}
SAFE: Final = SAFEGUARDS.read(RECORD)
WHY: Final = "within the order"
FOR_COURT: Final = Use(purpose=Purpose.REQUEST, to=Recipient.COURT, name="District court")
