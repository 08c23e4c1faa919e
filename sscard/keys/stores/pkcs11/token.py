"""What key stores ask of a token: masters, keys derived from them inside, blocks, check values.

The binding starts modules without locks of their own (``C_Initialize(NULL)``), so a process makes
one call at a time, whatever its threads.  One session therefore serves them all.
"""

from __future__ import annotations

import ctypes
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from sscard.errors import KeyStoreError
from sscard.keys import kcv
from sscard.keys.operations import KeyNotHeld, KeyReference
from sscard.keys.stores.pkcs11.binding import TokenKey, TokenSession
from sscard.keys.stores.pkcs11.mechanisms import (
    SHA256_HMAC,
    TDES_CBC_DATA,
    Mechanisms,
    key_type,
    mechanism,
)
from sscard.keys.suite import SUITES, Suite
from sscard.keys.types import NotCopied

if TYPE_CHECKING:
    from pkcs11 import Attribute, KeyType

    from sscard.keys.stores.pkcs11.binding import Template

#: Public object of a token with TEST keys; whoever imports them puts it there first.
TEST_MARK = "sscard TEST keys"

#: Every master does one thing: it derives keys, or makes HMACs.
Use = Literal["derive", "sign"]

_ONE_CALL = threading.RLock()


class KeyToken(NotCopied):
    """A token and a session in which somebody is logged in.

    Every operation raises KeyStoreError naming token and operation when the token refuses.
    """

    def __init__(self, session: TokenSession, mechanisms: Mechanisms) -> None:
        from pkcs11 import Attribute, MechanismFlag
        from pkcs11.constants import DEFAULT

        self.session = session
        self.mechanisms = mechanisms
        self._attribute, self._flag = Attribute, MechanismFlag
        # A DES2 key has no length: tokens refuse a template that gives one, as the binding's does.
        self._inside: Template = self.unreadable() | {Attribute.VALUE_LEN: DEFAULT}
        self._outside: Template = {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
        self._masters: dict[KeyReference, TokenKey] = {}

    def __repr__(self) -> str:
        return f"<token {self.label}>"

    @property
    def label(self) -> str:
        """The token's name."""
        return self.session.token.label

    @property
    def suite(self) -> Suite:
        """The cipher suite whose keys are in it."""
        return SUITES[self.mechanisms.suite]

    @property
    def marked_test(self) -> bool:
        """Whether TEST keys were ever imported into it."""
        with self.asked("look for its mark"):
            return any(self.session.get_objects({self._attribute.LABEL: TEST_MARK}))

    def unreadable(self) -> dict[Attribute, object]:
        """Attributes of every key of ours above the card's level."""
        attribute = self._attribute
        return {
            attribute.PRIVATE: True,
            attribute.SENSITIVE: True,
            attribute.EXTRACTABLE: False,
            attribute.COPYABLE: False,
            # The last one: SoftHSM takes what stands behind it for a modification.
            attribute.MODIFIABLE: False,
        }

    def objects(self, reference: KeyReference | None = None) -> list[TokenKey]:
        """Stored secret keys: of one name and version, or all."""
        from pkcs11 import ObjectClass

        attribute = self._attribute
        wanted: dict[Attribute, object] = {
            attribute.CLASS: ObjectClass.SECRET_KEY,
            attribute.TOKEN: True,
        }
        if reference is not None:
            wanted |= {attribute.LABEL: reference.name, attribute.ID: bytes((reference.version,))}
        with self.asked("look for keys"):
            return list(self.session.get_objects(wanted))

    def stored(self, reference: KeyReference) -> TokenKey:
        """A stored key.

        Raises KeyNotHeld when it is not there, KeyStoreError when it is there twice, or could be
        taken out of the token.
        """
        with _ONE_CALL:
            if reference not in self._masters:
                self._masters[reference] = self._found(reference)
            return self._masters[reference]

    def private_key(self, label: str) -> TokenKey:
        """A stored RSA key of this label.

        Raises KeyNotHeld when it is not there, KeyStoreError when it is there twice, or could be
        taken out of the token.
        """
        from pkcs11 import KeyType, ObjectClass

        attribute = self._attribute
        wanted: Template = {
            attribute.CLASS: ObjectClass.PRIVATE_KEY,
            attribute.KEY_TYPE: KeyType.RSA,
            attribute.TOKEN: True,
            attribute.LABEL: label,
        }
        with self.asked("look for keys"):
            found = list(self.session.get_objects(wanted))
        return self._only(found, f"RSA key {label}")

    def use(self, key: TokenKey) -> Use | None:
        """What a key is for; None for one that is none of ours."""
        from pkcs11 import KeyType

        attribute = self._attribute
        with self.asked("look at a key"):
            kind = key[attribute.KEY_TYPE]
            if kind == self.mechanisms.key_type and key[attribute.DERIVE]:
                return "derive"
            return "sign" if kind == KeyType.GENERIC_SECRET and key[attribute.SIGN] else None

    def master(self, reference: KeyReference, use: Use = "derive") -> TokenKey:
        """A stored key for this use.

        Raises KeyNotHeld when it is not there, KeyStoreError when it is of another kind, is there
        twice, or could be taken out of the token.
        """
        key = self.stored(reference)
        if self.use(key) != use:
            kind = f"{self.suite.name} key" if use == "derive" else "hash key"
            raise KeyStoreError(
                f"token {self.label}: key {reference.name} version {reference.version} is no "
                f"{kind} that may {use}"
            )
        return key

    def of_data(self, reference: KeyReference, use: Literal["UNWRAP", "ENCRYPT"]) -> TokenKey:
        """A stored key of data that come from elsewhere.  Raises as ``master`` does."""
        key = self.master(reference)
        with self.asked("look at a key"):
            may = key[self._attribute[use]]
        if not may:
            raise KeyStoreError(
                f"token {self.label}: key {reference.name} version {reference.version} is not one "
                f"that may {use.lower()}"
            )
        return key

    def derived(self, key: TokenKey, data: bytes, *, encrypts: bool) -> TokenKey:
        """A key of this suite, ``data`` enciphered under ``key``: it stays inside.

        It may encrypt, or derive keys below it, and not both.
        """
        may = self._flag.ENCRYPT if encrypts else self._flag.DERIVE
        return self._derive(key, data, key_type(self.mechanisms.key_type), may, self._inside)

    def wrapping(self, key: TokenKey, data: bytes, iv: bytes) -> TokenKey:
        """A key of this suite, ``data`` in CBC under a 3DES key: it stays inside and may wrap."""
        kind, may = key_type(self.mechanisms.key_type), self._flag.WRAP
        return self._derive(key, data, kind, may, self._inside, chained_from=iv)

    def translated(self, source: TokenKey, target: TokenKey, data: bytes) -> bytes:
        """Whole blocks in ECB under ``source``, under ``target`` instead.

        The plain value is an object in the token for as long as that takes.
        """
        from pkcs11 import KeyType, ObjectClass

        ecb, named = mechanism(self.mechanisms.ecb), self.mechanisms.named("ecb")
        attribute = self._attribute
        with self.asked(f"translate: unwrap with {named}"):
            plain = source.unwrap_key(
                ObjectClass.SECRET_KEY,
                KeyType.GENERIC_SECRET,
                data,
                capabilities=0,
                mechanism=ecb,
                template={
                    attribute.TOKEN: False,
                    attribute.SENSITIVE: True,
                    attribute.EXTRACTABLE: True,  # into the second key; nothing else can wrap
                },
            )
        with self.briefly(plain), self.asked(f"translate: wrap with {named}"):
            return target.wrap_key(plain, mechanism=ecb)

    def enciphered(self, key: TokenKey, data: bytes) -> bytes:
        """``data`` enciphered under a key that may only derive: what a card's key is made of."""
        from pkcs11 import KeyType

        with _ONE_CALL:
            made = self._derive(key, data, KeyType.GENERIC_SECRET, 0, self._outside)
            try:
                with self.asked("read a card's key"):
                    return bytes(made[self._attribute.VALUE])
            finally:
                self.forget(made)

    def ecb(self, key: TokenKey, data: bytes) -> bytes:
        """Whole blocks under a key that may encrypt."""
        with self.asked(f"encrypt with {self.mechanisms.named('ecb')}"):
            return key.encrypt(data, mechanism=mechanism(self.mechanisms.ecb))

    def cbc(self, key: TokenKey, data: bytes, iv: bytes) -> bytes:
        """Whole blocks under a key that may encrypt."""
        with self.asked(f"encrypt with {self.mechanisms.named('cbc')}"):
            return key.encrypt(data, mechanism=mechanism(self.mechanisms.cbc), mechanism_param=iv)

    def hmac(self, key: TokenKey, message: bytes) -> bytes:
        """HMAC-SHA-256, 32 bytes, under a key that may sign."""
        with self.asked("make an HMAC with CKM_SHA256_HMAC"):
            return key.sign(message, mechanism=mechanism(SHA256_HMAC))

    def check_value(self, key: TokenKey) -> bytes:
        """Check value, 3 bytes, of a key of ours.

        A key that may only derive enciphers the block of zeros by deriving a key from it.
        """
        if self.use(key) == "sign":
            return self.hmac(key, b"")[: kcv.SIZE]
        return self.enciphered(key, bytes(self.suite.block))[: kcv.SIZE]

    def beside(self, mechanisms: Mechanisms) -> KeyToken:
        """The same token, for its keys of another suite."""
        return KeyToken(self.session, mechanisms)

    @contextmanager
    def briefly(self, key: TokenKey) -> Iterator[TokenKey]:
        """A derived key until the block ends."""
        try:
            yield key
        finally:
            self.forget(key)

    def forget(self, key: TokenKey) -> None:
        """Take a derived key out of the token."""
        with self.asked("drop a derived key"):
            key.destroy()

    @contextmanager
    def asked(self, doing: str) -> Iterator[None]:
        """Calls of the module, with no other thread's between them; refusals are KeyStoreError."""
        from pkcs11.exceptions import PKCS11Error

        with _ONE_CALL:
            try:
                yield
            except PKCS11Error as error:
                raise KeyStoreError(f"token {self.label}: cannot {doing}: {told(error)}") from None

    def _derive(
        self,
        key: TokenKey,
        data: bytes,
        kind: KeyType,
        may: int,
        template: Template,
        *,
        chained_from: bytes = b"",
    ) -> TokenKey:
        # CK_KEY_DERIVATION_STRING_DATA, with an IV before it CK_DES_CBC_ENCRYPT_DATA_PARAMS.  The
        # binding hands raw bytes on as they are, and a module that takes them for a pointer and a
        # length ends the process.
        held = ctypes.create_string_buffer(data, len(data))
        parameter = chained_from + struct.pack("@PL", ctypes.addressof(held), len(data))
        number = TDES_CBC_DATA if chained_from else self.mechanisms.derive
        with self.asked(f"derive with {_named(self.mechanisms, number)}"):
            return key.derive_key(
                kind,
                8 * len(data),
                capabilities=may,
                mechanism=mechanism(number),
                mechanism_param=parameter,
                template=template,
            )

    def _found(self, reference: KeyReference) -> TokenKey:
        return self._only(
            self.objects(reference), f"key {reference.name} version {reference.version}"
        )

    def _only(self, found: list[TokenKey], name: str) -> TokenKey:
        what = f"token {self.label}: {{}} {name}"
        if not found:
            raise KeyNotHeld(what.format("no"))
        if len(found) > 1:
            raise KeyStoreError(f"{what.format('more than one')}")
        (key,), attribute = found, self._attribute
        with self.asked(f"look at {name}"):
            if key[attribute.EXTRACTABLE] or not key[attribute.SENSITIVE]:
                raise KeyStoreError(f"{what.format('')} can be taken out: it is no master key")
        return key


def _named(mechanisms: Mechanisms, number: int) -> str:
    if number == TDES_CBC_DATA:
        return f"CKM_DES3_CBC_ENCRYPT_DATA ({number:#x})"
    return mechanisms.named("derive")


def told(error: Exception) -> str:
    """What PKCS#11 calls a refusal, and what the binding says of it."""
    name = type(error).__name__
    return f"{name}: {error}" if str(error) else name
