"""Who made a list: a seal beside it (FILE.seal), an Ed25519 signature or a MAC of the key store.

The seal is five lines of ASCII.  The first four say which list it is: layout, size, SHA-256; the
fifth is the signature of those four, line ends included.  So a list of any size is checked in one
pass, and ``head -n 4`` with ``openssl pkeyutl -verify -rawin`` checks it without sscard.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sscard.durable import replace_file
from sscard.issuance.exchange.fault import Fault
from sscard.issuance.exchange.finding import ListError
from sscard.issuance.exchange.opening import open_regular
from sscard.issuance.exchange.reading import Checked
from sscard.issuance.exchange.writing import Written
from sscard.keys import KeyReference
from sscard.keys.ed25519 import SIGNATURE_SIZE, VerifyingKey, sign
from sscard.keys.types import Secret

_FORM = re.compile(
    r"sscard-list-seal 1\n"
    r"layout (?P<layout>[a-z0-9-]+)\n"
    r"size (?P<size>[0-9]{1,15})\n"
    r"sha256 (?P<sha256>[0-9a-f]{64})\n"
    r"(?P<kind>ed25519|mac) (?P<key>[!-~]{1,80}) (?P<proof>[0-9a-f]{8,128})\n"
)
_LONGEST = 1024


class MacMaker(Protocol):
    """A key store that makes MACs over files between parties (``BankStore`` is one)."""

    def transport_mac(self, key: KeyReference, message: bytes) -> bytes:
        """The retail MAC of ``message``, 8 bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Seal:
    """What a seal says; whether it holds is seen with a key."""

    source: str
    layout: str
    size: int
    sha256: bytes
    kind: str
    key: str
    proof: bytes

    @property
    def statement(self) -> bytes:
        """The lines that are signed."""
        return _statement(self.layout, self.size, self.sha256)

    def require_of(self, checked: Checked) -> None:
        """Raises ListError where the list is another one than was sealed."""
        if self.layout != checked.layout.name:
            raise ListError.because(self.source, Fault.SEAL_LAYOUT)
        if (self.size, self.sha256) != (checked.size, checked.sha256):
            raise ListError.because(self.source, Fault.SEAL_FILE)

    def require_signed(self, trusted: Iterable[VerifyingKey]) -> None:
        """Raises ListError where none of the trusted keys made the seal."""
        if self.kind != "ed25519" or len(self.proof) != SIGNATURE_SIZE:
            raise ListError.because(self.source, Fault.SEAL_UNSIGNED)
        if not any(key.signed(self.statement, self.proof) for key in trusted):
            raise ListError.because(self.source, Fault.SEAL_UNTRUSTED)

    def require_mac(self, keys: MacMaker, key: KeyReference) -> None:
        """Raises ListError where the MAC is not that of the key."""
        if self.kind != "mac" or self.key != _reference(key):
            raise ListError.because(self.source, Fault.SEAL_OTHER_MAC, _reference(key))
        if not hmac.compare_digest(keys.transport_mac(key, self.statement), self.proof):
            raise ListError.because(self.source, Fault.SEAL_MAC)


def seal_path(path: Path) -> Path:
    """Where the seal of a list stands: beside it."""
    return Path(f"{path}.seal")


def seal_signed(
    path: Path, layout: str, written: Written | Checked, pem: bytes, passphrase: Secret | None
) -> None:
    """Sign a list and put the seal beside it.  Raises KeyStoreError, OSError."""
    statement = _statement(layout, written.size, written.sha256)
    signature, signer = sign(statement, pem, passphrase)
    _write(path, statement, "ed25519", signer.fingerprint.hex(), signature)


def seal_with_mac(
    path: Path, layout: str, written: Written | Checked, keys: MacMaker, key: KeyReference
) -> None:
    """Put a seal with a MAC beside a list.  Raises KeyStoreError, OSError."""
    statement = _statement(layout, written.size, written.sha256)
    _write(path, statement, "mac", _reference(key), keys.transport_mac(key, statement))


def read_seal(path: Path) -> Seal:
    """The seal beside the list at ``path``.  Raises ListError."""
    place = seal_path(path)
    with open_regular(place) as file:
        return parse_seal(file.read(_LONGEST), place.name)


def parse_seal(raw: bytes, source: str) -> Seal:
    """The seal in ``raw``.  Raises ListError."""
    found = _FORM.fullmatch(raw.decode("ascii", "replace"))
    if found is None or len(found["proof"]) % 2:
        raise ListError.because(source, Fault.SEAL_FORM)
    return Seal(
        source=source,
        layout=found["layout"],
        size=int(found["size"]),
        sha256=bytes.fromhex(found["sha256"]),
        kind=found["kind"],
        key=found["key"],
        proof=bytes.fromhex(found["proof"]),
    )


def _statement(layout: str, size: int, sha256: bytes) -> bytes:
    lines = ("sscard-list-seal 1", f"layout {layout}", f"size {size}", f"sha256 {sha256.hex()}")
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _write(path: Path, statement: bytes, kind: str, key: str, proof: bytes) -> None:
    last = f"{kind} {key} {proof.hex()}\n".encode("ascii")
    replace_file(seal_path(path), statement + last)


def _reference(key: KeyReference) -> str:
    return f"{key.name}/{key.version}"
