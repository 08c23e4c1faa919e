"""A new authority: a root that signs one issuing authority, whose name the profile says."""

from __future__ import annotations

from datetime import date

from sscard.issuance.ca import profile
from sscard.issuance.ca.certificate_authority import AuthoritySecrets
from sscard.issuance.ca.derived import DerivedSigner, stream
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey
from sscard.keys.types import HMAC256
from sscard.keys.x509 import Certificate, Contents, Name, extensions, issue, parse
from sscard.keys.x509.names import of_parts
from sscard.profiles.certificates import CertificateApplication

#: Longer than any certificate below them.
_ROOT_YEARS, _ISSUING_YEARS = 30, 20
_SERIAL = 16


def establish(
    *,
    test: bool,
    root_name: Name,
    root_key: SM2PrivateKey,
    key: SM2PrivateKey,
    secret: HMAC256,
    begin: date,
    application: CertificateApplication,
) -> AuthoritySecrets:
    """Root and issuing authority from their keys: the same arguments, the same certificates.

    ``root_key`` signs the two certificates, here, and can be put away then.  ValueError for a name
    that no certificate can hold.
    """
    signer = _Root(root_name, root_key, secret, begin)
    root = signer.certify(root_name, root_key.public, _ROOT_YEARS, None)
    issuer = of_parts(application.certificate.issuer)
    issuing = signer.certify(issuer, key.public, _ISSUING_YEARS, 0)
    return AuthoritySecrets(test, root, issuing, key, secret)


class _Root:
    def __init__(self, name: Name, key: SM2PrivateKey, secret: HMAC256, begin: date) -> None:
        self._name, self._key, self._secret, self._begin = name, key, secret, begin

    def certify(
        self, subject: Name, public: SM2PublicKey, years: int, path_length: int | None
    ) -> Certificate:
        """The certificate of an authority."""
        begin, end = profile.validity(self._begin, years)
        contents = Contents(
            b"\x10" + stream(self._secret, "serial number", public.point)(_SERIAL - 1),
            self._name,
            subject,
            begin,
            end,
            public,
            (
                *profile.key_identifiers(public, self._key.public),
                extensions.key_usage(profile.AUTHORITY_USAGE),
                extensions.authority(path_length),
            ),
        )
        return parse(issue(DerivedSigner(self._key, self._secret), contents))
