"""SM4, which SoftHSM2 lacks: the same code with a vendor's numbers, on a session that is made up.

The made-up token takes nothing for granted: it checks every number, reads the data to derive from
where the parameter points, and lets a key do only what its attributes say.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import KeyStoreError
from sscard.keys import SM4, SM4_SUITE, Factors, KeyReference, sm4
from sscard.keys.operations import AUTHENTICATION_CODE_KEY, Mode, Request, card_request
from sscard.keys.stores import load_social_security
from sscard.keys.stores.pkcs11 import Pkcs11Operations, open_pkcs11
from sscard.keys.stores.pkcs11.masters import bring_in, declared, generate, held
from sscard.keys.stores.pkcs11.mechanisms import SHA256_HMAC, Mechanisms
from sscard.keys.stores.pkcs11.token import KeyToken
from sscard.keys.stores.store_file import StoreFile, checked
from sscard.keys.types import HMAC256

VENDOR = Mechanisms("sm4", 0x80000102, 0x80000103, 0x80000104, 0x80000105, 0x80000106)
NUMBERS = {
    "key-type": VENDOR.key_type,
    "generate": VENDOR.generate,
    "ecb": VENDOR.ecb,
    "cbc": VENDOR.cbc,
    "derive": VENDOR.derive,
}
FACTORS = Factors.of("510100", bytes.fromhex("0081544C9686845101C0666779"))
SOFTWARE = load_social_security(None, SM4_SUITE)
CITY_KEY = KeyReference(AUTHENTICATION_CODE_KEY, 1)


class Key:
    """One object: its attributes, by number, and a value nobody may read."""

    def __init__(self, value: bytes, attributes: Mapping[Any, object]) -> None:
        self.value, self.attributes = value, {int(at): each for at, each in attributes.items()}
        self.alive = True

    def __getitem__(self, attribute: Any) -> Any:
        from pkcs11 import Attribute
        from pkcs11.exceptions import AttributeSensitive

        if attribute == Attribute.VALUE:
            if self.attributes.get(Attribute.SENSITIVE, True):
                raise AttributeSensitive
            return self.value
        return self.attributes.get(int(attribute), False)

    def _used(self, attribute: str, mechanism: object, number: int) -> None:
        from pkcs11 import Attribute, Mechanism
        from pkcs11.exceptions import MechanismInvalid, ObjectHandleInvalid, PKCS11Error

        if not self.alive:
            raise ObjectHandleInvalid
        allowed = self[Attribute.ALLOWED_MECHANISMS] or (mechanism,)
        if not isinstance(mechanism, Mechanism) or mechanism != number or number not in allowed:
            raise MechanismInvalid
        if not self[Attribute[attribute]]:
            raise PKCS11Error("Unmapped error code 0x68")

    def encrypt(self, data: bytes, *, mechanism: int, mechanism_param: bytes = b"") -> bytes:
        self._used("ENCRYPT", mechanism, VENDOR.cbc if mechanism_param else VENDOR.ecb)
        if mechanism_param:
            return sm4.cbc_encrypt(SM4(self.value), data, mechanism_param)
        return sm4.ecb_encrypt(SM4(self.value), data)

    def sign(self, data: bytes, *, mechanism: int) -> bytes:
        self._used("SIGN", mechanism, SHA256_HMAC)
        return HMAC256(self.value).digest(data)

    def derive_key(
        self,
        key_type: int,
        key_length: int,
        *,
        capabilities: int,
        mechanism: int,
        mechanism_param: bytes,
        template: Mapping[Any, object],
    ) -> Key:
        from pkcs11 import Attribute, KeyType, MechanismFlag
        from pkcs11.constants import DEFAULT

        self._used("DERIVE", mechanism, VENDOR.derive)
        assert isinstance(key_type, KeyType)
        address, length = struct.unpack("@PL", mechanism_param)
        assert 8 * length == key_length
        value = sm4.ecb_encrypt(SM4(self.value), ctypes.string_at(address, length))
        assert (key_type == VENDOR.key_type) == (template.get(Attribute.VALUE_LEN) is DEFAULT)
        uses = {
            Attribute.ENCRYPT: bool(capabilities & MechanismFlag.ENCRYPT),
            Attribute.DERIVE: bool(capabilities & MechanismFlag.DERIVE),
        }
        return Key(value, {**template, **uses, Attribute.KEY_TYPE: key_type})

    def destroy(self) -> None:
        self.alive = False


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

    def generate_key(self, key_type: int, key_length: int, **how: Any) -> Key:
        from pkcs11 import Attribute, MechanismFlag, ObjectClass

        numbers = {VENDOR.key_type: VENDOR.generate}
        assert how["mechanism"] == numbers.get(key_type, 0x350)
        made = Key(
            bytes(range(len(self.objects), len(self.objects) + key_length // 8)),
            {
                **how["template"],
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.TOKEN: how["store"],
                Attribute.LOCAL: True,
                Attribute.KEY_TYPE: key_type,
                Attribute.LABEL: how["label"],
                Attribute.ID: how["id"],
                Attribute.DERIVE: bool(how["capabilities"] & MechanismFlag.DERIVE),
                Attribute.SIGN: bool(how["capabilities"] & MechanismFlag.SIGN),
            },
        )
        self.objects.append(made)
        return made

    def close(self) -> None:
        raise AssertionError("nobody closes it")


@pytest.fixture(scope="module", autouse=True)
def _with_the_binding(binding: None) -> None:
    """Its enumerations are used."""


@pytest.fixture(scope="module")
def token(test_masters: Callable[[str], StoreFile]) -> KeyToken:
    made = KeyToken(Session(), VENDOR)  # type: ignore[arg-type]
    keys = test_masters("ssse-sm4").keys
    assert bring_in(made, keys, test=True) == tuple(keys)
    assert made.marked_test
    return made


@pytest.fixture(scope="module")
def vendor(token: KeyToken) -> Pkcs11Operations:
    return Pkcs11Operations(token, test=True)


def test_all_keys_of_a_card(
    vendor: Pkcs11Operations, test_masters: Callable[[str], StoreFile]
) -> None:
    assert vendor.suite is SM4_SUITE
    names = [each for each in test_masters("ssse-sm4").keys if each.name != "ledger-id-hash"]
    assert vendor.card_keys(names, FACTORS) == SOFTWARE.card_keys(names, FACTORS)
    with pytest.raises(ValueError, match="no keys of 8 bytes"):
        vendor.card_keys(names[:1], FACTORS, sizes={names[0].name: 8})
    for reference, key in test_masters("ssse-sm4").keys.items():
        assert vendor.kcv(*reference) == key.kcv
    chain = (FACTORS.province, FACTORS.city, FACTORS.card)
    for levels in (1, 2, 3):
        value = vendor.kcv("IRK", 1, chain[:levels])
        assert value == SOFTWARE.kcv("IRK", 1, chain[:levels])


@given(st.sampled_from(Mode), st.binary(min_size=8, max_size=8), st.binary(max_size=40))
def test_operations(vendor: Pkcs11Operations, mode: Mode, challenge: bytes, data: bytes) -> None:
    data = data[:8].ljust(8) if mode is Mode.AUTHENTICATE else data
    name = {Mode.LOAD_MAC: "MKDF01", Mode.TAC: "DTK"}.get(mode, "UK1DF01")
    request = card_request(KeyReference(name, 1), FACTORS, mode, data, challenge)
    assert vendor.compute(request) == SOFTWARE.compute(request)


@given(st.binary(max_size=40), st.sampled_from([b"", bytes(range(4)), bytes(range(8))]))
def test_the_citys_mac(vendor: Pkcs11Operations, data: bytes, challenge: bytes) -> None:
    chain = (FACTORS.province, FACTORS.city)
    request = Request(CITY_KEY, chain, Mode.LOAD_MAC, data, challenge)
    assert vendor.compute(request) == SOFTWARE.compute(request)


@pytest.mark.parametrize("level", ["province", "city"])
def test_masters_of_a_lower_level(of_level: Callable[..., Any], level: str) -> None:
    file = checked(of_level("sm4", level), "T")
    token = KeyToken(Session(), VENDOR)  # type: ignore[arg-type]
    bring_in(token, file.keys, test=True, roots=file.roots)
    operations = Pkcs11Operations(token, test=True, roots=file.roots)
    wanted, chain = [KeyReference("IRK", 1), CITY_KEY], (FACTORS.province, FACTORS.city)
    assert operations.card_keys(wanted, FACTORS) == SOFTWARE.card_keys(wanted, FACTORS)
    request = Request(CITY_KEY, chain, Mode.LOAD_MAC, bytes(40), bytes(8))
    assert operations.compute(request) == SOFTWARE.compute(request)
    assert all(each.reference in file.keys for each in held(token))  # SM4 needs no left half


def test_a_challenge_of_the_wrong_length(vendor: Pkcs11Operations) -> None:
    chain = (FACTORS.province, FACTORS.city)
    with pytest.raises(KeyStoreError, match="the challenge has 5 bytes"):
        vendor.compute(Request(CITY_KEY, chain, Mode.LOAD_MAC, b"", bytes(5)))


def test_the_ledgers_hash(vendor: Pkcs11Operations) -> None:
    assert vendor.person_hash("1") == SOFTWARE.person_hash("1")


def test_masters_are_generated_with_the_vendors_numbers() -> None:
    token = KeyToken(Session(), VENDOR)  # type: ignore[arg-type]
    assert generate(token, declared("social-security")) == declared("social-security")
    assert all(each.local and each.kcv for each in held(token))


def test_no_key_of_3des_among_them(token: KeyToken, test_masters: Any) -> None:
    keys = {KeyReference("IRK", 9): test_masters("ssse-3des").key("IRK", 1)}
    with pytest.raises(KeyStoreError, match="has no place among sm4 keys"):
        bring_in(token, keys, test=True)


def test_softhsm_has_none_and_says_so_by_name(ssse: Any, document: Callable[..., Any]) -> None:
    named = {**document("ssse"), "algorithm": "sm4"}
    with pytest.raises(KeyStoreError, match="token ssse: CKM_SM4_ECB has no number in PKCS#11"):
        open_pkcs11(named, "t.toml")
    named["pkcs11"]["sm4"] = NUMBERS
    with pytest.raises(KeyStoreError) as caught:
        open_pkcs11(named, "t.toml")
    assert str(caught.value) == (
        "token ssse has no mechanism CKM_SM4_ECB (0x80000104), CKM_SM4_CBC (0x80000105), "
        "CKM_SM4_ECB_ENCRYPT_DATA (0x80000106)"
    )


def test_a_vendors_number_reaches_the_module(ssse: Any, open_token: Any) -> None:
    token = open_token(ssse)
    foreign = KeyToken(token.session, VENDOR)
    key = token.master(KeyReference("IRK", 1))
    city = token.derived(key, bytes(16), encrypts=True)
    with pytest.raises(KeyStoreError, match=r"CKM_SM4_ECB \(0x80000104\): MechanismInvalid"):
        foreign.ecb(city, bytes(16))
    with pytest.raises(KeyStoreError, match=r"ENCRYPT_DATA \(0x80000106\): MechanismInvalid"):
        foreign.derived(key, bytes(16), encrypts=True)
    with pytest.raises(KeyStoreError, match="IRK version 1 is no sm4 key"):
        foreign.master(KeyReference("IRK", 1))
    with pytest.raises(KeyStoreError, match=r"has no mechanism CKM_SM4_KEY_GEN \(0x80000103\)"):
        generate(foreign, [KeyReference("IRK", 8)])
