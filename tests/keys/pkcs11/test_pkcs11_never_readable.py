"""Masters, province and city keys cannot be had from the token, whatever is tried with its PIN."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import Factors, KeyReference
from sscard.keys.operations import PERSON_HASH_KEY
from sscard.keys.stores.pkcs11 import Pkcs11BankStore, Pkcs11Operations
from sscard.keys.stores.pkcs11.login import logged_in
from sscard.keys.stores.pkcs11.masters import declared, generate
from sscard.keys.stores.pkcs11.opening import open_pkcs11
from sscard.keys.stores.pkcs11.pins import ask_on_terminal
from sscard.keys.stores.pkcs11.settings import token_settings
from sscard.keys.stores.pkcs11.token import KeyToken

FACTORS = Factors.of("510100", bytes.fromhex("0081544C9686845101C0666779"))
IRK = KeyReference("IRK", 1)


@pytest.fixture(scope="module")
def made_inside(new_token: Callable[..., Any]) -> Any:
    """A token whose masters nobody has ever seen."""
    document = new_token("made inside")
    with logged_in(token_settings(document, "T"), ask_on_terminal) as token:
        assert generate(token, declared("social-security")) == declared("social-security")
        assert generate(token, declared("social-security")) == ()
        generate(token, declared("bank"))
    return document


@pytest.fixture(params=["imported", "generated"])
def token(request: Any, ssse: Any, open_token: Callable[[Any], KeyToken]) -> KeyToken:
    named = ssse if request.param == "imported" else request.getfixturevalue("made_inside")
    return open_token(named)


def able(key: Any) -> Any:
    """The same object with every operation of the binding, whatever the token allows."""
    from pkcs11 import _pkcs11 as binding

    mixins = ("EncryptMixin", "DecryptMixin", "SignMixin", "WrapMixin", "UnwrapMixin")
    bases = [getattr(binding, name) for name in (*mixins, "DeriveMixin", "SecretKey", "Object")]
    return type("Able", tuple(bases), {})(key.wrapper)


def attempts(token: KeyToken, key: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every way to a key's bytes, or to using it as it is not meant."""
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

    session: Any = token.session
    wrapping = session.generate_key(
        KeyType.AES, 128, store=False, capabilities=MechanismFlag.WRAP | MechanismFlag.UNWRAP
    )
    free, block = able(key), bytes(8)
    yield "read", lambda: key[Attribute.VALUE]
    for mechanism in (Mechanism.AES_KEY_WRAP, Mechanism.AES_KEY_WRAP_PAD):
        yield "wrap", partial(wrapping.wrap_key, key, mechanism=mechanism)
    yield "decrypt", lambda: free.decrypt(block, mechanism=Mechanism.DES3_ECB)
    yield "sign", lambda: free.sign(block, mechanism=Mechanism.DES3_CMAC)
    yield "wrap another", lambda: free.wrap_key(wrapping, mechanism=Mechanism.DES3_ECB)
    for attribute, value in (
        (Attribute.EXTRACTABLE, True),
        (Attribute.SENSITIVE, False),
        (Attribute.ENCRYPT, True),
        (Attribute.DERIVE, True),
    ):
        yield f"set {attribute}", partial(key.__setitem__, attribute, value)
        yield f"copy with {attribute}", partial(key.copy, {attribute: value})


def refused(token: KeyToken, key: Any) -> None:
    from pkcs11.exceptions import PKCS11Error

    for what, attempt in attempts(token, key):
        try:
            attempt()
        except PKCS11Error:
            continue
        pytest.fail(f"the token let us {what}")


def test_every_stored_key_refuses_everything(token: KeyToken) -> None:
    from pkcs11 import Attribute
    from pkcs11.exceptions import AttributeSensitive

    stored = token.objects()
    assert len(stored) > 150
    for key in stored:
        with pytest.raises(AttributeSensitive):
            key[Attribute.VALUE]
        assert not key[Attribute.EXTRACTABLE]
        assert not key[Attribute.COPYABLE]
        assert key[Attribute.SENSITIVE]
        uses = ("ENCRYPT", "DECRYPT", "SIGN", "VERIFY", "WRAP", "UNWRAP", "DERIVE")
        allowed = {name for name in uses if key[Attribute[name]]}
        assert allowed == ({"SIGN"} if key[Attribute.LABEL] == PERSON_HASH_KEY else {"DERIVE"})


