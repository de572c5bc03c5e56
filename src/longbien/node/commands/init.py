"""``longbien init``: make a State's node."""

import argparse
from pathlib import Path

_DESCRIPTION = """\
Make a node in a new folder: keys, its entry for the directory of States, database, vault
and settings.  Nothing that exists is touched.  A real State's root is made apart with
'longbien keys root' and kept offline; a node for exercises makes everything itself."""


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser("init", help="make a State's node", description=_DESCRIPTION)
    parser.add_argument("folder", metavar="NODE", type=Path, help="the folder to make")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--state", help="the State's code, two letters")
    what.add_argument(
        "--upgrade",
        action="store_true",
        help="bring the database of an older version of this program up to date",
    )
    what.add_argument(
        "--seal-master-key",
        action="store_true",
        help="put the master key under the security module that node.toml names",
    )
    parser.add_argument("--name", default="", help="the organisation, as certificates name it")
    parser.add_argument(
        "--authority",
        action="append",
        default=[],
        help="an authority that this node serves, like central-authority; may be repeated "
        "(default: contact-point and central-authority)",
    )
    parser.add_argument("--exercise", action="store_true", help="for exercises; all keys are here")
    parser.add_argument(
        "--root", action="append", type=Path, default=[], help="a root folder of the State"
    )
    parser.add_argument("--passphrase-file", type=Path, help="opens the root's keys")
    parser.add_argument("--host", default="127.0.0.1", help="where other nodes reach this one")
    parser.add_argument("--peer-port", type=int, default=7420, help="for other nodes")
    parser.add_argument("--api-port", type=int, default=7421, help="for officers, on loopback")
    parser.add_argument(
        "--listen",
        default="127.0.0.1",
        metavar="ADDRESS[:PORT]",
        help="where to listen for peers, if behind another address (default: 127.0.0.1)",
    )
    parser.add_argument(
        "--database", default="sqlite", help="sqlite, or postgresql://user@host/name"
    )
    parser.add_argument("--tsa-url", default="", help="the time-stamp authority (RFC 3161)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make the node; print its fingerprint and what comes next."""
    if options.upgrade or options.seal_master_key:
        return _maintain(options)
    import os

    from longbien.adapters.keymaking import Workshop
    from longbien.adapters.keystore import read_passphrase
    from longbien.directory.fingerprint import roots_fingerprint
    from longbien.node.commands._output import say, say_json
    from longbien.node.making import Plan, make_node
    from longbien.node.running import now
    from longbien.primitives.ids import AuthorityId, StateCode

    state = StateCode.parse(options.state)
    names = options.authority or ["central-authority", "contact-point"]
    plan = Plan(
        state=state,
        organisation=options.name or f"{'Exercise ' if options.exercise else ''}State {state}",
        authorities=tuple(AuthorityId.parse(f"{state}/{name}") for name in sorted(names)),
        exercise=options.exercise,
        host=options.host,
        port=options.peer_port,
        peer_listen=_with_port(options.listen, options.peer_port),
        api_listen=f"127.0.0.1:{options.api_port}",
        database=options.database,
        roots=tuple(options.root),
        tsa_url=options.tsa_url,
        passphrase=read_passphrase(options.passphrase_file),
    )
    workshop = Workshop(now=now(), random_bytes=os.urandom)
    entry = make_node(options.folder, plan, workshop=workshop)
    fingerprint = str(roots_fingerprint(entry))
    if options.json:
        say_json({"fingerprint": fingerprint, "folder": str(options.folder), "state": str(state)})
        return 0
    say(f"{options.folder} is the node of {state}{', for exercises' if plan.exercise else ''}.")
    say(f"Fingerprint of its roots, to be read out by telephone:\n  {fingerprint}")
    say(
        f"Next:\n"
        f"  longbien officer {options.folder} add ...     enter the officers\n"
        f"  longbien directory export {options.folder}    the entry that other States import\n"
        f"  longbien serve {options.folder}; longbien peer {options.folder}; "
        f"longbien worker {options.folder}"
    )
    return 0


def _maintain(options: argparse.Namespace) -> int:
    from longbien.node.commands._output import say
    from longbien.node.making import seal_node, upgrade_node

    if options.upgrade:
        upgrade_node(options.folder)
        say(f"The database of {options.folder} is up to date.")
    else:
        seal_node(options.folder)
        say(f"The master key of {options.folder} opens only with its security module.")
    return 0


def _with_port(address: str, port: int) -> str:
    has_port = address.rpartition(":")[2].isdecimal() and not address.endswith("]")
    return address if has_port and ":" in address else f"{address}:{port}"
