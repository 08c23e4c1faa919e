"""Supplements: what a signature proves, for which profile, and what a confirmation cannot hide."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import KeyStoreError, ProfileError
from sscard.keys import ed25519
from sscard.profiles import Profile, load_profile
from sscard.profiles.facts import resting_on_assumption, stated
from sscard.profiles.loader import parse_profile, profile_layers, profile_sha256
from sscard.profiles.supplements import (
    Supplement,
    draft,
    issuer_key,
    load_supplement,
    signature_path,
    verified,
)

TODAY = date(2026, 5, 6)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
SIGNER = ed25519.sign(b"", PEM, None)[1]
OTHER = ed25519.sign(
    b"",
    Ed25519PrivateKey.from_private_bytes(bytes(32)).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ),
    None,
)[1]
GEN3 = load_profile("gen3")


def text(body: str = "", **head: object) -> str:
    """A supplement for gen3; ``head`` takes the place of its entries, None takes one away."""
    entries: dict[str, object] = {
        "overlay": '"supplement"',
        "name": '"office"',
        "number": 3,
        "issuer_zh": '"某厅"',
        "issuer_en": '"Some Office"',
        "date": "2026-05-06",
        "profile": '"gen3"',
        "profile_sha256": f'"{profile_sha256("gen3").hex()}"',
    } | head
    lines = (f"{name} = {value}\n" for name, value in entries.items() if value is not None)
    return "".join(lines) + body


def signed(content: str | bytes) -> Supplement:
    raw = content.encode() if isinstance(content, str) else content
    return verified(raw, ed25519.sign(raw, PEM, None)[0], [SIGNER], origin="s.toml")


def confirms(*places: str) -> str:
    return "".join(f'[[confirms]]\nplace = "{place}"\n' for place in places)


def loaded(body: str = "", spec: str | Path = "gen3", **head: object) -> Profile:
    return load_profile(spec, signed(text(body, **head)))


def own_tries(mark: str) -> str:
    """A profile on gen3 with a setting of its own."""
    setting = f'[settings.pin_tries]\nvalue = 6\nsource = "x"\nmark = "{mark}"\n'
    return f'extends = "gen3"\nname = "own"\n{setting}'


def part(profile: Profile, place: str) -> tuple[str, str]:
    found = dict(profile.parts())[place]
    return found.mark, found.source


CITED = r"supplement office no\. 3 of Some Office, 2026-05-06 \(SHA-256 [0-9a-f]{16}\)"


# What it does


def test_a_confirmed_fact_is_confirmed_and_its_old_source_stays_visible() -> None:
    profile = loaded(confirms("settings.pin_tries"))
    mark, source = part(profile, "settings.pin_tries")
    old = GEN3.settings["pin_tries"]
    assert mark == "confirmed"
    assert re.fullmatch(f"{CITED}, confirming {re.escape(old.source)} \\[{old.mark}\\]", source)
    assert profile.settings["pin_tries"].value == old.value
    assert set(GEN3.unconfirmed()) - set(profile.unconfirmed()) == {"settings.pin_tries"}


def test_confirming_everything_changes_nothing_but_where_it_is_from() -> None:
    supplement = signed(text(confirms(*GEN3.unconfirmed())))
    profile = load_profile("gen3", supplement)
    assert profile.unconfirmed() == ()
    assert resting_on_assumption(stated(profile)) == ()
    assert supplement.unneeded(profile) == ()
    assert values(profile) == values(GEN3)


def values(profile: Profile) -> list[tuple[str, dict[str, object]]]:
    """Everything that a profile says, but not where it is from."""
    unsaid = ("source", "mark")
    return [
        (each.place, {name: v for name, v in each.facts.items() if name not in unsaid})
        for each in stated(profile)
    ]


def test_places_that_only_the_model_knows() -> None:
    """Entries of the DIR file, and what stands in the certificate application."""
    places = [each for each in GEN3.unconfirmed() if ".dir_df" in each or "certificates" in each]
    assert any(".dir_df" in each for each in places)
    profile = loaded(confirms(*places))
    assert {part(profile, place)[0] for place in places} == {"confirmed"}


def test_inner_items_go_with_what_is_confirmed() -> None:
    place = "SSSE/001E.dir_df01"
    element = dict(loaded(confirms(place)).parts())[place]
    assert element.elements[0].mark == "confirmed"
    assert element.elements[0].elements[0].mark == "confirmed"


def test_what_was_computed_of_the_old_profile_is_computed_anew() -> None:
    place = "DF01/EF06.phone"
    change = f'[[changes]]\ntarget = "{place}"\nsource = "x"\nmark = "1"\n'
    profile = parse_profile(f'extends = "gen3"\nname = "own"\n{change}', "own.toml")
    assert profile.elements["phone"].unconfirmed
    assert not signed(text(confirms(place))).confirmed(profile).elements["phone"].unconfirmed
    assert profile.elements["phone"].unconfirmed, "the old one stays"


def test_an_override_has_the_supplement_as_source() -> None:
    profile = loaded(
        '[settings.pin_tries]\nvalue = 3\nnote = "letter 12"\n'
        '[bank.offline_pin]\nvalue = "654321"\n'
        '[[changes]]\ntarget = "SSSE/EF06"\nname_en = "other"\n'
        '[[additions]]\ntarget = "SSSE"\n[[additions.keys]]\n'
        'name = "UKNEW"\nkid = 0x5E\ntype = "external"\nversions = 1\n'
    )
    assert (profile.settings["pin_tries"].value, profile.settings["pin_tries"].note) == (
        3,
        "letter 12",
    )
    for place in ("settings.pin_tries", "bank.offline_pin", "SSSE/EF06"):
        mark, source = part(profile, place)
        old = dict(GEN3.parts())[place]
        assert mark == "confirmed"
        assert re.fullmatch(f"{CITED}, instead of {re.escape(old.source)} \\[{old.mark}\\]", source)
    mark, source = part(profile, "SSSE.UKNEW")
    assert mark == "confirmed"
    assert re.fullmatch(CITED, source)


def test_what_it_overrides_is_told() -> None:
    supplement = signed(text(confirms("settings.puk_tries") + "[settings.pin_tries]\nvalue = 3\n"))
    profile = load_profile("gen3", supplement)
    assert supplement.changed(profile) == ("settings.pin_tries",)
    assert supplement.confirmations == ("settings.puk_tries",)


def test_a_change_that_says_nothing_confirms_nothing() -> None:
    with pytest.raises(ProfileError, match=r"change of SSSE/EF07: says nothing; \[\[confirms\]\]"):
        loaded('[[changes]]\ntarget = "SSSE/EF07"\n')


def test_an_override_of_an_inner_item_is_told() -> None:
    place = "DF01/EF15.degree.school"
    body = f'[[changes]]\ntarget = "{place}"\nen = "university"\n'
    supplement = signed(text(confirms("SSSE/001E") + body))
    assert supplement.changed(load_profile("gen3", supplement)) == (place,)


def test_what_it_makes_wrong_is_told_with_its_name() -> None:
    with pytest.raises(ProfileError) as caught:
        loaded("[settings.nope]\nvalue = 3\n")
    assert str(caught.value) == (
        "gen3 with supplement office no. 3: setting nope: there is no setting of this name"
    )


def test_it_is_the_last_layer() -> None:
    supplement = signed(text())
    *below, last = profile_layers("gen3", supplement)
    assert tuple(below) == profile_layers("gen3")
    assert (last.name, last.kind, last.sha256) == (
        "office no. 3",
        "supplement",
        supplement.sha256,
    )
    assert profile_sha256("gen3", supplement) != profile_sha256("gen3")


def test_a_place_that_needs_no_confirmation_is_told_and_stays() -> None:
    sure = next(place for place, each in GEN3.parts() if not each.unconfirmed)
    supplement = signed(text(confirms(sure)))
    profile = load_profile("gen3", supplement)
    assert supplement.unneeded(profile) == (sure,)
    assert part(profile, sure) == part(GEN3, sure)


def test_why_its_owner_knows_stands_behind_the_source() -> None:
    profile = loaded(confirms("settings.pin_tries") + 'note = "letter 12"\n')
    assert part(profile, "settings.pin_tries")[1].endswith("]; letter 12")


# What it refuses


def test_any_changed_byte_is_refused() -> None:
    raw = text(confirms("settings.pin_tries")).encode()
    signature = ed25519.sign(raw, PEM, None)[0]
    assert verified(raw, signature, [OTHER, SIGNER], origin="s").issuer_key == SIGNER.fingerprint
    for changed in (raw + b"\n", raw[:-1], raw.replace(b"\n", b"\r\n"), raw.replace(b"3", b"4", 1)):
        with pytest.raises(ProfileError) as caught:
            verified(changed, signature, [SIGNER], origin="s.toml")
        assert str(caught.value) == (
            "s.toml: no trusted key has signed this: the file was changed, or another key signed "
            f"it (trusted: {SIGNER.fingerprint.hex()[:16]}…)"
        )


PLAIN = text()


@given(st.data())
def test_any_changed_bit_is_refused(data: st.DataObject) -> None:
    raw = bytearray(PLAIN.encode())
    signature = ed25519.sign(PLAIN.encode(), PEM, None)[0]
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ProfileError, match="no trusted key has signed this"):
        verified(bytes(raw), signature, [SIGNER], origin="s")


@given(st.binary(max_size=200))
def test_any_signed_bytes_are_a_supplement_or_refused(raw: bytes) -> None:
    with pytest.raises(ProfileError, match=r"^s\.toml: "):
        signed(raw)


def test_other_keys_and_none() -> None:
    raw = text().encode()
    signature = ed25519.sign(raw, PEM, None)[0]
    with pytest.raises(ProfileError, match=f"trusted: {OTHER.fingerprint.hex()[:16]}…"):
        verified(raw, signature, [OTHER], origin="s")
    with pytest.raises(ProfileError, match="trusted: none"):
        verified(raw, signature, [], origin="s")
    for wrong in (b"", signature[:-1], signature + b"\n"):
        with pytest.raises(ProfileError, match=f"signature has {len(wrong)} bytes"):
            verified(raw, wrong, [SIGNER], origin="s")


def test_nothing_is_read_before_the_signature_holds() -> None:
    with pytest.raises(ProfileError, match="no trusted key"):
        verified(b"\xff = [", bytes(64), [SIGNER], origin="s")


def test_a_profile_that_was_changed_since_its_owner_read_it(tmp_path: Path) -> None:
    """The value of a confirmed place cannot change under the confirmation."""
    path = tmp_path / "own.toml"
    content = own_tries("I")
    path.write_text(content)
    head = {"profile": '"own"', "profile_sha256": f'"{profile_sha256(path).hex()}"'}
    body = confirms("settings.pin_tries")
    assert part(loaded(body, path, **head), "settings.pin_tries")[0] == "confirmed"
    path.write_text(content.replace("value = 6", "value = 9"))
    with pytest.raises(ProfileError) as caught:
        loaded(body, path, **head)
    assert str(caught.value).startswith(
        "s.toml: profile_sha256: own was changed since its owner read it: then "
    )
    assert str(caught.value).endswith("; it has to be read and signed anew")


def test_a_layer_below_that_was_changed(tmp_path: Path) -> None:
    """The hash is over all layers, not over the last one."""
    base, own = tmp_path / "base.toml", tmp_path / "own.toml"
    base.write_text('extends = "gen3"\nname = "base"\n')
    own.write_text('extends = "base.toml"\nname = "own"\n')
    head = {"profile": '"own"', "profile_sha256": f'"{profile_sha256(own).hex()}"'}
    loaded("", own, **head)
    base.write_text('extends = "gen3"\nname = "base" # changed\n')
    with pytest.raises(ProfileError, match="own was changed since its owner read it"):
        loaded("", own, **head)


def test_another_profile() -> None:
    with pytest.raises(ProfileError, match=r"^s\.toml: profile: is for gen3, not for gen2$"):
        loaded(spec="gen2")


def test_expired() -> None:
    supplement = signed(text(valid_until="2026-07-31"))
    supplement.require_valid(date(2026, 7, 31))
    with pytest.raises(ProfileError, match=r"^s\.toml: valid_until: it has expired on 2026-07-31$"):
        supplement.require_valid(date(2026, 8, 1))
    with pytest.raises(ProfileError, match=r"^s\.toml: date: 2026-05-06 is still to come$"):
        supplement.require_valid(date(2026, 5, 5))
    signed(text()).require_valid(date(2099, 1, 1))


WRONG: dict[str, tuple[str, str]] = {
    "no such place": (confirms("SSSE/EF99"), "confirmation of SSSE/EF99: there is no such place"),
    "no such setting": (
        confirms("settings.nothing"),
        "confirmation of settings.nothing: there is no such place",
    ),
    "twice": (
        confirms("settings.pin_tries", "settings.pin_tries"),
        "confirmation of settings.pin_tries: stands there twice",
    ),
    "confirmed and changed": (
        confirms("settings.pin_tries") + "[settings.pin_tries]\nvalue = 3\n",
        "confirmation of settings.pin_tries: the supplement changes it itself: "
        "what it says needs no confirmation",
    ),
    "a file confirmed and changed": (
        confirms("SSSE/EF07") + '[[changes]]\ntarget = "SSSE/EF07"\nread = "free"\n',
        "confirmation of SSSE/EF07: the supplement changes it itself: "
        "what it says needs no confirmation",
    ),
    "another source": (
        '[settings.pin_tries]\nvalue = 3\nsource = "me"\n',
        "settings.pin_tries: source: is the supplement itself, and not written",
    ),
    "another mark": (
        '[[changes]]\ntarget = "SSSE/EF06"\nmark = "S"\n',
        "change of SSSE/EF06: mark: is the supplement itself, and not written",
    ),
    "a mark further down": (
        '[[additions]]\ntarget = "SSSE"\n[[additions.keys]]\nname = "K"\nmark = "S"\n',
        "additions, keys: mark: is the supplement itself, and not written",
    ),
    "a target that is not there": (
        '[[changes]]\ntarget = "SSSE/EF99"\nread = "free"\n',
        "change of SSSE/EF99: target: there is no 'SSSE/EF99'",
    ),
    "a suite": ("[x]\n", "x: there is no entry of this name"),
    "removals": (
        '[[removals]]\ntarget = "DF07"\n',
        "removals: there is no entry of this name",
    ),
    "a confirmation with a value": (
        '[[confirms]]\nplace = "DF01"\nvalue = 3\n',
        "confirmation of DF01: value: there is no entry of this name",
    ),
}


@pytest.mark.parametrize(("body", "message"), WRONG.values(), ids=WRONG.keys())
def test_what_does_not_hold(body: str, message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        loaded(body)
    assert str(caught.value) == f"s.toml: {message}"


def test_every_wrong_place_is_named() -> None:
    with pytest.raises(ProfileError) as caught:
        loaded(confirms("SSSE/EF98", "SSSE/EF99", "settings.pin_tries"))
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == [
        " confirmation of SSSE/EF98",
        " confirmation of SSSE/EF99",
    ]


HEADS: dict[str, tuple[dict[str, object], str]] = {
    "no issuer": ({"issuer_zh": '""'}, "issuer_zh: must not be empty"),
    "no name": ({"name": None}, "name: is missing"),
    "number 0": ({"number": 0}, "number: must be at least 1"),
    "number as text": ({"number": '"3"'}, "number: must be a number"),
    "date as text": (
        {"date": '"2026-05-06"'},
        "date: is a date without quotes, as 2026-03-31",
    ),
    "date with a time": (
        {"date": "2026-05-06T00:00:00"},
        "date: is a date without quotes, as 2026-03-31",
    ),
    "a terminal's escape": (
        {"issuer_en": r'"A\u001b[2J"'},
        "issuer_en: has a character that does not print",
    ),
    "not a supplement": ({"overlay": '"region"'}, "overlay: must be 'supplement'"),
    "suite": ({"suite": '"3des"'}, "suite: there is no entry of this name"),
}


@pytest.mark.parametrize(("head", "message"), HEADS.values(), ids=HEADS.keys())
def test_a_head_that_is_wrong(head: dict[str, object], message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        loaded(**head)  # type: ignore[arg-type]
    assert str(caught.value) == f"s.toml: {message}"


def test_a_hash_that_is_none() -> None:
    with pytest.raises(ProfileError, match=r"^s\.toml: profile_sha256: must match"):
        loaded(profile_sha256='"ab"')


def test_no_unsigned_file_says_confirmed() -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(own_tries("confirmed"), "own.toml")
    assert str(caught.value).endswith("mark: is not written: a signed supplement confirms")


def test_an_inner_item_that_changes_is_not_confirmed_silently() -> None:
    """The change is the supplement's word on the inner item, the confirmation that on the rest."""
    place = "DF01/EF15.degree"
    element = GEN3.elements["degree"]
    inner = element.elements[0]
    change = f'[[changes]]\ntarget = "{place}.{inner.name}"\nen = "another"\n'
    profile = loaded(change + confirms(place))
    found = profile.elements["degree"].elements[0]
    assert (found.en, found.mark) == ("another", "confirmed")
    assert re.fullmatch(f"{CITED}, instead of .*", found.source)
    assert profile.elements["degree"].mark == element.mark, "it needed no confirmation"


