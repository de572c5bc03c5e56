"""``longbien law``: the rules as data: show, check and compare them; sign and adopt a State's."""

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from longbien.cli._commands import Subparsers, add_command, add_group, add_roots

if TYPE_CHECKING:
    from longbien.casework.telling import Teller
    from longbien.primitives.canonical import Json
    from longbien.treaty.law import Law
    from longbien.treaty.packs import LawRule, RulePack

_DESCRIPTION = """\
The law: what the Convention and other instruments ask for, rule by rule, as data.

  longbien law show                        all rule packs here
  longbien law show uncc-42-8-floor        one rule
  longbien law show 42                     all rules of an article; 42(3) of a paragraph
  longbien law show --kind preservation    all rules on a kind of request, by what they do
  longbien law check                       look for faults in all packs, or in files
  longbien law diff OLD.json NEW.json      what changed, rule by rule
  longbien law gaps VN                     what a State's law lacks against articles 7 to 17
  longbien law compare VN IL --articles 7,13,17
                                           the same conduct in the law of two States
  longbien law bases VN IL                 which legal bases bind two States, and why or why not

A State adds rules, or sets its own in their place, in a pack of its own:
  longbien law check vn-law.json
  longbien law sign vn-law.json --root root       (each root holder, offline)
  longbien law adopt NODE vn-law.json
A State's profile (its treaties, declarations, languages, offences) is signed and adopted alike.

Each rule tells how sure it is (V read, P supported, M recalled) and which lawyer verified it.
An unverified rule warns; it never refuses, blocks or expires anything.  Not legal advice."""

_HELP = "the rules as data: show, check, compare; sign and adopt a State's own"


def add_to(subparsers: Subparsers) -> None:
    """Add the command and its own commands."""
    adders = (
        _add_show,
        _add_check,
        _add_diff,
        _add_gaps,
        _add_compare,
        _add_bases,
        _add_sign,
        _add_adopt,
    )
    add_group(subparsers, "law", adders, text=_HELP, description=_DESCRIPTION)


def _add_node_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--node", type=Path, metavar="NODE", help="with the packs that this node has adopted"
    )


# --- show --------------------------------------------------------------------------------------


def _add_show(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "show",
        _show,
        "show a rule, an article, or all rules on a kind of request\n\n"
        "Without arguments: which packs there are, and how sure their rules.",
    )
    command.add_argument(
        "what", nargs="?", metavar="RULE|ARTICLE", help="the id of a rule, or 42, or 42(8)"
    )
    command.add_argument("--kind", metavar="K", help="a kind of request, like preservation")
    command.add_argument("--basis", metavar="B", help="the instrument (UNCC for an article)")
    _add_node_option(command)


def _show(options: argparse.Namespace) -> int:
    law = _law(options)
    if options.what is None and options.kind is None and options.basis is None:
        return _show_packs(options, law)
    if options.what is not None and not options.what[:1].isdecimal():
        return _show_rule(options, law)
    return _show_rules(options, law, _chosen(options, law))


def _show_packs(options: argparse.Namespace, law: "Law") -> int:
    from longbien.cli._law_text import pack_json, pack_lines

    teller = _teller(options)
    lines = [line for pack in law.packs for line in (*pack_lines(pack, teller), "")]
    _print(options, [pack_json(one) for one in law.packs], lines[:-1])
    return 0


def _show_rule(options: argparse.Namespace, law: "Law") -> int:
    from longbien.cli._law_text import rule_json, rule_lines

    rule = law.get_rule(options.what)
    _print(options, rule_json(rule), rule_lines(law, rule, _teller(options)))
    return 0


def _chosen(options: argparse.Namespace, law: "Law") -> "tuple[LawRule, ...]":
    from longbien.primitives.errors import Refused

    basis = options.basis or ("UNCC" if options.what else None)
    rules = law.rules_for(kind=options.kind, basis=basis)
    if options.what is not None:
        there = {rule.id for rule in law.rules_at(options.what, basis=basis or "")}
        rules = tuple(rule for rule in rules if rule.id in there)
    if not rules:
        raise Refused(
            "law.nothing-there",
            "no rule pack here says anything of that; there are: {bases}",
            bases=", ".join(law.bases),
        )
    return rules


