"""Runs a hostile act and looks at everything that was promised about it."""

from collections.abc import Iterable, Iterator

from attrs import frozen

from hostile.registry import ACTS, Act, Bound, Kept
from hostile.stage import Identities, Stage
from longbien.desk.records import alarms_of


@frozen(kw_only=True)
class Trial:
    """What came of an act."""

    act: Act
    code: str
    used: Bound
    faults: tuple[str, ...]
    """What was promised and did not hold, in words; none is good."""


def run(act: Act, identities: Identities) -> Trial:
    """Let honest people work before and after a hostile act, and compare."""
    stage = Stage(identities, limits=act.limits)
    try:
        return _run(act, stage)
    finally:
        stage.close()


def _run(act: Act, stage: Stage) -> Trial:
    faults = [f"an honest request before it was refused: {code}" for code in _honest(stage)]
    code = act.do(stage)
    used = stage.used
    if code != act.code:
        faults.append(f"refused with {code!r}, not with {act.code!r}")
    faults += [f"a case of an honest State has changed: {case}" for case in stage.changed]
    faults += [f"an honest request after it was refused: {code}" for code in _honest(stage)]
    faults += [f"too much work: {name} of {used}" for name in act.bound.exceeded_by(used)]
    faults += _unkept(act, stage)
    return Trial(act=act, code=code, used=used, faults=tuple(faults))


def _honest(stage: Stage) -> Iterator[str]:
    code = stage.honest_request()
    if code:
        yield code


def _unkept(act: Act, stage: Stage) -> Iterable[str]:
    stage.listener.stop(within=30)  # what is still being said is noted by then
    stage.recorder.write(everything=True)
    found = {(entry.actor, entry.action) for entry in stage.audit.entries}
    actor = {Kept.TRAIL: "MY", Kept.ALARM: "MY", Kept.STRANGER: "-"}.get(act.kept)
    if actor and (actor, act.noted) not in found:
        yield f"not in the audit trail: {found}"
    alarms = {one.alarm.code for one in alarms_of(stage.vn.office)}
    if act.kept is Kept.ALARM and act.noted not in alarms:
        yield f"no alarm was noted: {alarms}"


def run_all(identities: Identities) -> Iterator[Trial]:
    """Run every act."""
    for act in ACTS.values():
        yield run(act, identities)
