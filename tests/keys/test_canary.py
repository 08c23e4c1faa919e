"""No key or PIN in anything that can be printed, logged, pickled or copied."""

from __future__ import annotations

import copy
import dataclasses
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sscard.channel import InitializeUpdateResponse, Scp02Card, Scp02Host, Scp02Identity
from sscard.errors import KeyStoreError
from sscard.keys import (
    DES8,
    HMAC256,
    SM4,
    SM4_SUITE,
    TDES,
    TDES_SUITE,
    ChipLot,
    Factors,
    KeyReference,
    Pin,
    SecretKey,
    cps,
    des,
    emv,
    sm2,
    sm4,
)
from sscard.keys.bulk import CardKeys
from sscard.keys.certificates import ISSUER, RSAAuthority, SM2Authority, Subject
from sscard.keys.joined import KeyColumn
from sscard.keys.letters import LetterKey
from sscard.keys.load_forms import CardRecord, LoadLine, PsamChange, PsamRecord
from sscard.keys.rsa import RSAPrivateKey
from sscard.keys.sm2_fast import FastSigner
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.keys.stores import load_social_security
from sscard.keys.stores.pkcs11.pins import TokenPin
from sscard.keys.stores.sealed_file import Passphrase
from sscard.keys.tr31 import Received, unwrap, wrap
from sscard.keys.tr31_binding import Binding
from sscard.keys.tr31_header import Header
from sscard.keys.types import AES
from sscard.keys.weak import refuse_weak
from sscard.keys.x509 import CertificateAnswer, seal

#: Odd parity, and no two bytes alike: any piece of it can be searched for.
CANARY = bytes.fromhex("C1CDCBC7D9D5D3DFA1ADABA7B9B5B3BF")
PIN = "918273645"


def forms(value: bytes) -> set[str]:
    """How four bytes of a secret could look in a text."""
    found = set()
    for at in range(len(value) - 3):
        piece = value[at : at + 4]
        found |= {piece.hex(), repr(piece)[2:-1], str(list(piece))[1:-1], str(tuple(piece))[1:-1]}
    return found


def assert_silent(text: str) -> None:
    for secret in (CANARY, PIN.encode(), bytes.fromhex(PIN[:-1])):
        leaked = [form for form in forms(secret) if form.lower() in text.lower()]
        assert not leaked, text


#: The next primes after four canaries, each but for its last bytes.
PRIMES = [
    int.from_bytes(CANARY * 4, "big") + 374,
    int.from_bytes((CANARY[4:] + CANARY[:4]) * 4, "big") + 350,
]
KEYS = [
    TDES(CANARY),
    DES8(CANARY[:8]),
    LetterKey(CANARY * 2),
    DES8(CANARY[8:]),
    SM4(CANARY),
    AES(CANARY),
    HMAC256(CANARY * 2),
    SM2PrivateKey(CANARY * 2),
    RSAPrivateKey(*PRIMES),
    Pin(PIN),
]
CARD_KEYS = cps.CardKeys(TDES(CANARY), TDES(CANARY), TDES(CANARY))
IDENTITY = Scp02Identity(CARD_KEYS, bytes(10))
CARD = Scp02Card(IDENTITY, bytes(2), bytes(8), bytes(6))
HOST = Scp02Host.open(cps.session_keys(CARD_KEYS, bytes(2)), bytes(8), CARD.response)
COLUMN = KeyColumn(CANARY * 2, 16, TDES)
REFERENCE = KeyReference("K", 1)
SM2_SIGNER = sm2.SoftwareSigner(SM2PrivateKey(CANARY * 2), bytes)
SUBJECT = Subject(ISSUER, "622800", 2030, 12, bytes(3))
RSA_CA = RSAAuthority(1, RSAPrivateKey(*PRIMES))
SM2_CA = SM2Authority(1, FastSigner(SM2PrivateKey(CANARY * 2)))
BLOCK = wrap(AES(CANARY), Header("E6", "T", "X"), TDES(CANARY), bytes)
ENVELOPE = seal(SM2PrivateKey(CANARY * 2), SM2PrivateKey(CANARY * 2).public, b"\1".__mul__)
HOLDERS = [
    *KEYS,
    COLUMN,
    CardKeys({REFERENCE: COLUMN}, 0),
    Binding(AES(CANARY)),
    Binding(TDES(CANARY)),
    Received(Header("E6", "T", "X"), TDES(CANARY)),
    LoadLine(TDES_SUITE, TDES(CANARY), CANARY[:4], direct=True),
    CardRecord(0, 0, 0, 0, 0, 0, 0, TDES(CANARY)),
    PsamRecord(0, 0, TDES(CANARY)),
    PsamChange(0, 0, TDES(CANARY)),
    ChipLot("L", bytes(13), "1", TDES(CANARY), SM4(CANARY)),
    Passphrase(CANARY.hex()),
    TokenPin(CANARY.hex()),
    CARD_KEYS,
    IDENTITY,
    CARD,
    HOST,
    RSAPrivateKey(*PRIMES).crt,
    RSA_CA,
    RSA_CA.issuer(SUBJECT, RSAPrivateKey(*PRIMES)),
    SM2_SIGNER,
    FastSigner(SM2PrivateKey(CANARY * 2)),
    SM2_CA,
    SM2_CA.issuer(SUBJECT, SM2_SIGNER),
    TDES_SUITE.diversifier(TDES(CANARY)),
    SM4_SUITE.diversifier(SM4(CANARY)),
    CertificateAnswer(CANARY, CANARY, ENVELOPE, Pin(PIN[:-1]), SM4(CANARY)),
]


