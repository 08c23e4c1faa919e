"""What a bank's token does with data that come under its transport keys, and with SM4 keys.

SoftHSM2 makes the MACs, and neither unwraps with 3DES nor knows SM4.  A token that does both is
made up: it checks every number, reads parameters where they point, and lets a key do only what its
attributes say.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sscard.errors import KeyStoreError
from sscard.keys import KeyReference, sm4
from sscard.keys.stores import SoftwareBankStore, load_bank
from sscard.keys.stores.pkcs11 import Pkcs11BankStore
from sscard.keys.stores.pkcs11.login import logged_in
from sscard.keys.stores.pkcs11.masters import bring_in_store, held, require_house
from sscard.keys.stores.pkcs11.mechanisms import TDES_CBC_DATA, TDES_MECHANISMS, Mechanisms
from sscard.keys.stores.pkcs11.opening import open_pkcs11_bank, with_sm4
from sscard.keys.stores.pkcs11.pins import ask_on_terminal
from sscard.keys.stores.pkcs11.settings import token_settings
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.stores.store_file import StoreFile
from sscard.keys.types import SM4

VENDOR = Mechanisms("sm4", 0x80000102, 0x80000103, 0x80000104, 0x80000105, 0x80000106)
NUMBERS = {
    "key-type": VENDOR.key_type,
    "generate": VENDOR.generate,
    "ecb": VENDOR.ecb,
    "cbc": VENDOR.cbc,
    "derive": VENDOR.derive,
}
TK, TK_MAC = KeyReference("TK", 1), KeyReference("TK-MAC", 1)
SOFTWARE = load_bank()
some = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Key:
    """One object: its attributes, and a value nobody may read."""

    def __init__(self, value: bytes, attributes: Mapping[Any, object], **uses: bool) -> None:
        from pkcs11 import Attribute

        self.value = value
        named = {Attribute[name]: may for name, may in uses.items()}
        self.attributes = {int(at): each for at, each in {**attributes, **named}.items()}

    def __getitem__(self, attribute: Any) -> Any:
        from pkcs11 import Attribute
        from pkcs11.exceptions import AttributeSensitive

        if attribute == Attribute.VALUE and self.attributes.get(Attribute.SENSITIVE, True):
            raise AttributeSensitive
        if attribute == Attribute.VALUE:
            return self.value
        return self.attributes.get(int(attribute), False)

    def _require(self, use: str, number: int) -> None:
        from pkcs11 import Attribute
        from pkcs11.exceptions import KeyTypeInconsistent, MechanismInvalid

        if number not in (self[Attribute.ALLOWED_MECHANISMS] or (number,)):
            raise MechanismInvalid
        if not self[Attribute[use]]:
            raise KeyTypeInconsistent

    def encrypt(self, data: bytes, *, mechanism: int, mechanism_param: bytes = b"") -> bytes:
        self._require("ENCRYPT", mechanism)
        assert mechanism == TDES_MECHANISMS.cbc
        if self.value[:8] == self.value[8:]:
            return DES.new(self.value[:8], DES.MODE_CBC, mechanism_param).encrypt(data)
        return DES3.new(self.value, DES3.MODE_CBC, mechanism_param).encrypt(data)

    def derive_key(self, key_type: int, key_length: int, **how: Any) -> Key:
        from pkcs11 import MechanismFlag

        number, parameter = how["mechanism"], how["mechanism_param"]
        self._require("DERIVE", number)
        iv = parameter[: -struct.calcsize("@PL")]
        address, length = struct.unpack("@PL", parameter[len(iv) :])
        assert 8 * length == key_length
        data = ctypes.string_at(address, length)
        value = {
            VENDOR.derive: lambda: sm4.ecb_encrypt(SM4(self.value), data),
            TDES_MECHANISMS.derive: lambda: self._ecb(data),
            TDES_CBC_DATA: lambda: DES3.new(self.value, DES3.MODE_CBC, iv).encrypt(data),
        }[number]()
        may = how["capabilities"]
        uses = {name: bool(may & MechanismFlag[name]) for name in ("ENCRYPT", "DERIVE", "WRAP")}
        return Key(value, how["template"], **uses)

    def _ecb(self, data: bytes) -> bytes:
        if self.value[:8] == self.value[8:]:
            return DES.new(self.value[:8], DES.MODE_ECB).encrypt(data)
        return DES3.new(self.value, DES3.MODE_ECB).encrypt(data)

    def unwrap_key(self, _class: int, _type: int, data: bytes, **how: Any) -> Key:
        self._require("UNWRAP", how["mechanism"])
        assert how["mechanism"] == TDES_MECHANISMS.ecb
        assert how["capabilities"] == 0
        return Key(DES3.new(self.value, DES3.MODE_ECB).decrypt(data), how["template"])

    def wrap_key(self, key: Key, *, mechanism: int) -> bytes:
        from pkcs11 import Attribute

        self._require("WRAP", mechanism)
        assert mechanism == TDES_MECHANISMS.ecb
        assert key[Attribute.EXTRACTABLE]
        assert key[Attribute.SENSITIVE]
        assert not key[Attribute.TOKEN]
        return DES3.new(self.value, DES3.MODE_ECB).encrypt(key.value)

    def destroy(self) -> None:
        DROPPED.append(self.value)


DROPPED: list[bytes] = []


class Session:
    """A session, its token and its slot."""

    def __init__(self) -> None:
        self.label = "vendor"
        self.token = self.slot = self
        self.objects: list[Key] = []

    def get_mechanisms(self) -> set[int]:
        return {VENDOR.generate, VENDOR.ecb, VENDOR.cbc, VENDOR.derive}

    def get_objects(self, attrs: Mapping[Any, object]) -> list[Key]:
        return [
            each for each in self.objects if all(each[at] == value for at, value in attrs.items())
        ]

    def create_object(self, attrs: Mapping[Any, object]) -> Key:
        from pkcs11 import Attribute

        value = attrs[Attribute.VALUE]
        assert isinstance(value, bytes)
        self.objects.append(Key(value, attrs))
        return self.objects[-1]


@pytest.fixture(scope="module", autouse=True)
def _with_the_binding(binding: None) -> None:
    """Its enumerations are used."""


@pytest.fixture(scope="module")
def vendor(test_masters: Callable[[str], StoreFile]) -> Pkcs11BankStore:
    """A token with every key of the TEST bank."""
    token = KeyToken(Session(), TDES_MECHANISMS)  # type: ignore[arg-type]
    other, file = token.beside(VENDOR), test_masters("bank")
    came, left = bring_in_store(token, other, file, kind="bank", roots=file.roots)
    assert (set(came), left) == (set(file.keys), ())
    return Pkcs11BankStore(token, test=True, sm4=other)


blocks = st.integers(1, 20).flatmap(lambda n: st.binary(min_size=8 * n, max_size=8 * n))


@some
@given(blocks, st.binary(min_size=10, max_size=10), st.binary(min_size=2, max_size=2))
def test_a_translation_is_that_of_the_software_store(
    vendor: Pkcs11BankStore, data: bytes, keydata: bytes, sequence: bytes
) -> None:
    DROPPED.clear()
    found = vendor.translate(TK, data, keydata, sequence)
    assert found == SOFTWARE.translate(TK, data, keydata, sequence)
    assert len(DROPPED) == 3, "static key, session key and plain value are gone again"


@pytest.mark.parametrize("scheme", ["emv-cps-1.1", "visa2"])
def test_a_translation_for_chips_of_either_scheme(
    vendor: Pkcs11BankStore, test_masters: Callable[[str], StoreFile], scheme: str
) -> None:
    store = Pkcs11BankStore(vendor._token, test=True, scheme=scheme)
    software = SoftwareBankStore(test_masters("bank"), scheme)
    arguments = (TK, bytes(range(48)), bytes(range(10)), b"\0\1")
    assert store.translate(*arguments) == software.translate(*arguments)


@pytest.mark.parametrize("purpose", ["ac", "mac", "enc"])
def test_debit_keys_of_sm4(vendor: Pkcs11BankStore, purpose: str) -> None:
    for pan in ("6228000100001117", "62280001", "6228000100001117123"):
        assert vendor.sm4_udk(purpose, pan, "01") == SOFTWARE.sm4_udk(purpose, pan, "01")
    name = f"SM4-IMK-{purpose.upper()}"
    assert vendor.kcv(name) == SOFTWARE.kcv(name)
    with pytest.raises(ValueError, match="ac, mac, enc"):
        vendor.sm4_udk("dac", "6228000100001117", "01")


def test_keys_of_both_suites_are_listed(
    vendor: Pkcs11BankStore, test_masters: Callable[[str], StoreFile]
) -> None:
    found = {each.reference: each.kcv for each in held(vendor._token, vendor._sm4)}
    keys = test_masters("bank").keys
    half = KeyReference("TK-MAC-left-half", 1)
    assert {at: kcv for at, kcv in found.items() if at != half} == {
        at: key.kcv for at, key in keys.items()
    }
    assert half in found


@pytest.mark.parametrize("made_in", ["vendor", "bank"])
@some
@given(st.binary(max_size=60))
def test_the_mac_of_data(request: Any, made_in: str, message: bytes) -> None:
    store: Pkcs11BankStore = request.getfixturevalue(made_in)
    assert store.transport_mac(TK_MAC, message) == SOFTWARE.transport_mac(TK_MAC, message)


def test_softhsm_does_not_translate_and_says_what_it_lacks(bank: Pkcs11BankStore) -> None:
    with pytest.raises(KeyStoreError) as caught:
        bank.translate(TK, bytes(8), bytes(10), bytes(2))
    assert str(caught.value) == (
        "token bank: cannot translate: unwrap with CKM_DES3_ECB (0x132): MechanismInvalid"
    )


def objects(token: KeyToken) -> Iterator[Any]:
    from pkcs11 import Attribute

    yield from token.session.get_objects({Attribute.TOKEN: False})


def test_nothing_of_a_refused_translation_stays(bank: Pkcs11BankStore) -> None:
    before = len(list(objects(bank._token)))
    for _ in range(2):
        with pytest.raises(KeyStoreError):
            bank.translate(TK, bytes(8), bytes(10), bytes(2))
    assert len(list(objects(bank._token))) == before


def test_transport_keys_do_nothing_else(bank: Pkcs11BankStore) -> None:
    """The transport key neither deciphers nor encrypts for the host."""
    from pkcs11 import Attribute

    token = bank._token
    for reference, may in ((TK, {"UNWRAP", "DERIVE"}), (TK_MAC, {"ENCRYPT", "DERIVE"})):
        key = token.stored(reference)
        uses = ("ENCRYPT", "DECRYPT", "SIGN", "VERIFY", "WRAP", "UNWRAP", "DERIVE")
        assert {each for each in uses if key[Attribute[each]]} == may
        assert key[Attribute.SENSITIVE]
        assert not key[Attribute.EXTRACTABLE]


def test_a_key_that_is_no_transport_key_is_not_used_as_one(
    with_keys: Callable[..., Any], test_masters: Callable[[str], StoreFile]
) -> None:
    """Put there by another program, under a name of ours."""
    keys = test_masters("bank").keys
    renamed = {KeyReference("EK", 1): keys[TK], KeyReference("KMC", 1): keys[TK]}
    store = open_pkcs11_bank({**with_keys("foreign bank", renamed), "kind": "bank"}, "T")
    token, ek = store._token, KeyReference("EK", 1)
    for use in ("UNWRAP", "ENCRYPT"):
        with pytest.raises(KeyStoreError, match=f"EK version 1 is not one that may {use.lower()}"):
            token.of_data(ek, use)


def test_softhsm_has_no_sm4_and_says_so_by_name(
    bank: Pkcs11BankStore, document: Callable[..., Any]
) -> None:
    named = {**document("bank", sm4=NUMBERS), "kind": "bank"}
    with pytest.raises(KeyStoreError) as caught:
        open_pkcs11_bank(named, "bank.toml")
    assert str(caught.value) == (
        "token bank has no mechanism CKM_SM4_ECB_ENCRYPT_DATA (0x80000106)"
    )
    assert token_settings({**named, "kind": "exchange"}, "T").sm4 is None
    with pytest.raises(KeyStoreError, match=r"\[pkcs11.sm4\] needs the numbers"):
        open_pkcs11_bank({**document("bank", sm4={"ecb": 1}), "kind": "bank"}, "bank.toml")


def test_what_a_token_without_sm4_leaves_out(
    new_token: Callable[..., Any], test_masters: Callable[[str], StoreFile]
) -> None:
    named, file = {**new_token("bank of one suite"), "kind": "bank"}, test_masters("bank")
    read = token_settings(named, "T")
    with logged_in(read, ask_on_terminal) as token:
        assert with_sm4(token, read) is None
        came, left = bring_in_store(token, None, file, kind="bank", roots=file.roots)
        assert {each.name for each in left} == {"SM4-IMK-AC", "SM4-IMK-MAC", "SM4-IMK-ENC"}
        assert set(came) == set(file.keys) - set(left)
        with pytest.raises(KeyStoreError, match=r"has bank keys \(IMK-AC\)"):
            require_house(token, "social-security")
