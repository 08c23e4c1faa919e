"""Tracks of stripes: published ones, there and back, and whatever a reader may say."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData, ProfileError
from sscard.issuance.face import FaceError
from sscard.issuance.face.stripe import (
    StripeAccount,
    Track1,
    Track2,
    Track3,
    given_tracks,
    load_stripe_rules,
    rules_of_banks,
    tracks,
)
from sscard.issuance.face.stripe.coding import TRACK_1, TRACK_2, TRACK_3, Coding

VECTORS = tomllib.loads(
    (Path(__file__).parents[2] / "vectors" / "stripe.toml").read_text(encoding="utf-8")
)
CODINGS = {1: TRACK_1, 2: TRACK_2, 3: TRACK_3}
PARSERS = {1: Track1, 2: Track2, 3: Track3}
ACCOUNT = StripeAccount("6228005000000010", "3601", "220", "0123456789", "TANG/MIN")
SECRETS = ("62280050", "0123456789", "TANG", "3601")


@pytest.mark.parametrize("vector", VECTORS["lrc"], ids=lambda each: each["text"])
def test_published_checks(vector: dict[str, Any]) -> None:
    assert CODINGS[vector["track"]].lrc(vector["text"]) == vector["lrc"]


@pytest.mark.parametrize("vector", VECTORS["track1"], ids=lambda each: each["text"][:8])
def test_published_first_tracks(vector: dict[str, Any]) -> None:
    found = Track1.parse(vector["text"].encode())
    assert found == Track1(
        vector["number"],
        vector["name"],
        vector.get("expiry"),
        vector.get("service"),
        vector["discretionary"],
        vector.get("format_code", "B"),
    )
    assert found.text == vector["text"]
    assert Track1.parse((found.text + found.lrc).encode()) == found


@pytest.mark.parametrize("vector", VECTORS["track2"], ids=lambda each: each["text"][:8])
def test_published_second_tracks(vector: dict[str, Any]) -> None:
    found = Track2.parse(vector["text"].encode())
    said = (found.number, found.expiry, found.service, found.discretionary)
    assert said == tuple(vector[each] for each in ("number", "expiry", "service", "discretionary"))
    assert found.text == vector["text"]
    assert Track2.parse((found.text + found.lrc).encode()) == found


@pytest.mark.parametrize("vector", VECTORS["track3"], ids=lambda each: each["text"][:8])
def test_published_third_tracks(vector: dict[str, Any]) -> None:
    found = Track3.parse(vector["text"].encode())
    there = {name: value for name, value in found.values.items() if value is not None}
    assert there == vector["values"]
    assert found.text == vector["text"]
    assert len(found.text + found.lrc) == 107
    assert Track3.parse((found.text + found.lrc).encode()) == found


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=lambda each: each["source"][:30])
def test_what_is_no_track(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedData) as caught:
        PARSERS[vector["track"]].parse(vector["text"].encode())
    assert str(caught.value) == vector["error"]


# The check again, from the bits as the standard words it: even ones in every column.


@pytest.mark.parametrize("coding", CODINGS.values(), ids=lambda each: str(each.number))
@given(data=st.data())
def test_the_check_makes_every_column_even(coding: Coding, data: st.DataObject) -> None:
    text = data.draw(st.text(coding.information + coding.separator, max_size=coding.longest - 3))
    framed = coding.framed(text)
    whole = framed + coding.lrc(framed)
    assert len(whole) <= coding.longest
    columns = [f"{ord(each) - ord(coding.lowest):0{coding.bits}b}" for each in whole]
    assert all(sum(map(int, column)) % 2 == 0 for column in zip(*columns, strict=True))
    assert coding.data(whole.encode()) == coding.data(framed.encode()) == text


NUMBERS = st.from_regex(r"[0-9]{10,19}", fullmatch=True)
EXPIRIES = st.none() | st.from_regex(r"[0-9]{2}(0[1-9]|1[0-2])", fullmatch=True)
SERVICES = st.none() | st.from_regex(r"[0-9]{3}", fullmatch=True)


@given(NUMBERS, st.text(TRACK_1.information, min_size=2, max_size=26), EXPIRIES, SERVICES)
def test_first_tracks_there_and_back(
    number: str, name: str, expiry: str | None, service: str | None
) -> None:
    track = Track1(number, name, expiry, service, "0 (A)")
    assert Track1.parse((track.text + track.lrc).encode()) == track


@given(NUMBERS, EXPIRIES, SERVICES, st.text("0123456789=", max_size=8))
def test_second_tracks_there_and_back(
    number: str, expiry: str | None, service: str | None, rest: str
) -> None:
    track = Track2(number, expiry, service, rest)
    assert Track2.parse((track.text + track.lrc).encode()) == track


OPTIONAL = {
    "country": 3,
    "pin_parameters": 6,
    "security": 9,
    "check_digits": 6,
}


@given(
    NUMBERS, EXPIRIES, st.sets(st.sampled_from(sorted(OPTIONAL))), st.text("0123456789", max_size=8)
)
def test_third_tracks_there_and_back(
    number: str, expiry: str | None, absent: set[str], account: str
) -> None:
    given: dict[str, str | None] = {name: "7" * size for name, size in OPTIONAL.items()}
    given |= dict.fromkeys(absent)
    given |= {"number": number, "expiry": expiry, "first_account": account}
    track = Track3.of(given)
    assert Track3.parse((track.text + track.lrc).encode()) == track
    assert {name: track.values[name] for name in given} == given


ANY = st.binary(max_size=120) | st.text("%;?^=B0123456789", max_size=120).map(str.encode)


@pytest.mark.parametrize("number", PARSERS)
@given(raw=ANY)
def test_any_bytes_are_a_track_or_an_error(number: int, raw: bytes) -> None:
    try:
        found = PARSERS[number].parse(raw)
    except MalformedData:
        return
    assert raw in (found.text.encode(), (found.text + found.lrc).encode())


@pytest.mark.parametrize("number", PARSERS)
@given(data=st.data())
def test_a_damaged_track_is_not_taken_for_another(number: int, data: st.DataObject) -> None:
    """One wrong character is always found: it changes the check."""
    text = VECTORS[f"track{number}"][0]["text"]
    whole = text + CODINGS[number].lrc(text)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 127).filter(lambda each: each != ord(whole[at])))
    damaged = whole[:at] + chr(other) + whole[at + 1 :]
    with pytest.raises(MalformedData):
        PARSERS[number].parse(damaged.encode())


# What a bank writes


def rules(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = (Path(rules_of_banks.__path__[0]) / "demo.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_tracks_of_an_account(tmp_path: Path) -> None:
    made = tracks(ACCOUNT, load_stripe_rules())
    first, second, third = made.texts()
    assert first == f"%B6228005000000010^{' ' * 26}^36012200123456789?"
    assert second == ";6228005000000010=36012200123456789?"
    assert third.startswith(";996228005000000010=156156")
    assert Track3.parse(third.encode()).values["expiry"] == "3601"
    latin = load_stripe_rules(rules(tmp_path, ('name = "blank"', 'name = "latin"')))
    assert tracks(ACCOUNT, latin).texts()[0][18:46] == "^TANG/MIN" + " " * 18 + "^"
    assert not any(secret in repr((ACCOUNT, made)) for secret in SECRETS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": "6228005000000011"}, "is no bank card number"),
        ({"expiry": "3613"}, "track 1: the expiry is no YYMM"),
        ({"service": "22"}, "track 1: the service code has 3 digits"),
        ({"discretionary": "A" * 12}, "track 2: character 25 of the data is not allowed"),
        ({"discretionary": "0" * 14}, "track 2: has 41 characters, 40 at most"),
    ],
)
def test_an_account_that_no_stripe_can_say(change: dict[str, str], said: str) -> None:
    fields = {name: getattr(ACCOUNT, name) for name in ACCOUNT.__slots__}
    with pytest.raises(FaceError, match=said) as caught:
        tracks(StripeAccount(**{**fields, **change}), load_stripe_rules())
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_a_missing_latin_name(tmp_path: Path) -> None:
    latin = load_stripe_rules(rules(tmp_path, ('name = "blank"', 'name = "latin"')))
    nameless = StripeAccount("6228005000000010", "3601", "220", "1")
    with pytest.raises(FaceError, match="the name in Latin letters is missing"):
        tracks(nameless, latin)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('format_code = "B"', 'format_code = "A"'), r"rules.toml: track1.format_code: "),
        (("name_width = 26", "name_width = 27"), r"track1.name_width: "),
        (('country = "156"', 'land = "156"'), r"track3: .*no field land"),
        (('country = "156"', 'number = "156"'), r"track3: .*number and expiry come from"),
        (('country = "156"', 'country = "1567"'), r"track3: .*another length"),
        (("[track2]", "[track9]"), r"rules.toml: track2: Field required"),
        (("[track2]", "[track2"), r"rules.toml: "),
    ],
)
def test_rules_that_are_wrong(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        load_stripe_rules(rules(tmp_path, change))


def test_tracks_that_the_bank_has_made() -> None:
    account = ("6228005000000010", "3601")
    first, second = "B6228005000000010^TEST/HOLDER^3601201", "6228005000000010=3601201"
    made = given_tracks(account, first, second)
    assert made.texts() == (f"%{first}?", f";{second}?", "")
    assert given_tracks(account, f"%{first}?", f";{second}?") == made
    for wrong in (("6228005000000028", "3601"), ("6228005000000010", "3602")):
        with pytest.raises(FaceError, match="track 1: is of another account or expiry"):
            given_tracks(wrong, first, second)
    with pytest.raises(FaceError, match="track 2: is not laid out"):
        given_tracks(account, first, "")