@pytest.fixture
def holders(tmp_path: Path) -> list[object]:
    path = tmp_path / "store.toml"
    path.write_text(
        f'kind = "social-security"\ntest = true\n[keys]\nIRK = ["{CANARY.hex()}"]\n'
        f'ledger-id-hash = ["{(CANARY * 2).hex()}"]\n[lots.L]\nblank_historical = "{"00" * 13}"\n'
        f'cos_version = "1"\ntransport = "{CANARY.hex()}"\n'
        f'certificate_master = "{CANARY.hex()}"\n'
    )
    store = load_social_security(path)
    store.card_key("IRK", 1, Factors.of("371000", bytes(13)))
    return [*HOLDERS, store, vars(store)]


def test_the_canary_would_be_seen() -> None:
    for text in (repr(CANARY), CANARY.hex(), str(list(CANARY)), PIN, str(tuple(CANARY[4:8]))):
        with pytest.raises(AssertionError):
            assert_silent(text)


def test_nothing_printed_shows_it(holders: list[object], caplog: pytest.LogCaptureFixture) -> None:
    for holder in holders:
        logging.getLogger("sscard").warning("%s %r", holder, holder)
        for show in (repr, str, format, pprint.pformat, ascii):
            assert_silent(show(holder))
    assert_silent(caplog.text)


def test_a_key_shows_its_kind_only() -> None:
    assert repr(TDES(CANARY)) == "<TDES 128 bits>"
    assert repr(DES8(CANARY[:8])) == "<DES8 64 bits>"
    assert repr(Pin(PIN)) == "<Pin>"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_pickled(holders: list[object], protocol: int) -> None:
    for holder in holders:
        with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
            pickle.dumps(holder, protocol)


def test_nothing_is_copied_deeply(holders: list[object]) -> None:
    for holder in holders:
        with pytest.raises(TypeError):
            copy.deepcopy(holder)


def test_keys_and_stores_are_not_copied(holders: list[object]) -> None:
    for holder in (*KEYS, holders[-2]):
        with pytest.raises(TypeError, match="not pickled or copied"):
            copy.copy(holder)


def test_no_dictionary_of_a_key() -> None:
    with pytest.raises(TypeError):
        dataclasses.asdict(CARD_KEYS)
    for key in KEYS:
        with pytest.raises(TypeError):
            vars(key)
        with pytest.raises(TypeError):
            bytes(key)  # type: ignore[call-overload]


