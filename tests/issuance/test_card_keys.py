"""Keys of cards that are made ahead of need: in order, each once, and no thread is left."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from itertools import count

import pytest

from sscard.errors import KeyStoreError
from sscard.issuance.card_keys import CardKeys, KeysAhead, rsa_key, sm2_key
from sscard.issuance.card_signing import new_signing
from sscard.keys.rsa import RSAPrivateKey
from sscard.keys.stores.certificates import CertificateStore, load_certificates
from sscard.profiles import Profile, load_profile


def test_every_key_is_given_once_and_in_order() -> None:
    keys = [RSAPrivateKey(0xC7, q) for q in (0xD3, 0xDF, 0xE3, 0xE5, 0xE9, 0xEF, 0xF1, 0xFB)]
    made = iter(keys)
    with KeysAhead(lambda _bits: next(made)) as ahead:
        assert [ahead(1024) for _ in range(3)] == keys[:3]


def test_a_few_wait_and_not_more() -> None:
    numbers, key = count(), RSAPrivateKey(0xC7, 0xD3)

    def make(_bits: int) -> RSAPrivateKey:
        next(numbers)
        return key

    with KeysAhead(make) as ahead:
        for _ in range(10):
            ahead(1024)
    assert next(numbers) <= 10 + 4


def test_nothing_is_made_for_cards_without_keys() -> None:
    def make(_bits: int) -> RSAPrivateKey:
        raise AssertionError("nobody asked")

    before = threading.active_count()
    with KeysAhead(make):
        assert threading.active_count() == before


def test_what_goes_wrong_is_told_to_whoever_waits() -> None:
    def make(_bits: int) -> RSAPrivateKey:
        raise ValueError("no primes")

    before = threading.active_count()
    with KeysAhead(make) as ahead, pytest.raises(ValueError, match="no primes"):
        ahead(1024)
    assert threading.active_count() == before


def test_keys_of_another_length_wait_elsewhere() -> None:
    keys = {1024: RSAPrivateKey(0xC7, 0xD3), 1152: RSAPrivateKey(0xC7, 0xDF)}
    with KeysAhead(lambda bits: keys[bits]) as ahead:
        assert [ahead(bits) for bits in (1024, 1152, 1024)] == [keys[1024], keys[1152], keys[1024]]


@pytest.mark.parametrize("bits", [1024, 1152])
def test_a_card_s_key_is_as_long_as_its_bank_says(bits: int) -> None:
    signing = new_signing(saying(bits), issuers(1152), bytes)
    assert signing is not None
    assert signing.rsa is not None
    assert 8 * signing.rsa.key.public.size == bits


def test_no_key_is_longer_than_the_one_that_certifies_it() -> None:
    with pytest.raises(KeyStoreError, match="an RSA key of 1024 bits certifies none of 1152"):
        new_signing(saying(1152), issuers(1024), bytes)


def issuers(bits: int) -> CertificateStore:
    """The packaged ones, with a key of this length."""
    found = load_certificates(random=random.Random(3).randbytes)
    assert found.rsa is not None
    return replace(found, rsa=replace(found.rsa, signer=rsa_key(bits)))


def saying(bits: int) -> Profile:
    profile = load_profile("gen2")
    other = profile.bank["card_key_bits"].model_copy(update={"value": bits})
    return profile.model_copy(update={"bank": {**profile.bank, "card_key_bits": other}})


def test_keys_are_new_each_time() -> None:
    assert rsa_key(1024).public != rsa_key(1024).public
    assert rsa_key(1152).public.size == 144
    first, second = sm2_key(), CardKeys().sm2()
    assert first.public != second.public


def test_the_faster_library_s_public_key_is_that_of_the_private_one() -> None:
    from sscard.keys.sm2_keys import SM2PrivateKey

    made = sm2_key()
    assert SM2PrivateKey(made.reveal()).public == made.public
