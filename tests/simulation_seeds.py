"""Seeds of the simulation that every run of the tests lives through."""

FOUND: dict[str, tuple[str, int, str]] = {
    "acknowledged early": ("light", 0, "acknowledged.early"),
    "anybody speaks in a case": ("light", 60, "hostile.effect"),
    "authorisation may be over": ("light", 60, "disclosed.no-record"),
    "chore dropped at commit": ("light", 19, "rest.unreleased"),
    "clock looked at late": ("long", 1, "clock.late"),
    "clock rings twice": ("light", 0, "clock.not-noted"),
    "date not looked at": ("light", 16, "hostile.effect"),
    "deduplication skipped": ("light", 0, "effect.order"),
    "exercise mixed with reality": ("light", 10, "hostile.effect"),
    "expiry ignored": ("light", 9, "hostile.effect"),
    "false witness believed": ("light", 3, "hostile.stopped"),
    "fsync dropped": ("light", 0, "act.lost"),
    "gossip not checked": ("light", 1, "rest.unwitnessed"),
    "inbox forgotten": ("light", 0, "rest.never"),
    "lane not looked at": ("long", 0, "hostile.effect"),
    "lost fencing token": ("light", 10, "receipt.twice"),
    "message dropped at commit": ("light", 0, "act.message-lost"),
    "old copy signs": ("light", 114, "backup.signed"),
    "one officer enough": ("light", 5, "disclosed.one-officer"),
    "order swapped": ("light", 0, "effect.order"),
    "outbox settled before the receipt": ("light", 0, "receipt.unfounded"),
    "proof not checked": ("light", 18, "proof.unchecked"),
    "receipt not verified": ("light", 57, "receipt.unfounded"),
    "signature not verified": ("light", 32, "hostile.effect"),
    "split view not kept": ("light", 2, "split.missed"),
    "suite downgrade accepted": ("light", 10, "hostile.effect"),
    "use limits dropped": ("long", 1, "disclosed.limits"),
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