def test_a_root_does_nothing_but_derive(token: KeyToken) -> None:
    from pkcs11 import KeyType, Mechanism
    from pkcs11.exceptions import MechanismInvalid, PKCS11Error

    root: Any = token.master(IRK)
    refused(token, root)
    with pytest.raises(PKCS11Error):
        able(root).encrypt(bytes(8), mechanism=Mechanism.DES3_ECB)
    # Other ways of deriving are not allowed: some give a key away piece by piece.
    with pytest.raises(MechanismInvalid):
        root.derive_key(
            KeyType.GENERIC_SECRET,
            128,
            capabilities=0,
            mechanism=Mechanism.DES3_CBC_ENCRYPT_DATA,
            mechanism_param=bytes(24),
        )


def test_keys_of_provinces_and_cities_stay_inside(token: KeyToken) -> None:
    from pkcs11 import Attribute, Mechanism
    from pkcs11.exceptions import PKCS11Error

    from sscard.keys.stores.pkcs11.levels import City, Levels

    levels = Levels(token)
    province: Any = levels.province(IRK, FACTORS.province)
    with pytest.raises(PKCS11Error):
        able(province).encrypt(bytes(8), mechanism=Mechanism.DES3_ECB)
    city = levels.city(City(IRK, FACTORS.province, FACTORS.city))
    left = levels.left_half(City(IRK, FACTORS.province, FACTORS.city))
    for key in (province, city, left):
        refused(token, key)
        assert not key[Attribute.TOKEN]
    for key in (city, left):
        with pytest.raises(KeyStoreError, match="cannot derive"):
            token.derived(able(key), bytes(16), encrypts=True)


def test_what_was_made_inside_was_never_outside(
    made_inside: Any, open_token: Callable[[Any], KeyToken]
) -> None:
    from pkcs11 import Attribute

    for key in open_token(made_inside).objects():
        assert key[Attribute.LOCAL]
        assert key[Attribute.NEVER_EXTRACTABLE]
        assert key[Attribute.ALWAYS_SENSITIVE]


def test_masters_made_inside_derive(made_inside: Any) -> None:
    operations = open_pkcs11(made_inside, "made-inside.toml")
    assert not operations.test
    names = [each for each in declared("social-security") if each.name != PERSON_HASH_KEY]
    keys = operations.card_keys(names, FACTORS)
    assert len({key.kcv for key in keys.values()}) > 0.99 * len(names)
    assert len(operations.person_hash("1")) == 32


def test_the_check_value_of_a_key_made_inside(
    made_inside: Any, open_token: Callable[[Any], KeyToken]
) -> None:
    """The token's own attribute says the same, where SoftHSM computes it: for stored DES2 keys."""
    from pkcs11 import Attribute

    token = open_token(made_inside)
    for key in token.objects()[:20]:
        if not key[Attribute.SIGN]:
            assert token.check_value(key) == key[Attribute.CHECK_VALUE]


def test_a_key_that_could_leave_is_no_master(
    new_token: Callable[..., Any], open_token: Callable[[Any], KeyToken]
) -> None:
    from pkcs11 import Attribute, KeyType, MechanismFlag

    document = new_token("careless")
    with logged_in(token_settings(document, "T"), ask_on_terminal) as token:
        session: Any = token.session
        for name, more in (
            ("IRK", {Attribute.EXTRACTABLE: True}),
            ("BK", {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: False}),
            ("PUK", {Attribute.EXTRACTABLE: False}),
            ("PUK", {Attribute.EXTRACTABLE: False}),
        ):
            session.generate_key(
                KeyType.DES2,
                store=True,
                label=name,
                id=b"\1",
                capabilities=MechanismFlag.DERIVE,
                template=more,
            )
    operations = open_pkcs11(document, "careless.toml")
    for name in ("IRK", "BK"):
        with pytest.raises(KeyStoreError, match=f"{name} version 1 can be taken out"):
            operations.card_keys([KeyReference(name, 1)], FACTORS)
    with pytest.raises(KeyStoreError, match="more than one key PUK version 1"):
        operations.kcv("PUK", 1)


def test_stores_are_not_copied_and_say_their_token_only(
    operations: Pkcs11Operations, bank: Pkcs11BankStore
) -> None:
    assert repr(operations) == "<key store in token ssse>"
    assert repr(bank) == "<key store in token bank>"
    city = operations._city("IRK", 1, FACTORS.province, FACTORS.city)
    for holder in (operations, bank, operations._token, operations._levels, city):
        with pytest.raises(TypeError, match="not pickled or copied"):
            pickle.dumps(holder)
        with pytest.raises(TypeError, match="not pickled or copied"):
            copy.copy(holder)
