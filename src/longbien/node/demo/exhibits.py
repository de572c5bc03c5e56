"""Make the exhibits of the demonstration: a real ext4 image and a mailbox export, all generated.

No person, address or text in them is real; the addresses are of the domains that are
reserved for examples (RFC 2606).
"""

import argparse
import mailbox
import random
import subprocess
import tempfile
from email.message import EmailMessage
from pathlib import Path

MIB = 2**20
_MOST_MAIL = 32  # MiB: a mailbox is written message by message, and that takes its time
_WORDS = [
    "account",
    "bridge",
    "channel",
    "data",
    "entry",
    "harbour",
    "ledger",
    "message",
    "port",
    "river",
]


def sentence(rng: random.Random, words: int) -> str:
    """Return a line of words without a meaning."""
    return " ".join(rng.choice(_WORDS) for _ in range(words)) + "."


def make_image(path: Path, size: int, rng: random.Random) -> None:
    """Make an ext4 file system of ``size`` bytes with generated files in it, as a disk image."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, 9):
            home = Path(folder) / f"user-{number}" / "documents"
            home.mkdir(parents=True)
            (home / "notes.txt").write_text("\n".join(sentence(rng, 12) for _ in range(200)))
            (home / "picture.raw").write_bytes(
                rng.randbytes(max(size // 32, (size - 16 * MIB) // 10))
            )
        with path.open("wb") as image:
            image.truncate(size)
        # a fixed id and no journal of the hour keep the image the same from run to run
        subprocess.run(
            [
                "mkfs.ext4",
                "-q",
                "-F",
                "-U",
                "6c6f6e67-6269-656e-8000-000000000001",
                "-d",
                folder,
                path,
            ],
            check=True,
        )


def make_mailbox(path: Path, size: int, rng: random.Random) -> None:
    """Make an mbox of about ``size`` bytes, as a provider exports it."""
    box = mailbox.mbox(path)
    written = number = 0
    while written < size:
        number += 1
        message = EmailMessage()
        message["From"] = f"box-{rng.randrange(40)}@example.org"
        message["To"] = f"box-{rng.randrange(40)}@example.com"
        message["Date"] = (
            f"Mon, {1 + number % 28:02} Jun 2026 {number % 24:02}:{number % 60:02}:00 +0700"
        )
        message["Message-ID"] = f"<{number}@example.org>"
        message["Subject"] = sentence(rng, 5)
        message.set_content("\n".join(sentence(rng, 14) for _ in range(20)))
        if number % 10 == 0:
            message.add_attachment(
                rng.randbytes(64 * 1024),
                maintype="application",
                subtype="octet-stream",
                filename="part.bin",
            )
        box.add(message)
        written += len(bytes(message))
    box.flush()
    box.close()


def main() -> None:
    """Make all exhibits below one folder."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--mib", type=int, default=64, help="total size, default 64 MiB")
    options = arguments.parse_args()
    make_exhibits(options.folder, mib=options.mib)


def make_exhibits(folder: Path, *, mib: int) -> None:
    """Make all exhibits below one new folder, about ``mib`` MiB in all, the same in every run."""
    rng = random.Random(20260621)
    disk, mail = folder / "Ổ đĩa số 1", folder / "provider-export"
    disk.mkdir(parents=True)
    mail.mkdir()
    letters = max(1, min(mib // 4, _MOST_MAIL))
    make_image(disk / "image.dd", max(8, mib - letters) * MIB, rng)
    make_mailbox(mail / "mailbox.mbox", letters * MIB, rng)
    (mail / "subscriber.csv").write_text("account,created,last_seen\nbox-7,2026-01-04,2026-06-18\n")


if __name__ == "__main__":
    main()
