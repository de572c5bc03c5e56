"""``longbien demo``: two nodes do the main job, with a cut and a kill."""

import argparse
import re
from pathlib import Path

_DESCRIPTION = """\
Two real nodes, IL and VN, as separate processes on loopback TLS, everything marked EXERCISE:
preservation, stored data, release by two officers, hand-over through a cut line and a killed
process, verification, a court's offline check, and one changed bit that it finds."""

_SIZE = re.compile(r"([1-9][0-9]{0,5})([MG]?)", re.ASCII)


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "demo",
        help="two nodes do the main job, with a cut and a kill",
        description=_DESCRIPTION,
    )
    parser.add_argument(
        "--size", type=_size, default=64, metavar="SIZE", help="of the exhibits: 64M, 1G (64M)"
    )
    parser.add_argument("--folder", type=Path, help="where to work (a new temporary folder)")
    parser.add_argument(
        "--keep", action="store_true", help="leave the nodes running, and everything in its place"
    )
    parser.set_defaults(run=run)


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if not found:
        msg = "a size is written 64M or 1G"
        raise argparse.ArgumentTypeError(msg)
    return int(found[1]) * (1024 if found[2] == "G" else 1)


def run(options: argparse.Namespace) -> int:
    """Play the story."""
    import shutil
    import tempfile

    from longbien.node.commands._output import say
    from longbien.node.demo.story import Story

    folder = options.folder or Path(tempfile.mkdtemp(prefix="longbien-demo."))
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(folder=folder, mib=options.size)
    is_done = False
    try:
        story.play()
        is_done = True
    finally:
        if is_done and options.keep:
            say(f"\nThe nodes are running; stop them with: kill {' '.join(story.pids())}")
            say(f"Everything is in {folder}")
        else:
            story.close()
            if is_done and not options.folder:
                shutil.rmtree(folder, ignore_errors=True)
            elif not is_done:
                say(f"\nThe logs are in {folder / 'logs'}")
    if options.keep:
        story.wait()
    return 0
