"""RSA keys of a card in both forms: five numbers of the CRT, or exponent and modulus (pboc 1.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sscard.apdu import cps

RSA_CRT, PIN_CRT = range(0x8201, 0x8206), range(0x8301, 0x8306)
#: Purpose -> private exponent and modulus.
PLAIN = {"sign": (0x8101, 0x8103), "pin": (0x8102, 0x8104)}
#: Those without a meaning that a public source states, or with one that is not PBOC's.
MEANINGLESS = (
    *(0x3000, 0x3001, 0x7FFF, 0x8001, 0x8105, 0x8106, 0x8401, 0x8700, 0x9206),
    *(0xA006, 0xA016, 0xB001, 0xB010, 0xBF0C),
)


def padded(number: int, size: int) -> bytes:
    value = number.to_bytes(size, "big")
    return value + b"\x80" + bytes(-(size + 1) % 8)


def private(all_groupings: Any, rsa: tuple[int, int]) -> int:
    """From the primes of the vectors, in plain Python."""
    p, q = (int.from_bytes(all_groupings()[dgi].value[:48], "big") for dgi in (0x8205, 0x8204))
    assert p * q == rsa[0]
    return pow(rsa[1], -1, (p - 1) * (q - 1))


@pytest.fixture
def with_plain(
    all_groupings: Callable[..., dict[int, Any]], grouping: Any, rsa: tuple[int, int]
) -> Callable[..., dict[int, Any]]:
    """The groupings of a card whose keys come in plain form, besides or instead of the CRT."""

    def made(*purposes: str, crt: bool = False) -> dict[int, Any]:
        found = all_groupings()
        if not crt:
            found = {dgi: each for dgi, each in found.items() if dgi not in RSA_CRT}
        for purpose in purposes:
            exponent, modulus = PLAIN[purpose]
            d = padded(private(all_groupings, rsa), 96)
            found[exponent] = grouping(exponent, d, secret=True)
            found[modulus] = grouping(modulus, padded(rsa[0], 96), secret=True)
        return dict(sorted(found.items(), key=lambda pair: pair[0] == 0x8010))

    return made


def signature(card: Any) -> bytes:
    talk = card.said()
    talk.start().require("GPO")
    return talk.send("00880000", bytes(4), le=True).require("DDA")


def verifies(card: Any, rsa: tuple[int, int]) -> int:
    talk = card.said()
    talk.start().require("GPO")
    challenge = talk.send("00840000", le=True).data
    block = b"\x7f" + bytes.fromhex("26123456FFFFFFFF") + challenge
    sent = pow(int.from_bytes(block.ljust(96, b"\1"), "big"), rsa[1], rsa[0])
    return int(talk.send("00200088", sent.to_bytes(96, "big")).sw)


def test_both_forms_sign_alike(rich: Any, rich_bench: Any, with_plain: Any) -> None:
    right = signature(rich)
    assert signature(rich_bench(with_plain("sign"))) == right
    assert signature(rich_bench(with_plain("sign", crt=True))) == right


@pytest.mark.parametrize("purposes", [("sign",), ("pin",), ("sign", "pin")])
def test_an_enciphered_pin(
    rich_bench: Any, with_plain: Any, rsa: tuple[int, int], purposes: tuple[str, ...]
) -> None:
    card = rich_bench(with_plain(*purposes))
    assert verifies(card, rsa) == 0x9000
    if "sign" not in purposes:
        talk = card.said()
        talk.start().require("GPO")
        assert talk.send("00880000", bytes(4), le=True).sw == 0x6985, "no key signs"


def test_the_pin_key_of_five_numbers(
    rich_bench: Any, all_groupings: Any, grouping: Any, rsa: tuple[int, int]
) -> None:
    """8301 to 8305 alone: the PIN comes under them, and nothing is signed."""
    found = all_groupings()
    for dgi in RSA_CRT:
        each = found.pop(dgi)
        found[dgi + 0x100] = grouping(dgi + 0x100, each.value, secret=True)
    card = rich_bench(found)
    assert verifies(card, rsa) == 0x9000


@pytest.mark.parametrize("missing", [each for pair in PLAIN.values() for each in pair])
def test_half_a_key_is_none(make: Any, with_plain: Any, missing: int) -> None:
    found = with_plain("sign", "pin")
    rest = [each for dgi, each in found.items() if dgi != missing]
    blank = make(antenna=True)
    assert blank.personalize(groupings=rest)[-1] == 0x6A86
    assert set(blank.personalize(groupings=[found[missing], rest[-1]])) == {0x9000}


def test_another_exponent(make: Any, with_plain: Any, grouping: Any) -> None:
    found = with_plain("sign")
    wrong = bytearray(found[0x8101].value)
    wrong[40] ^= 1
    broken = {**found, 0x8101: grouping(0x8101, bytes(wrong), secret=True)}
    blank = make(antenna=True)
    assert blank.personalize(groupings=broken.values())[-1] == 0x6A80
    assert set(blank.personalize(groupings=[found[0x8101], found[0x8010]])) == {0x9000}


def test_two_keys_for_one_purpose(
    make: Any, with_plain: Any, grouping: Any, long_key: dict[int, bytes]
) -> None:
    """The five numbers are of one key, exponent and modulus of another."""
    found = with_plain("sign", crt=True)
    found |= {dgi: grouping(dgi, value, secret=True) for dgi, value in long_key.items() if dgi}
    assert make(antenna=True).personalize(groupings=found.values())[-1] == 0x6A80


@pytest.mark.parametrize(
    ("dgi", "size"), [(0x8103, 95), (0x8103, 257), (0x8104, 0), (0x8101, 257), (0x8102, 0)]
)
def test_wrong_lengths(bench: Any, grouping: Any, dgi: int, size: int) -> None:
    value = b"\xaa" * size + b"\x80" + bytes(-(size + 1) % 8)
    host = bench.open()
    todo = grouping(dgi, value, secret=True)
    if len(value) < 230:
        assert bench.store(host, todo, 0) == 0x6A80
        return
    first, second = split(host, todo)
    assert bench.send(host.wrap(first)).sw == 0x9000
    assert bench.send(host.wrap(second)).sw == 0x6A80


def split(host: Any, todo: Any) -> Any:

    raw = cps.encode_dgi(todo.identifier, host.encipher(todo.value))
    return (
        cps.store_data(raw[:200], 0, encrypted=True),
        cps.store_data(raw[200:], 1, encrypted=True),
    )


@pytest.mark.parametrize("dgi", MEANINGLESS)
def test_what_no_public_source_explains_is_refused(make: Any, grouping: Any, dgi: int) -> None:
    blank = make(antenna=True)
    host = blank.open()
    assert blank.store(host, grouping(dgi, bytes(16)), 0) == 0x6A88


@pytest.mark.parametrize("holder", [0x0D01, 0x0E01])
def test_every_data_object_of_the_list_is_kept_and_given(
    make: Any, all_groupings: Any, grouping: Any, holder: int
) -> None:
    """The tags of pboc 1.8, 2.3; the lists here are written out from there."""
    tags = {
        0x0D01: "9F53 9F54 9F58 9F59 9F5C 9F72 9F73 9F75 9F4F DF4F 9F77 9F78 9F79 9F6D 9F6B 9F6C "
        "9F5D 9F68 DF62 DF63 DF71 DF72 DF76 DF77 DF78 DF79 DF61",
        0x0E01: "9F51 9F52 9F55 9F56 9F57 5F34 9F76 DF71 DF72 DF76 DF77 DF78 DF79",
    }[holder]
    hidden = {"9F6C", "9F55", "5F34"}
    sizes = {1: "9F53 9F56 9F58 9F59 9F72 9F55 5F34 DF61", 2: "9F51 9F52 9F57 9F76 9F6C"}
    sizes[4] = "9F68 9F73"
    width = {tag: size for size, names in sizes.items() for tag in names.split()}
    value = b""
    for tag in tags.split():
        is_list = tag in ("9F4F", "DF4F")
        content = bytes.fromhex("9A03") if is_list else b"\1" * width.get(tag, 6)
        value += bytes.fromhex(tag) + bytes((len(content),)) + content
    other = 0x0D01 + 0x0E01 - holder
    found = {key: each for key, each in all_groupings().items() if key not in (holder, other)}
    blank = make(antenna=True)
    todo = [grouping(holder, value), *found.values()]
    assert set(blank.personalize(groupings=todo)) == {0x9000}
    blank.select()
    for tag in tags.split():
        answer = blank.hex(f"80ca{tag}00")
        if tag in hidden:
            assert answer == "6a88"
        else:
            assert answer.startswith(tag.lower()), tag
