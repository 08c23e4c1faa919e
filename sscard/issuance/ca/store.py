"""What a CA keeps: a sealed file with the issuing CA's key, its secret, and both certificates.

The key of the root is in no file: it signs the issuing CA, once, and is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sscard.durable import create_file
from sscard.errors import KeyStoreError, MalformedData
from sscard.issuance.ca.certificate_authority import AuthoritySecrets
from sscard.issuance.ca.founding import establish
from sscard.issuance.ca.trusted import Trusted
from sscard.keys.sm2_keys import Random, SM2PrivateKey, generate
from sscard.keys.stores.sealed_file import Passphrase, seal
from sscard.keys.types import HMAC256
from sscard.keys.weak import refuse_weak
from sscard.keys.x509 import Name, parse
from sscard.profiles.certificates import CertificateApplication

KIND = "ca"


def new_secrets(
    root_name: Name, begin: date, application: CertificateApplication, random: Random
) -> AuthoritySecrets:
    """A root and an issuing CA that nobody had before.

    ValueError for a name that no certificate can hold.
    """
    return establish(
        test=False,
        root_name=root_name,
        root_key=generate(random),
        key=generate(random),
        secret=HMAC256(random(HMAC256.SIZE)),
        begin=begin,
        application=application,
    )


def create_store(
    path: Path, secrets: AuthoritySecrets, passphrase: Passphrase, random: Random
) -> Path:
    """Write a sealed store, and beside it the public certificates, whose path is given back.

    Raises KeyStoreError for a short passphrase and where a file is there already; nothing is
    written then.
    """
    passphrase.require_long()
    public = pem_path(path)
    for each in (path, public):
        if each.exists():
            raise KeyStoreError(f"{each}: is there already")
    try:
        create_file(path, seal(document(secrets), passphrase, random))
        create_file(public, public_certificates(secrets).pem().encode("ascii"))
    except FileExistsError as error:
        raise KeyStoreError(f"{error.filename}: is there already") from None
    return public


def pem_path(path: Path) -> Path:
    """Where the public certificates of a store stand: ``office.ca`` has ``office.pem``.

    KeyStoreError where that is the store itself.
    """
    public = path.with_suffix(".pem")
    if public == path:
        raise KeyStoreError(f"{path}: the public certificates have this name; call it office.ca")
    return public


def public_certificates(secrets: AuthoritySecrets) -> Trusted:
    """What the CA gives to whoever checks its certificates."""
    return Trusted(secrets.root, (secrets.issuing,))


def document(secrets: AuthoritySecrets) -> dict[str, object]:
    """What a store says, in the clear: it is for ``seal``."""
    return {
        "kind": KIND,
        "test": secrets.test,
        "root": secrets.root.der.hex(),
        "issuing": secrets.issuing.der.hex(),
        "key": secrets.key.reveal().hex(),
        "secret": secrets.secret.reveal().hex(),
    }


def secrets_of(document: Mapping[str, object], path: str) -> AuthoritySecrets:
    """What the document of a store says.  Raises KeyStoreError naming the file, never a value."""
    try:
        root, issuing = (parse(_bytes(document, name)) for name in ("root", "issuing"))
        key, secret = SM2PrivateKey(_bytes(document, "key")), HMAC256(_bytes(document, "secret"))
        refuse_weak("secret", secret)
        return AuthoritySecrets(document.get("test") is True, root, issuing, key, secret)
    except (KeyStoreError, MalformedData, ValueError) as error:
        raise KeyStoreError(f"{path}: CA: {error}") from None


def _bytes(document: Mapping[str, object], name: str) -> bytes:
    value = document.get(name)
    try:
        if isinstance(value, str):
            return bytes.fromhex(value)
    except ValueError:
        pass
    raise ValueError(f"{name} is no hexadecimal string")
