"""Keys of cards that are made ahead of need: in order, each once, and no thread is left."""

from __future__ import annotations

import threading
from itertools import count

import pytest

from sscard.issuance.card_keys import CardKeys, KeysAhead, rsa_key, sm2_key
from sscard.keys.rsa import RSAPrivateKey


def test_every_key_is_given_once_and_in_order() -> None:
    keys = [RSAPrivateKey(0xC7, q) for q in (0xD3, 0xDF, 0xE3, 0xE5, 0xE9, 0xEF, 0xF1, 0xFB)]
    made = iter(keys)
    with KeysAhead(lambda: next(made)) as ahead:
        assert [ahead() for _ in range(3)] == keys[:3]


def test_a_few_wait_and_not_more() -> None:
    numbers, key = count(), RSAPrivateKey(0xC7, 0xD3)

    def make() -> RSAPrivateKey:
        next(numbers)
        return key

    with KeysAhead(make) as ahead:
        for _ in range(10):
            ahead()
    assert next(numbers) <= 10 + 4


def test_nothing_is_made_for_cards_without_keys() -> None:
    def make() -> RSAPrivateKey:
        raise AssertionError("nobody asked")

    before = threading.active_count()
    with KeysAhead(make):
        assert threading.active_count() == before


def test_what_goes_wrong_is_told_to_whoever_waits() -> None:
    def make() -> RSAPrivateKey:
        raise ValueError("no primes")

    before = threading.active_count()
    with KeysAhead(make) as ahead, pytest.raises(ValueError, match="no primes"):
        ahead()
    assert threading.active_count() == before


def test_keys_are_new_each_time() -> None:
    assert rsa_key().public != rsa_key().public
    assert rsa_key().public.size == 128
    first, second = sm2_key(), CardKeys().sm2()
    assert first.public != second.public


def test_the_faster_library_s_public_key_is_that_of_the_private_one() -> None:
    from sscard.keys.sm2_keys import SM2PrivateKey

    made = sm2_key()
    assert SM2PrivateKey(made.reveal()).public == made.public