def _show_rules(options: argparse.Namespace, law: "Law", rules: "tuple[LawRule, ...]") -> int:
    from longbien.cli._law_text import by_effect, caution_lines, list_lines, rule_json

    teller = _teller(options)
    lines: list[str] = []
    if options.what is None:
        for does, some in by_effect(rules, teller):
            lines += [teller.line("rules-that", does=does), "", *list_lines(some, teller), ""]
        lines = lines[:-1]
    else:
        article = law.find_article(rules[0].article, basis=rules[0].basis)
        if article is not None:
            title = teller.data(article.title)
            lines.append(teller.line("article", number=article.number, title=title))
            lines += [teller.text(article.chapter), ""]
        lines += list_lines(rules, teller)
    lines += ["", *caution_lines(rules, teller)]
    _print(options, [rule_json(rule) for rule in rules], lines)
    return 0


# --- check and diff ------------------------------------------------------------------------------


def _add_check(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "check",
        _check,
        "look for faults in rule packs\n\n"
        "Without files: in all packs that come with the program.  Exit code 1 on a fault.",
    )
    command.add_argument("files", nargs="*", metavar="FILE", type=Path)
    _add_node_option(command)


def _check(options: argparse.Namespace) -> int:
    from longbien.cli._law_text import finding_json, verdict_lines
    from longbien.primitives.verdict import Outcome
    from longbien.treaty.contents import load
    from longbien.treaty.pack_check import check_pack

    law = _law(options)
    given = [_read(path) for path in options.files]
    packs = given or list(law.packs)
    ids = {one.id for one in packs}
    beside = [one for one in law.packs if one.id not in ids]
    found = [
        (one, check_pack(one, load(), others=[*beside, *(two for two in packs if two is not one)]))
        for one in packs
    ]
    rows: list[Json] = [
        {
            "findings": [finding_json(each) for each in verdict.findings],
            "id": pack.id,
            "outcome": verdict.outcome.name,
            "rules": len(pack.rules),
            "version": pack.version,
        }
        for pack, verdict in found
    ]
    teller = _teller(options)
    lines = [line for pack, verdict in found for line in verdict_lines(pack, verdict, teller)]
    _print(options, rows, lines)
    return int(any(verdict.outcome is not Outcome.PASSED for _, verdict in found))


def _add_diff(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "diff",
        _diff,
        "compare two packs, or two versions of one\n\n"
        "Each is a file or the id of a pack that is here.  Exit code 0, whatever is found.",
    )
    command.add_argument("before", metavar="A")
    command.add_argument("after", metavar="B")
    _add_node_option(command)


def _diff(options: argparse.Namespace) -> int:
    from longbien.cli._law_text import change_json, change_lines
    from longbien.treaty.pack_diff import diff_packs

    law = _law(options)
    before, after = (
        law.find_pack(name) or _read(Path(name)) for name in (options.before, options.after)
    )
    changes = diff_packs(before, after)
    teller = _teller(options)
    head = teller.line(
        "differs",
        before=f"{before.id} {before.version}",
        after=f"{after.id} {after.version}",
        count=len(changes),
    )
    lines = [head, "", *change_lines(changes, teller)]
    _print(options, [change_json(one) for one in changes], lines)
    return 0


# --- the law of States ---------------------------------------------------------------------------


def _add_states_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--profile",
        type=Path,
        action="append",
        metavar="FILE",
        help="what a State says of itself; may be repeated",
    )
    command.add_argument(
        "--examples",
        action="store_true",
        help="with the example profiles, which are made up and no fact",
    )
    command.add_argument(
        "--node", type=Path, metavar="NODE", help="with the profiles that this node has adopted"
    )


def _add_gaps(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "gaps",
        _gaps,
        "what a State's law lacks against articles 7 to 17\n\n"
        "As far as it is recorded, with the source of each provision.  Exit code 0.",
    )
    command.add_argument("state", metavar="STATE", help="its code, like VN")
    command.add_argument("--articles", metavar="N,N", help="some articles alone, like 7,13,17")
    _add_states_options(command)


def _gaps(options: argparse.Namespace) -> int:
    from longbien.cli._law_gaps import gaps

    _print(options, *gaps(options, _teller(options)))
    return 0


def _add_compare(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "compare",
        _compare,
        "the same conduct in the law of two States, element by element\n\n"
        "Advice on dual criminality (35(3)): no score and no decision.  Exit code 0.",
    )
    command.add_argument("first", metavar="STATE")
    command.add_argument("second", metavar="STATE")
    command.add_argument("--articles", metavar="N,N", help="some articles alone, like 7,13,17")
    _add_states_options(command)


def _compare(options: argparse.Namespace) -> int:
    from longbien.cli._law_gaps import compare

    _print(options, *compare(options, _teller(options)))
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"a day is written 2027-01-31, not {text}"
        raise argparse.ArgumentTypeError(msg) from None