def test_the_packaged_profile_stays_what_it_was() -> None:
    before = GEN3.unconfirmed()
    loaded(confirms(*before))
    assert load_profile("gen3").unconfirmed() == before
    assert load_profile("gen3") is GEN3


# Files


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], tuple[Path, Path]]:
    """A supplement with its signature, and the issuer's public key, as files."""

    def write(content: str) -> tuple[Path, Path]:
        file, public = tmp_path / "s.toml", tmp_path / "public.pem"
        file.write_bytes(content.encode())
        signature_path(file).write_bytes(ed25519.sign(content.encode(), PEM, None)[0])
        public.write_bytes(public_pem())
        return file, public

    return write


def public_pem() -> bytes:
    from cryptography.hazmat.primitives.serialization import PublicFormat

    return KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_read_from_files(written: Callable[[str], tuple[Path, Path]], tmp_path: Path) -> None:
    file, public = written(text(confirms("settings.pin_tries"), valid_until="2026-07-31"))
    supplement = load_supplement(file, [public], TODAY)
    assert supplement.issuer_key == SIGNER.fingerprint
    assert supplement.origin == "s.toml"
    with pytest.raises(ProfileError, match="expired"):
        load_supplement(file, [public], date(2027, 1, 1))
    with pytest.raises(KeyStoreError, match=r"missing\.pem: cannot be read"):
        issuer_key(tmp_path / "missing.pem")
    with pytest.raises(KeyStoreError, match=r"s\.toml: no Ed25519 public key"):
        issuer_key(file)
    signature_path(file).unlink()
    with pytest.raises(ProfileError, match=r"s\.toml\.sig: cannot be read \(No such file"):
        load_supplement(file, [public], TODAY)


