"""``certificates.csv``: one line for each card that was issued with certificates.

It names cards and no person: whoever keeps track of certificates, the CA for instance, can have it
as it is.  A line is on the disk before the card's line in ``issued.csv`` is.
"""

from __future__ import annotations

from pathlib import Path

from sscard.issuance.card_certificates import CardCertificates
from sscard.issuance.card_list import CardList
from sscard.issuance.spreadsheet import inert

_OF_EACH = ("serial", "not_before", "not_after", "sha256")
COLUMNS = (
    "card_number",
    "issuer",
    *(f"{pair}_{fact}" for pair in ("signature", "encryption") for fact in _OF_EACH),
)
LIST = CardList(COLUMNS)


def append(path: Path, card_number: str, certificates: CardCertificates) -> None:
    """Add a line; on return it is on the disk.  Raises OSError naming the file."""
    facts = (cell for _, _, each in certificates.pairs for cell in each.cells())
    LIST.append(path, (card_number, inert(certificates.issuer), *facts))
