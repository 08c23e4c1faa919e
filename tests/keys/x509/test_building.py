"""What a certificate cannot say is the caller's mistake, and is named without its text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from sscard.keys.x509 import Extension, Name, extensions, names
from tests.keys.x509.world import BEGIN, HOLDER, World

NAMES: dict[str, tuple[Name, str]] = {
    "nothing": ((), "at least one part"),
    "a longer name": ((("CN", "张" * 65),), "CN: 1 to 64 characters, not 65"),
    "no name": ((("CN", ""),), "CN: 1 to 64 characters, not 0"),
    "a longer city": ((("L", "x" * 129),), "L: 1 to 128 characters, not 129"),
    "another part": ((("title", "x"),), "title: no part"),
    "a control character": ((("CN", "张\u0000三"),), "CN: .* control character"),
    "half a character": ((("CN", "张\ud842"),), "CN: .* control character"),
    "a space behind": ((("CN", "张三 "),), "CN: a space at an end"),
    "a country in words": ((("C", "中国"),), "C: a country has two letters"),
    "half a country": ((("C", "C"),), "C: a country has two letters"),
}


@pytest.mark.parametrize("case", NAMES)
def test_names(case: str) -> None:
    name, said = NAMES[case]
    with pytest.raises(ValueError, match=said) as refusal:
        names.require_name(name)
    assert not any(text in str(refusal.value) for _, text in name if len(text) > 2)


CONTENTS: dict[str, dict[str, Any]] = {
    "a serial number": {"serial": b""},
    "serial number has 1 to 20 bytes": {"serial": b"\x01" * 21},
    "01 to 7F first": {"serial": b"\x80"},
    "a serial number has": {"serial": b"\x00\x01"},
    "whole seconds": {"not_before": BEGIN.replace(microsecond=1)},
    "with a zone": {"not_after": datetime(2030, 1, 1)},
    "ends before it begins": {"not_after": datetime(2020, 1, 1, tzinfo=UTC)},
    "C: a country": {"issuer": (("C", "X"),)},
    "CN: 1 to 64": {"subject": (("CN", "x" * 65),)},
    "an extension comes twice": {"extensions": (Extension("1.2.3", b""),) * 2},
}


@pytest.mark.parametrize("said", CONTENTS)
def test_contents(said: str, world: World) -> None:
    with pytest.raises(ValueError, match=said):
        world.contents(**CONTENTS[said])


def test_the_holder_is_in_no_representation(world: World) -> None:
    assert HOLDER[-1][1] not in repr(world.contents())


def test_rare_names(world: World) -> None:
    """Private code points, four-byte characters, middle dots: what is on cards."""
    for text in ("\ue000𠮷·Ⅷ", "MARIA DOS ANJOS"):
        subject = (("C", "CN"), ("CN", text))
        found = world.card(subject=subject)
        assert found.subject == subject
        other = x509.load_der_x509_certificate(found.der).subject
        assert [each.value for each in other] == ["CN", text]


def test_the_longest_name_counts_characters(world: World) -> None:
    # ub-common-name is in characters; a file of 1020 bytes has room for 64 of four bytes.
    found = world.card(subject=(("C", "CN"), ("CN", "𠮷" * 64)))
    assert found.named("CN") == "𠮷" * 64
    assert len(found.der) < 1020


@given(bits=st.integers(1, 255))
def test_key_usages(bits: int) -> None:
    made = extensions.key_usage(bytes((bits,))).value
    # A named bit list has no zeros behind its last bit (X.690 §11.2.2).
    last = bits & -bits
    assert made == bytes((3, 2, last.bit_length() - 1, bits))


@pytest.mark.parametrize("bits", [b"", b"\x00", b"\xc0\x80"])
def test_no_key_usages(bits: bytes) -> None:
    with pytest.raises(ValueError, match="one byte"):
        extensions.key_usage(bits)