# Drafts


@pytest.mark.parametrize("spec", ["gen1", "gen2", "gen3"])
def test_a_draft_names_everything_and_is_a_supplement(spec: str) -> None:
    profile = load_profile(spec)
    content = draft(profile, profile_sha256(spec), TODAY)
    document = tomllib.loads(content)
    assert tuple(each["place"] for each in document["confirms"]) == profile.unconfirmed()
    assert (document["profile"], document["name"]) == (spec, f"{spec}-supplement")
    with pytest.raises(ProfileError, match=r"issuer_zh: must not be empty\n.*issuer_en: must"):
        signed(content)
    filled = content.replace('issuer_zh = ""', 'issuer_zh = "厅"').replace(
        'issuer_en = ""', 'issuer_en = "Office"'
    )
    supplement = signed(filled)
    supplement.require_valid(TODAY)
    assert load_profile(spec, supplement).unconfirmed() == ()


def test_a_draft_shows_value_mark_source_and_note() -> None:
    content = draft(GEN3, profile_sha256("gen3"), TODAY)
    setting = GEN3.settings["pin_tries"]
    assert (
        f"# 现值 value: {setting.value}\n"
        f"# 标记 mark: {setting.mark}    出处 source: {setting.source}\n"
        f"# 说明 note: {setting.note}\n"
        '[[confirms]]\nplace = "settings.pin_tries"\n'
    ) in content


def test_no_note_breaks_out_of_its_comment() -> None:
    own = (
        'extends = "gen3"\nname = "own"\n[settings.pin_tries]\nvalue = 6\nmark = "I"\n'
        'source = "a\\nb"\nnote = "one\\n[[confirms]]\\nplace = \\"settings.puk_tries\\""\n'
    )
    profile = parse_profile(own, "own.toml")
    document = tomllib.loads(draft(profile, bytes(32), TODAY))
    assert tuple(each["place"] for each in document["confirms"]) == profile.unconfirmed()
    assert document["profile"] == "own"


@pytest.mark.parametrize("path", [Path(), Path("/")])
def test_a_folder_is_no_supplement(path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        load_supplement(path, (), TODAY)
