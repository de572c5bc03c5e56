"""Failpoints: off unless a test switched them on, and each acts once."""

import errno

import pytest

from longbien.adapters.failpoints import FAILPOINTS, Failpoints, arm_from, reach
from longbien.primitives.errors import Refused


def errors_of(points: Failpoints, name: str, count: int) -> list[int | None]:
    """Pass a place several times; return the system's error of each passing."""
    found: list[int | None] = []
    for _ in range(count):
        try:
            points.reach(name)
            found.append(None)
        except OSError as error:
            found.append(error.errno)
    return found


def test_an_unarmed_place_does_nothing() -> None:
    """Which is so in every process in service."""
    assert errors_of(Failpoints(), "before_commit", 3) == [None, None, None]


def test_an_armed_place_acts_once_at_its_turn() -> None:
    """The first passing if no number is given; other places are not concerned."""
    points = Failpoints()

    points.arm("before_commit:eio,after_outbox_lease:enospc:3")

    assert errors_of(points, "before_commit", 3) == [errno.EIO, None, None]
    assert errors_of(points, "after_outbox_lease", 4) == [None, None, errno.ENOSPC, None]
    assert errors_of(points, "after_commit_before_ack", 1) == [None]


def test_what_was_armed_can_be_disarmed() -> None:
    """And arming again replaces what was armed before."""
    points = Failpoints()
    points.arm("before_commit:eio")
    points.disarm()
    assert errors_of(points, "before_commit", 1) == [None]

    points.arm("before_commit:eio")
    points.arm("after_outbox_lease:eio")
    assert errors_of(points, "before_commit", 1) == [None]


@pytest.mark.parametrize(
    "text", ["x:kill", "before_commit:x", "before_commit", "before_commit:eio:0", "a:b:c:d", ":"]
)
def test_a_failpoint_that_does_not_exist_is_refused(text: str) -> None:
    """A crash test that tests nothing would pass."""
    with pytest.raises(Refused) as caught:
        Failpoints().arm(text)

    assert caught.value.code == "failpoint.unknown"


@pytest.mark.parametrize("switch", [None, "", "1", "true", "YES"])
def test_a_process_in_service_does_not_start_with_one(switch: str | None) -> None:
    """Only the exact word of the tests' switch lets it."""
    environ = {"LB_FAILPOINT": "before_commit:kill"}
    if switch is not None:
        environ["LB_FAILPOINTS_ALLOWED"] = switch

    with pytest.raises(Refused) as caught:
        arm_from(environ)

    assert caught.value.code == "failpoint.forbidden"


def test_the_environment_of_a_test_arms_the_process() -> None:
    """With both variables set; without the first nothing happens, switch or not."""
    arm_from({})
    arm_from({"LB_FAILPOINTS_ALLOWED": "yes"})
    reach("before_commit")
    arm_from({"LB_FAILPOINT": "before_commit:eio", "LB_FAILPOINTS_ALLOWED": "yes"})

    try:
        with pytest.raises(OSError, match="Input/output error"):
            reach("before_commit")
    finally:
        FAILPOINTS.disarm()