def _add_bases(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "bases",
        _bases,
        "which legal bases bind two States, and why or why not\n\n"
        "With what each declared and which languages it takes, where its profile is here.",
    )
    command.add_argument("first", metavar="STATE")
    command.add_argument("second", metavar="STATE")
    command.add_argument(
        "--on",
        type=_day,
        default=datetime.now(UTC).date(),
        metavar="DAY",
        help="another day than today, like 2027-01-31",
    )
    _add_states_options(command)


def _bases(options: argparse.Namespace) -> int:
    from longbien.cli._law_gaps import bases

    _print(options, *bases(options, _teller(options)))
    return 0


# --- a State's own -------------------------------------------------------------------------------


def _add_sign(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "sign",
        _sign,
        "sign a State's pack or profile as a root holder\n\n"
        "The signatures stand beside the file, in FILE.sig; each holder adds two to it.  Needs no\n"
        "node: it can be done on the machine where the root lies, offline.",
    )
    command.add_argument("file", metavar="FILE", type=Path, help="the pack, or the profile")
    add_roots(command)


def _sign(options: argparse.Namespace) -> int:
    from longbien.adapters.directory_making import root_signers
    from longbien.adapters.keystore import read_passphrase
    from longbien.adapters.law_files import (
        read_pack_file,
        read_signature_file,
        signature_beside,
        write_signature_file,
    )
    from longbien.treaty.state_packs import sign_file

    data, beside = read_pack_file(options.file), signature_beside(options.file)
    before = read_signature_file(beside) if beside.exists() else None
    signers = root_signers(options.root, passphrase=read_passphrase(options.passphrase_file))
    write_signature_file(beside, sign_file(data, signers=signers, before=before))
    command = f"longbien law adopt NODE {options.file}"
    told = _teller(options).line("file-signed", path=beside, command=command)
    _print(options, {"signature": str(beside)}, [told])
    return 0


def _add_adopt(commands: Subparsers) -> None:
    command = add_command(
        commands,
        "adopt",
        _adopt,
        "take a State's signed pack or profile into a node\n\n"
        "FILE.sig lies beside it.  Verified against the node's directory, offline; the version\n"
        "may only go up.  The node's programs work with it from their next start on.",
    )
    command.add_argument("node", metavar="NODE", type=Path, help="the node's folder")
    command.add_argument("file", metavar="FILE", type=Path, help="the pack, or the profile")


def _adopt(options: argparse.Namespace) -> int:
    from longbien.adapters.directory_files import DirectoryFolder
    from longbien.adapters.law_files import (
        LawFolder,
        read_pack_file,
        read_signature_file,
        signature_beside,
    )
    from longbien.cli._law_text import pack_json, pack_lines, profile_json, profile_lines
    from longbien.treaty.profiles import StateProfile

    directory = DirectoryFolder(options.node / "directory")
    made = LawFolder(options.node / "law").accept(
        read_pack_file(options.file),
        read_signature_file(signature_beside(options.file)),
        book=directory.book(),
        own=directory.own,
    )
    teller = _teller(options)
    shown: Json
    if isinstance(made, StateProfile):
        shown, lines = profile_json(made), profile_lines(made, teller)
    else:
        shown, lines = pack_json(made), pack_lines(made, teller)
    _print(options, shown, [*lines, "", teller.label("adopted")])
    return 0


# --- what all share ------------------------------------------------------------------------------


def _law(options: argparse.Namespace) -> "Law":
    from longbien.treaty.law import load_law

    if options.node is None:
        return load_law()
    from longbien.adapters.directory_files import DirectoryFolder
    from longbien.adapters.law_files import LawFolder

    book = DirectoryFolder(options.node / "directory").book()
    return LawFolder(options.node / "law").law(book)


def _read(path: Path) -> "RulePack":
    from longbien.adapters.law_files import read_pack_file
    from longbien.treaty.packs import parse_pack

    return parse_pack(read_pack_file(path))


def _teller(options: argparse.Namespace) -> "Teller":
    from longbien.adapters.languages import find_translation
    from longbien.casework.law_words import law_english
    from longbien.casework.telling import Teller

    return Teller(find_translation(options.language).words(law_english()))


def _print(options: argparse.Namespace, facts: "Json", lines: list[str]) -> None:
    from longbien.cli._output import say_json, say_told

    if options.json:
        say_json(facts)
    else:
        say_told(lines)
