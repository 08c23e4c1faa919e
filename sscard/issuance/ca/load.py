"""Which CA a station asks: one in this process, a service, a folder, or the packaged TEST CA."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from sscard.errors import KeyStoreError, ProfileError
from sscard.issuance.ca.authority import Authority
from sscard.issuance.ca.certificate_authority import CertificateAuthority
from sscard.issuance.ca.folder import open_folder
from sscard.issuance.ca.folder_authority import FolderAuthority
from sscard.issuance.ca.register import Register
from sscard.issuance.ca.registered import RegisteredAuthority
from sscard.issuance.ca.remote import RemoteAuthority
from sscard.issuance.ca.store import KIND, secrets_of
from sscard.issuance.ca.trusted import read_trusted
from sscard.keys.stores import store_file
from sscard.keys.stores.passphrases import from_environment
from sscard.keys.stores.service.configuration import service_of
from sscard.keys.stores.store_file import Ask
from sscard.profiles import load_profile
from sscard.profiles.certificates import CertificateApplication

Document = Mapping[str, object]
#: Entry of a service file with the certificates that the station trusts.
_TRUSTED = "certificates"


def load_authority(
    path: Path | None = None,
    ask: Ask = from_environment,
    application: CertificateApplication | None = None,
) -> Authority:
    """The CA at ``path``, or the packaged TEST CA, which remembers nothing.

    A directory is a folder of requests and answers; a file is a CA's store, whose register stands
    beside it, or says in ``[service]`` where the CA is.  ``ask`` gives passphrases; ``application``
    says how certificates look, None: as gen3 declares.  Raises KeyStoreError naming the file.
    """
    if path is None:
        return packaged_authority(application)
    if path.is_dir():
        return FolderAuthority(open_folder(path, ask, os.urandom))
    document = store_file.document(path, KIND, ask)
    if "service" in document:
        return _remote(document, path)
    return _registered(_authority(document, str(path), application), register_path(path))


def load_issuing(path: Path, ask: Ask = from_environment) -> RegisteredAuthority:
    """The CA in the store at ``path``, which answers others.

    Raises KeyStoreError, also for a folder and for a service: those are other people's.
    """
    if path.is_dir():
        raise KeyStoreError(f"{path}: is a folder, and no store of a CA")
    document = store_file.document(path, KIND, ask)
    if "service" in document:
        raise KeyStoreError(f"{path}: says where a CA is, and is no store of one")
    return _registered(_authority(document, str(path), None), register_path(path))


def packaged_issuing(register: Path) -> RegisteredAuthority:
    """The TEST CA with a register of its own."""
    return _registered(packaged_authority(), register)


def packaged_authority(application: CertificateApplication | None = None) -> CertificateAuthority:
    """The packaged TEST CA, whose keys everybody has."""
    source = resources.files("sscard.issuance.ca") / "test-ca.toml"
    document = store_file.document(source, KIND, from_environment)
    return _authority(document, str(source), application)


def register_path(path: Path) -> Path:
    """Where the register of a store stands: beside it."""
    return Path(f"{path}.register")


def declared() -> CertificateApplication:
    """The certificate application as gen3 declares it.  Raises ProfileError."""
    found = load_profile("gen3").certificates
    if found is None:
        raise ProfileError("gen3 declares no certificate application")
    return found


def _authority(
    document: Document, path: str, application: CertificateApplication | None
) -> CertificateAuthority:
    return CertificateAuthority(secrets_of(document, path), application or declared())


def _registered(authority: CertificateAuthority, register: Path) -> RegisteredAuthority:
    return RegisteredAuthority(authority, Register(register, lambda: datetime.now(UTC)))


def _remote(document: Document, path: Path) -> RemoteAuthority:
    if more := sorted(document.keys() - {"kind", "service", _TRUSTED}):
        raise KeyStoreError(f"{path}: {', '.join(more)}: belongs to a CA, not to who asks one")
    name = document.get(_TRUSTED)
    if not isinstance(name, str) or not name:
        raise KeyStoreError(
            f"{path}: {_TRUSTED} names a PEM file with the root and the CAs that are trusted"
        )
    trusted = read_trusted(path.parent / name)
    return RemoteAuthority(service_of(document, str(path)), trusted)
