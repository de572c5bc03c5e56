from longbien.directory.book import Book
from longbien.exercise.states import make_book, make_state
from longbien.ledger.policy import NONE
from longbien.node.witness_policy import read_witness_policy, witness_policy

IL, VN, XA = (make_state(code) for code in ("IL", "VN", "XA"))


def test_every_other_state_is_asked_with_both_of_its_keys() -> None:
    """A State counts when each of its keys has cosigned; our own never counts."""
    policy = read_witness_policy(make_book(IL, VN, XA), VN.code, quorum=2)

    assert {str(key.name) for key in policy.log_keys("longbien.vn/node")} == {"longbien.vn/node"}
    assert [group.name for group in policy.groups] == ["il", "xa", "witnesses"]
    assert not policy.is_met_by({"il-1", "il-2"})
    assert not policy.is_met_by({"il-1", "xa-1"})
    assert policy.is_met_by({"il-1", "il-2", "xa-1", "xa-2"})


def test_more_witnesses_than_there_are_cannot_be_asked() -> None:
    """With a single other State one is enough, whatever the settings say."""
    policy = read_witness_policy(make_book(IL, VN), VN.code, quorum=5)

    assert policy.is_met_by({"il-1", "il-2"})


def test_a_state_alone_asks_nobody_and_the_policy_says_so() -> None:
    """A package of such a node is judged without witnesses, which its reader sees."""
    text = witness_policy(make_book(VN), VN.code, quorum=1)

    assert text.endswith(f"quorum {NONE}\n".encode())
    assert read_witness_policy(Book(exercise=True), VN.code, quorum=1).quorum == NONE
