"""What a chip's maker puts into the certificate application, and what its COS does there.

The initial PINs are those of blank cards (ssc-more 1.2 [2+]).  No public source gives the tries,
the size of the certificate files, or the command that signs: these are assumed, as is that the
application answers over the antenna just as over the contacts (ssc-more 1.5 [1]), and that the
user's PIN alone lets the encryption pair and the certificates in: one of the two programs that
write them shows no more (ssc-more 1.5 [1]).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from sscard.errors import ProfileError

#: The ways to sign: none, or a hash as SKF_ECCSignData of GM/T 0016 takes it.
SIGNING = ("none", "gmt0016")
#: Which PINs let the encryption pair and the certificates in.
WRITING = ("user", "admin", "both")
_TRIES = range(1, 16)
#: At least what a program fills with zeros is common; one command must be able to take it all away.
_SIZES = range(256, 1025)
_DIGITS = range(4, 13)


@dataclass(frozen=True, slots=True)
class CertificateSettings:
    """PINs are digits, an even number of them.

    ``master_tries`` limits the master keys' proofs, 0 is without a limit; ``certificate_size`` is
    what each certificate file holds, in bytes.
    """

    user_pin: str = field(default="123456", repr=False)
    admin_pin: str = field(default="12345678", repr=False)
    user_tries: int = 6
    admin_tries: int = 6
    master_tries: int = 0
    certificate_size: int = 1020
    writing: str = "user"
    signing: str = "gmt0016"
    over_antenna: bool = True

    @classmethod
    def from_table(cls, table: object, place: str) -> CertificateSettings:
        """What a chip file says under ``certificates``.  Raises ProfileError naming ``place``."""
        names = [each.name for each in fields(cls)]
        if not isinstance(table, Mapping) or not set(table) <= set(names):
            raise ProfileError(f"{place}: certificates says {', '.join(names)}")
        found = cls(**table)
        for name, right in _sound(found).items():
            if not right:
                raise ProfileError(f"{place}: certificates has a wrong {name}")
        return found


def _sound(found: CertificateSettings) -> Mapping[str, bool]:
    return {
        "user_pin": _is_pin(found.user_pin),
        "admin_pin": _is_pin(found.admin_pin),
        "user_tries": _is_in(found.user_tries, _TRIES),
        "admin_tries": _is_in(found.admin_tries, _TRIES),
        "master_tries": _is_in(found.master_tries, range(16)),
        "certificate_size": _is_in(found.certificate_size, _SIZES),
        "writing": found.writing in WRITING,
        "signing": found.signing in SIGNING,
        "over_antenna": isinstance(found.over_antenna, bool),
    }


def _is_pin(value: object) -> bool:
    text = value if isinstance(value, str) else ""
    return len(text) in _DIGITS and not len(text) % 2 and text.isascii() and text.isdigit()


def _is_in(value: object, numbers: range) -> bool:
    return type(value) is int and value in numbers


#: What every chip file begins with.
OF_BLANK_CARDS = CertificateSettings()
