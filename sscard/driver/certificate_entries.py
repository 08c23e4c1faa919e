"""The table ``certificates`` of a configuration."""

from __future__ import annotations

from dataclasses import dataclass

from sscard.dialects.certificates import SIGNING
from sscard.driver.tables import TEST, Table


@dataclass(frozen=True, slots=True)
class CertificateEntries:
    """The table ``certificates``; None: the driver has none.

    ``master`` is a key store, of which ``lot`` names the blank cards, or ``TEST``; ``root`` a file
    with the CA's certificates, or ``TEST``; ``signing`` the way in which cards sign.
    """

    master: str | None = None
    lot: str | None = None
    root: str | None = None
    signing: str = "none"


NO_CERTIFICATES = CertificateEntries()


def certificate_entries(table: Table, *, production: bool) -> CertificateEntries:
    """Raises ValueError naming the place: for production nothing is public, and nothing assumed."""
    table.require_only("master", "lot", "root", "signing")
    found = CertificateEntries(
        table.text("master"),
        table.text("lot"),
        table.text("root"),
        table.text("signing") or "none",
    )
    if found.signing not in SIGNING:
        raise ValueError(f"{table.place('signing')}: is one of {', '.join(SIGNING)}")
    if found.master not in (None, TEST) and found.lot is None:
        raise ValueError(f"{table.place('lot')}: 批次 names the lot of the blank cards")
    if production and found.signing != "none":
        raise ValueError(
            f"{table.place('signing')}: 签名指令为假定 the command that signs is assumed, "
            "no public source has it: not for production"
        )
    return found
