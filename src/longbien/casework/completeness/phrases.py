"""Words in a request that tell what it is after: everybody, everything, protected people.

They are looked for in English, in French and in Spanish.  A list of words finds the clumsy and
not the cunning: it is a hint to the officer who writes, and proves nothing to anybody.
"""

# ruff: noqa: E501 - a list of words stays in one piece

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from longbien.casework.safeguards import Concern

_FLAGS: Final = re.IGNORECASE


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", _FLAGS)


EVERYBODY: Final = _any_of(
    r"(?:all|every|each)(?: \w+){0,2} (?:users?|subscribers?|customers?|accounts?|persons?|people|participants?|members?|visitors?|followers?|employees|citizens|students|pupils|patients|numbers)(?: (?:of|in|who|that|on|at))?",
    r"(?:anyone|anybody|everyone|everybody|whoever)",
    r"(?:tous|toutes) les (?:utilisateurs|abonnés|clients|comptes|personnes|membres)",
    r"todos los (?:usuarios|abonados|clientes|miembros)|todas las (?:cuentas|personas)",
)
EVERYTHING: Final = _any_of(
    r"(?:all|any)(?: and (?:all|any))?(?: \w+){0,2} (?:data|information|records|content|communications?|messages|e-?mails|traffic)",
    r"everything",
    r"entire (?:database|server|mailbox|account|network|traffic)",
    r"(?:complete|full|whole) (?:copy|database|dump|contents?)",
    r"toutes les (?:données|informations|communications)|todos los datos|toda la información",
)
DATA_CLASSES: Final = _any_of(
    r"subscribers?|registration|(?:account )?holder|owner|identity",
    r"traffic|log(?:s|ins?|-ins?)?|logon|connections?|sessions?|metadata|headers?|access",
    r"content|messages?|e-?mails?|mail ?box(?:es)?|files?|pictures?|images?|videos?|recordings?|posts?",
    r"transactions?|payments?|balances?|statements? of account|know-your-customer|kyc",
    r"location|cell|call (?:data|detail) records?|cdr|devices?|backups?",
    r"abonné|trafic|contenu|connexion|abonado|tráfico|contenido|conexión|registros?|journaux",
)
DANGER: Final = _any_of(
    r"life|lives|death|die[sd]?|kill(?:s|ed|ing)?|murder|suicide|bomb|explosi\w+|weapons?|attack|hostages?",
    r"kidnap\w*|abduct\w*|missing|child(?:ren)?|minor|injur\w+|harm|wound\w*|rape|abuse[ds]?|violence|safety|danger\w*|threat\w*",
    r"vie|mort|enlèvement|otages?|vida|muerte|secuestr\w+|rehenes?|peligro|danger",
)
BOILERPLATE: Final = re.compile(
    r"(?:it is |is )?(?:necessary|needed|required|useful|important|urgent)(?: for (?:the|an|our) (?:investigation|case|proceedings?|inquiry))?"
    r"|(?:for|in) (?:the|an|our) (?:investigation|case|proceedings?)(?: purposes?)?"
    r"|as (?:above|the case has it|provided by law|required by law)|see (?:above|attached|annex)"
    r"|(?:investigation|evidence|yes|n/?a|none|tbd|to be (?:added|completed)|same|idem|ditto|unknown|x+|-+|\.+)",
    _FLAGS,
)

CONCERNS: Final[Mapping[Concern, re.Pattern[str]]] = MappingProxyType(
    {
        Concern.DEATH_PENALTY: _any_of(r"death penalty|capital punishment|executed|peine de mort|pena de muerte"),
        Concern.DISCRIMINATION: _any_of(
            r"(?:ethnic|religious|racial|national|linguistic|sexual) (?:minority|minorities|origin|group|orientation)",
            r"homosexual\w*|lgbt\w*|converts?|heretics?|tribe|caste",
        ),
        Concern.FREEDOMS: _any_of(
            r"blasphem\w*|insult\w* (?:the|to the) (?:state|president|king|government|religion|nation|leader)",
            r"protest(?:s|ers?|ors?)?|demonstrat(?:ion|ions|ors?)|assembly|petition|trade unions?|criticis\w+|false news|fake news|mosque|church|temple|congregation|worship\w*",
        ),
        Concern.JOURNALIST: _any_of(r"journalists?|reporters?|editors?|newsroom|newspaper|press|bloggers?|whistle-?blowers?|periodistas?|journalistes?"),
        Concern.LAWYER: _any_of(r"lawyers?|attorneys?|barristers?|solicitors?|defence counsel|legal privilege|advocates?|doctors?|patients?|clergy|priests?|avocats?|abogad[oa]s?"),
        Concern.MINOR: _any_of(r"minors?|child(?:ren)?|aged (?:[1-9]|1[0-7])|(?:[1-9]|1[0-7])[- ]years?[- ]old|pupils?|school"),
        Concern.POLITICAL_OFFENCE: _any_of(
            r"opposition|dissidents?|activists?|political(?:ly)?|seditio\w+|subversi\w+|separatis\w+|treason|propaganda|election campaign|human rights defenders?|party members?|against the (?:state|government|regime)",
        ),
        Concern.REFUGEE: _any_of(r"refugees?|asylum|exiles?|exiled|diaspora|réfugiés?|refugiad[oa]s?"),
    }
)  # fmt: skip
"""Words that touch a question of the stop list."""


def concerns_in(texts: tuple[str, ...]) -> tuple[Concern, ...]:
    """Return the questions of the stop list that words of a request touch."""
    return tuple(
        concern
        for concern, pattern in CONCERNS.items()
        if any(pattern.search(text) for text in texts)
    )
