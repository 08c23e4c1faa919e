"""What a driver has for the certificate application: master key, root, and how cards sign."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sscard.driver.certificate_entries import CertificateEntries
from sscard.driver.tables import TEST
from sscard.errors import KeyStoreError
from sscard.keys import SM4_SUITE
from sscard.keys.stores import load_social_security
from sscard.keys.types import SM4
from sscard.keys.x509 import Certificate
from sscard.terminal.driver.certificates.desk import CertificateDesk

#: The chips of TEST cards come from this lot.
_TEST_LOT = "TEST-GEN3"


class Opened(NamedTuple):
    """What the functions need, and whether something of it is public."""

    desk: CertificateDesk
    test: bool


def open_certificates(entries: CertificateEntries, folder: Path) -> Opened:
    """Raises KeyStoreError for a store or a file that has not what it should have."""
    master, test = _master(entries, folder)
    root, issuers = _trusted(entries, folder)
    desk = CertificateDesk(master, root, issuers, entries.signing)
    return Opened(desk, test or entries.root == TEST)


def _trusted(
    entries: CertificateEntries, folder: Path
) -> tuple[Certificate | None, tuple[Certificate, ...]]:
    """The root, and what stands between it and cards' certificates."""
    if entries.root is None:
        return None, ()
    if entries.root == TEST:
        from sscard.issuance.ca.load import packaged_authority

        authority = packaged_authority()
        return authority.root, authority.issuers
    from sscard.issuance.ca.trusted import read_trusted

    found = read_trusted(folder / entries.root)
    return found.root, found.issuers


def _master(entries: CertificateEntries, folder: Path) -> tuple[SM4 | None, bool]:
    if entries.master is None:
        return None, False
    place = None if entries.master == TEST else folder / entries.master
    store = load_social_security(place, SM4_SUITE)
    lot = store.lot(entries.lot or _TEST_LOT)
    if lot.certificate_master is None:
        raise KeyStoreError(
            f"certificates.lot: {lot.name} 无证书主控密钥 has no master key for certificates"
        )
    return lot.certificate_master, store.test
