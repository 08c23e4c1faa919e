"""Supplements, their signatures and issuers' keys as files; it reads, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from sscard.errors import KeyStoreError, ProfileError
from sscard.keys.ed25519 import VerifyingKey
from sscard.profiles.supplements.supplement import Supplement, verified


def signature_path(path: Path) -> Path:
    """Where the signature of a supplement stands: beside it."""
    return Path(f"{path}.sig")


def issuer_key(path: Path) -> VerifyingKey:
    """The public key of an issuer, in PEM.  Raises KeyStoreError naming the file."""
    try:
        return VerifyingKey.from_pem(path.read_bytes())
    except OSError as error:
        raise KeyStoreError(f"{path}: cannot be read ({error.strerror})") from None
    except KeyStoreError as error:
        raise KeyStoreError(f"{path}: {error}") from None


def load_supplement(path: Path, keys: Iterable[Path], today: date) -> Supplement:
    """The supplement at ``path``, signed by one of the issuers whose public ``keys`` are given.

    For which profile it is, is seen when it is applied.  Raises ProfileError, KeyStoreError.
    """
    trusted = [issuer_key(key) for key in keys]
    signature = _read(signature_path(path))
    supplement = verified(_read(path), signature, trusted, origin=path.name)
    supplement.require_valid(today)
    return supplement


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read ({error.strerror})") from None
