"""The supplier of the example: prints one body for each line of the print file.

python examples/batch/supplier.py print-file.txt bodies.csv BODY-1
"""

from __future__ import annotations

import sys
from pathlib import Path


def deliver(prints: Path, out: Path, prefix: str) -> int:
    """A list of bodies: what is read off each, and whose card number is printed on it."""
    _, *rows, _ = prints.read_bytes().decode("gb18030").splitlines()
    cards = [row.split("|")[4] for row in rows]
    lines = [f"{prefix}{at:03},{card}" for at, card in enumerate(cards, start=1)]
    out.write_text("".join(f"{line}\n" for line in ("卡体号,社保卡号", *lines)), "utf-8-sig")
    return len(cards)


if __name__ == "__main__":
    print(deliver(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
