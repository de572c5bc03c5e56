"""``longbien-assure``: start the measures of a checkout, from an installed program.

The measures need tests, benches and vectors, none of which an installation has: they are run out
of the checkout that is the current folder, as ``./do assure`` does, and out of nothing else.
"""

import os
import sys
from pathlib import Path

from longbien.cli._output import complain
from longbien.primitives.errors import Unavailable


def entry() -> None:
    """Become the program ``tools/assure`` of the current folder, or say what is missing."""
    checkout = Path.cwd()
    if not (checkout / "tools" / "assure" / "measures.toml").is_file():
        complain(
            Unavailable(
                "assure.no-checkout",
                "the measures are run in a checkout of the repository: go there first",
            ),
            as_json=False,
        )
        sys.exit(1)
    paths = [str(checkout / "tools"), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    os.execv(sys.executable, [sys.executable, "-m", "assure", *sys.argv[1:]])  # noqa: S606 - this Python, no shell
