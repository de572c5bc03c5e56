"""Acts that cannot be shown on one evening at one endpoint, and the tests that show them."""

from attrs import frozen


@frozen
class Shown:
    """An act and the test that shows it."""

    tries: str
    threat: str
    test: str
    """``file::name``."""


_DESK = "tests/adversary/test_hostile_peer_at_the_desk.py"
_CHANNEL = "tests/adversary/test_channel_attacks.py"
_WORDS = "tests/adversary/test_channel_words.py"
_REQUESTS = "tests/adversary/test_peer_requests.py"
_NETWORK = "tests/adversary/test_peer_network.py"
_CERTIFICATES = "tests/adversary/test_peer_certificates.py"
_LEDGER = "tests/adversary/test_ledger_attacks.py"
_DIRECTORY = "tests/adversary/test_directory_attacks.py"
_NODES = "tests/journey/test_two_nodes_ledgers.py"

ELSEWHERE = (
    Shown(
        "Post one message a hundred times, through restarts: one effect, one receipt",
        "T2",
        f"{_DESK}::test_a_message_that_is_replayed_a_hundred_times_has_one_effect",
    ),
    Shown(
        "Post two messages of one number at the same moment",
        "T2",
        f"{_DESK}::test_two_messages_of_one_number_at_the_same_time_have_one_effect",
    ),
    Shown(
        "Record a connection and play its bytes again",
        "T2",
        f"{_NETWORK}::test_a_recorded_connection_says_nothing_when_played_again",
    ),
    Shown(
        "Have a node put back from an old backup go on",
        "T29",
        f"{_DESK}::test_a_node_that_was_put_back_from_an_old_backup_stops_by_itself",
    ),
    Shown(
        "Stop a node by a lie about its ledger",
        "T29",
        f"{_DESK}::test_a_lie_about_our_ledger_stops_nobody",
    ),
    Shown(
        "Show two States two histories: found when these two talk",
        "T7",
        f"{_DESK}::test_two_histories_shown_to_two_states_are_found_when_these_two_talk",
    ),
    Shown(
        "Have a ledger with two histories cosigned on in gossip",
        "T7",
        f"{_DESK}::test_nothing_of_a_split_ledger_is_cosigned",
    ),
    Shown(
        "Invent a split view of another State",
        "T7",
        f"{_WORDS}::test_a_split_view_is_invented",
    ),
    Shown(
        "Invent a checkpoint of a third State in gossip",
        "T7",
        f"{_WORDS}::test_a_peer_invents_a_checkpoint_of_a_third_state",
    ),
    Shown(
        "Copy cosignatures of one history under another",
        "T7",
        f"{_LEDGER}::test_cosignatures_of_one_history_do_not_fit_the_other",
    ),
    Shown(
        "Forge a witness's cosignature, key id included",
        "T7",
        f"{_LEDGER}::test_foreign_signature_with_a_forged_key_id",
    ),
    Shown(
        "Count one witness twice",
        "T7",
        f"{_LEDGER}::test_one_witness_does_not_count_twice",
    ),
    Shown(
        "Hold another State's preservation by naming it as one's own",
        "T24",
        f"{_DESK}::test_a_request_cannot_hold_the_clock_of_another_states_preservation",
    ),
    Shown(
        "Sign two receipts that contradict",
        "T6",
        f"{_WORDS}::test_a_recipient_takes_its_word_back",
    ),
    Shown(
        "Hide a State from a set of entries, go back or run ahead with it",
        "T5",
        f"{_DIRECTORY}::test_a_lying_mirror",
    ),
    Shown(
        "Hand out one State's old entry beside another's new one",
        "T5",
        f"{_DIRECTORY}::test_mix_and_match",
    ),
    Shown(
        "Connect with a bad certificate that the directory lists",
        "T1",
        f"{_CERTIFICATES}::test_a_bad_certificate_is_not_accepted_though_listed",
    ),
    Shown(
        "Answer at a peer's address with another certificate",
        "T1",
        f"{_CERTIFICATES}::test_an_impostor_learns_nothing",
    ),
    Shown(
        "Go on over an open connection after one has left the directory",
        "T4",
        f"{_CERTIFICATES}::test_who_leaves_the_directory_is_out_at_once",
    ),
    Shown(
        "Open a thousand connections and say nothing",
        "T17",
        f"{_REQUESTS}::test_a_thousand_connections_without_a_word",
    ),
    Shown(
        "Ask for a suite below one that was used before",
        "T3",
        f"{_CHANNEL}::test_a_suite_below_the_pinned_one_is_offered",
    ),
    Shown(
        "Avoid a newer schema's fields by the older schema",
        "T3",
        f"{_CHANNEL}::test_an_old_schema_is_offered",
    ),
    Shown(
        "Two real nodes, one with two ledgers: found at the next exchange, proved offline",
        "T7",
        f"{_NODES}::test_two_histories_are_found_at_the_next_exchange_and_proved_offline",
    ),
)
