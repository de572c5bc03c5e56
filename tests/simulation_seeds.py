"""Seeds of the simulation that every run of the tests lives through."""

FOUND: dict[str, tuple[str, int, str]] = {
    "acknowledged early": ("light", 0, "acknowledged.early"),
    "anybody speaks in a case": ("light", 95, "hostile.effect"),
    "authorisation may be over": ("light", 8, "disclosed.no-record"),
    "chore dropped at commit": ("light", 0, "rest.unreleased"),
    "clock looked at late": ("long", 3, "clock.late"),
    "clock rings twice": ("light", 9, "clock.not-noted"),
    "date not looked at": ("light", 35, "hostile.effect"),
    "deduplication skipped": ("light", 2, "hostile.effect"),
    "exercise mixed with reality": ("light", 43, "hostile.effect"),
    "expiry ignored": ("light", 21, "hostile.effect"),
    "false witness believed": ("light", 3, "hostile.stopped"),
    "fsync dropped": ("light", 0, "act.lost"),
    "gossip not checked": ("light", 1, "rest.unwitnessed"),
    "inbox forgotten": ("light", 3, "rest.never"),
    "lane not looked at": ("light", 13, "hostile.effect"),
    "lost fencing token": ("light", 8, "receipt.twice"),
    "message dropped at commit": ("light", 0, "act.message-lost"),
    "old copy signs": ("light", 84, "backup.signed"),
    "one officer enough": ("light", 20, "disclosed.one-officer"),
    "order swapped": ("light", 1, "effect.order"),
    "outbox settled before the receipt": ("light", 0, "receipt.unfounded"),
    "proof not checked": ("light", 23, "proof.unchecked"),
    "receipt not verified": ("long", 4, "receipt.unfounded"),
    "signature not verified": ("light", 5, "hostile.effect"),
    "split view not kept": ("light", 61, "split.missed"),
    "suite downgrade accepted": ("light", 54, "hostile.effect"),
    "use limits dropped": ("long", 5, "disclosed.limits"),
}
"""A planted bug: in which profile, in which seed, and which promise it breaks there."""

ONCE_BROKEN: tuple[tuple[str, int], ...] = (
    # false alarms of the watch itself, while it was built
    ("light", 27),
    ("light", 66),
    ("light", 72),
    ("light", 147),
    ("long", 5),
)
"""Seeds in which a promise was broken, or was said to be: profile and seed."""