FAILURES: dict[str, Callable[[], object]] = {
    "wrong size": partial(TDES, CANARY + b"\0"),
    "wrong size of DES8": partial(DES8, CANARY),
    "wrong PIN": partial(Pin, PIN + "x"),
    "weak key": partial(refuse_weak, "K", TDES(CANARY[:8] * 2)),
    "parity": partial(refuse_weak, "K", TDES(CANARY[:-1] + b"\0")),
    "not DES": partial(des.ecb_encrypt, HMAC256(CANARY * 2), bytes(8)),
    "not whole blocks": partial(des.ecb_encrypt, TDES(CANARY), CANARY[:7]),
    "not SM4": partial(sm4.ecb_encrypt, TDES(CANARY), bytes(16)),
    "placeholder": partial(refuse_weak, "K", SM4(CANARY[:1] * 16)),
    "altered key block": partial(unwrap, AES(CANARY), f"{BLOCK[:-1]}{'10'[BLOCK[-1] == '1']}"),
    "other protection key": partial(unwrap, AES(CANARY[::-1]), BLOCK),
    "key too strong": partial(wrap, TDES(CANARY), Header("E6", "A", "X"), AES(CANARY), bytes),
    "wrong header": partial(wrap, AES(CANARY), Header("E6", "A", "X"), TDES(CANARY), bytes),
    "wrong load MAC": partial(
        LoadLine(TDES_SUITE, TDES(CANARY), CANARY[:4], direct=True).open, bytes(4), CANARY
    ),
    "wrong key record": partial(CardRecord.parse, bytes(7) + CANARY[:1] + CANARY, TDES_SUITE),
    "no SM2 key": partial(SM2PrivateKey, b"\xff" * 16 + CANARY),
    "no randomness": partial(SM2_SIGNER.sign, CANARY),
    "not for this key": partial(sm2.decrypt, SM2_SIGNER.key, SM2_SIGNER.public.point + CANARY * 4),
    "no RSA key": partial(RSAPrivateKey, PRIMES[0], PRIMES[0]),
    "no RSA exponent": partial(RSAPrivateKey, *PRIMES, 5),
    "no RSA block": partial(RSA_CA.signer.power, CANARY),
    "no PAN": partial(emv.udk, TDES(CANARY), PIN + "F", "01"),
    "no factor": partial(TDES_SUITE.diversify, TDES(CANARY), b""),
    "wrong cryptogram": partial(
        Scp02Host.open,
        cps.session_keys(CARD_KEYS, bytes(2)),
        bytes(8),
        InitializeUpdateResponse(bytes(10), 1, 2, bytes(2), bytes(6), bytes(8)),
    ),
}


@pytest.mark.parametrize("fail", FAILURES.values(), ids=FAILURES.keys())
def test_no_exception_shows_it(fail: Callable[[], object]) -> None:
    with pytest.raises(Exception) as caught:
        fail()
    assert_silent("".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize(
    "line",
    [
        f'IRK = ["{CANARY.hex()}',
        f'IRK = ["{CANARY.hex()}00"]',
        f'IRK = ["{CANARY.hex()}G"]',
        f'IRK = ["{CANARY.hex()}", "{(CANARY[:8] * 2).hex()}"]',
        f"IRK = {CANARY.hex()}",
        f'IRK = "{CANARY.hex()}"',
    ],
)
def test_no_damaged_file_shows_it(tmp_path: Path, line: str) -> None:
    path = tmp_path / "store.toml"
    path.write_text(f'kind = "social-security"\ntest = true\n[keys]\n{line}\n')
    with pytest.raises(KeyStoreError) as caught:
        load_social_security(path)
    assert_silent("".join(traceback.format_exception(caught.value)))


def test_every_secret_type_is_in_here() -> None:
    assert set(SecretKey.__subclasses__()) == {type(key) for key in KEYS} - {
        LetterKey,
        Pin,
        RSAPrivateKey,
    }
