"""The certificate application before a bench: what the tester has of it, what the card has of it.

Secrets go by the names that cases use: the PINs ``user PIN`` and ``admin PIN``, and the master keys
by their names in the profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sscard.channel.pki import pin_key
from sscard.keys.types import NotCopied, Pin, SecretKey
from sscard.profiles import Profile
from sscard.profiles.certificates import CertificateApplication

if TYPE_CHECKING:
    from sscard.keys.x509.certificate import Certificate

#: As cases call the ADF and the DDF above it.
ADF, DDF = "ACSE", "ACSE DDF"
USER_PIN, ADMIN_PIN = "user PIN", "admin PIN"
ADF_MASTER, DDF_MASTER = "MKCERT", "MKPKI"
SECRETS = (USER_PIN, ADMIN_PIN, ADF_MASTER, DDF_MASTER)
PINS = (USER_PIN, ADMIN_PIN)
#: Which of the profile's PINs each is.
_IN_PROFILE = MappingProxyType({USER_PIN: "user", ADMIN_PIN: "admin"})


class OnCard(NamedTuple):
    """What a card may lack that its profile has: in the words of ``needs``, and where it lacks."""

    words: str
    lacking: str


#: By what cases need.
ON_CARD: Mapping[str, OnCard] = MappingProxyType(
    {
        "written application": OnCard(
            "the card has the certificate application",
            "卡上没有证书应用 this card has no certificate application",
        ),
        "written signature key": OnCard(
            "it has a signature key", "卡上尚无签名密钥 this card has no signature key yet"
        ),
        "written encryption key": OnCard(
            "it has an encryption key", "卡上尚无加密密钥 this card has no encryption key yet"
        ),
        "written certificates": OnCard(
            "both certificates have been written",
            "卡上尚未写入证书 no certificates have been written to this card",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class CertificateMeans(NotCopied):
    """What the tester has.  PINs are in packed digits; both directories have the one master key.

    ``root`` and ``issuers`` are those of the CA, for the chain of the card's certificates.
    """

    user_pin: bytes | None = field(default=None, repr=False)
    admin_pin: bytes | None = field(default=None, repr=False)
    master: SecretKey | None = field(default=None, repr=False)
    root: Certificate | None = None
    issuers: tuple[Certificate, ...] = ()

    @classmethod
    def of(
        cls,
        user_pin: Pin,
        admin_pin: Pin | None,
        master: SecretKey | None,
        root: Certificate | None,
        issuers: tuple[Certificate, ...],
    ) -> CertificateMeans:
        """With PINs as people say them."""
        admin = admin_pin.encoded() if admin_pin is not None else None
        return cls(user_pin.encoded(), admin, master, root, issuers)

    def secrets(self) -> dict[str, SecretKey]:
        """Those that there are, by name: of a PIN the key made of it."""
        pins = {USER_PIN: self.user_pin, ADMIN_PIN: self.admin_pin}
        found: dict[str, SecretKey] = {
            name: pin_key(packed) for name, packed in pins.items() if packed is not None
        }
        if self.master is not None:
            found |= {ADF_MASTER: self.master, DDF_MASTER: self.master}
        return found

    def has(self, name: str) -> bool:
        """Whether the tester has this secret."""
        return name in self.secrets()


NONE = CertificateMeans()


def reference(application: CertificateApplication, name: str) -> int:
    """P2 of VERIFY for a PIN.  LookupError where the profile has it not."""
    wanted = _IN_PROFILE[name]
    found = {each.name: each.reference for each in application.pins}
    return found[wanted]


def df_names(profile: Profile) -> dict[str, tuple[bytes, ...]]:
    """The way to both directories; nothing for a card without them."""
    application = profile.certificates
    if application is None:
        return {}
    ddf, adf = application.ddf_name, application.adf_name
    return {DDF: (ddf,), ADF: (ddf, adf)}
