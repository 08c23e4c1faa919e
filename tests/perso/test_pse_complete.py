"""Every data grouping of the debit application, against published data and other code."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import DES3
from Crypto.Util.number import isPrime
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import afl, cps, tlv
from sscard.errors import KeyStoreError, ProfileError
from sscard.keys import SM4, TDES, KeyReference
from sscard.keys.certificates import RSAChain, SM2Chain, Terms
from sscard.keys.certificates import static_data as joined
from sscard.keys.cps import SessionKeys
from sscard.keys.rsa import RSAPrivateKey
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.keys.stores import load_bank
from sscard.keys.stores.certificates import CertificateStore, load_certificates
from sscard.perso.pse_data import BankAccount, Instance, Signing, prepare
from sscard.perso.pse_options import locator
from sscard.perso.pse_signing import RSASigning, SM2Signing
from sscard.profiles import Profile, Setting, load_profile

VECTORS = tomllib.loads(
    (Path(__file__).parents[1] / "vectors" / "debit-groupings.toml").read_text("utf-8")
)
ACCOUNT = BankAccount("TEST", "6228000100001117", "3012", "01", test=True)
NAME, ID_NUMBER = "诸葛验收", "110101199003070038"
TODAY = date(2026, 2, 3)
TERMS = Terms(ACCOUNT.number, TODAY)


def fixed(size: int) -> bytes:
    return hashlib.shake_256(b"test").digest(size)


@cache
def certificates() -> CertificateStore:
    return load_certificates(random=fixed)


@cache
def card_key(bits: int = 1024) -> RSAPrivateKey:
    from sscard.keys.rsa_generation import generate

    return generate(bits)


@cache
def signing() -> Signing:
    store = certificates()
    sm2 = SM2PrivateKey(bytes.fromhex(VECTORS["sm2"]["d"]))
    return Signing(RSASigning(store.rsa, card_key()), SM2Signing(store.sm2, sm2))


def complete(name: str, **values: str | int) -> Profile:
    """A profile that puts everything on the card."""
    profile = load_profile(name)
    bank = {each: Setting(value=v, source="test", mark="S") for each, v in values.items()}
    written = tuple(each.model_copy(update={"written": True}) for each in profile.groupings)
    return profile.model_copy(update={"bank": {**profile.bank, **bank}, "groupings": written})


class Published:
    """A bank's store with the keys of pboc 1.6, whose check values are published."""

    test = True

    def _key(self, purpose: str) -> bytes:
        at = 32 * ("ac", "mac", "enc").index(purpose)
        return bytes.fromhex(VECTORS["values"]["8000"][at : at + 32])

    def udk(self, purpose: str, pan: str, psn: str) -> TDES:
        return TDES(self._key(purpose))

    def sm4_udk(self, purpose: str, pan: str, psn: str) -> SM4:
        return SM4(self._key(purpose))

    def session_keys(self, keydata: bytes, sequence: bytes) -> SessionKeys:
        raise KeyStoreError("not asked for")

    def translate(
        self, transport: KeyReference, data: bytes, keydata: bytes, sequence: bytes
    ) -> bytes:
        raise KeyStoreError("not asked for")

    def transport_mac(self, key: KeyReference, message: bytes) -> bytes:
        raise KeyStoreError("not asked for")

    def kcv(self, name: str, version: int = 1) -> bytes:
        raise KeyStoreError("not asked for")


def debit(profile: Profile, signed: Signing | None = None) -> Instance:
    made = prepare(
        profile,
        ACCOUNT,
        NAME,
        Published(),
        effective=TODAY,
        id_number=ID_NUMBER,
        signing=signing() if signed is None else signed,
    )
    return made[-1]


@cache
def gen3() -> Instance:
    settings = {"label": "UnionPay Debit", "preferred_name": "UnionPay Debit"}
    return debit(complete("gen3", offline_pin="1234", **settings))


def content(instance: Instance, dgi: int) -> bytes:
    value = instance.value(dgi)
    return (tlv.find(value, 0x70) or b"") if 0x0100 < dgi < 0x0B00 else value


def tags(instance: Instance) -> dict[int, bytes]:
    """Everything on the card by tag; none is there twice, but for what a kind has for itself."""
    cash = (0x0302, 0x0207, 0x0208)
    own = (*cash, *range(0x0502, 0x0508))
    found = [
        pair
        for each in instance.dgis
        if each.identifier in (0x0D01, 0x0E01) or each.identifier < 0x0B00
        if each.identifier not in own
        for pair in tlv.parse(content(instance, each.identifier))
    ]
    assert len({tag for tag, _ in found}) == len(found)
    return dict(found)


def test_everything_that_the_profile_declares_is_there() -> None:
    declared = {
        dgi
        for each in load_profile("gen3").groupings
        if each.application == "debit"
        for dgi in range(each.dgi, (each.last or each.dgi) + 1)
    }
    assert {each.identifier for each in gen3().dgis} == declared
    identifiers = [each.identifier for each in gen3().dgis]
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize("dgi", VECTORS["values"])
def test_whole_groupings_as_published(dgi: str) -> None:
    assert gen3().value(int(dgi, 16)).hex().upper() == VECTORS["values"][dgi]


@pytest.mark.parametrize("dgi", VECTORS["tags"])
def test_tags_and_lengths(dgi: str) -> None:
    found = {f"{tag:X}": value for tag, value in tlv.parse(content(gen3(), int(dgi, 16)))}
    assert list(found) == list(VECTORS["tags"][dgi])
    sizes = {tag: size for tag, size in VECTORS["tags"][dgi].items() if size}
    assert {tag: len(found[tag]) for tag in sizes} == sizes


def test_values_of_the_published_test_card() -> None:
    found = {f"{tag:X}": value.hex().upper() for tag, value in tags(gen3()).items()}
    assert {tag: found[tag] for tag in VECTORS["card_image"]} == VECTORS["card_image"]
    assert bytes.fromhex(found["9F61"]).decode() == ID_NUMBER


def test_the_fci_over_the_antenna() -> None:
    """The published one with DF60 and DF69 (pboc 2.2 [H]), up to the issuer's own part."""
    pdol = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6001DF6901"
    found = debit(complete("gen3", contactless_pdol=pdol)).value(0x9103)
    start = "500A50424F432044454249548701019F381E" + pdol + "5F2D027A689F110101"
    assert (tlv.find(found, 0xA5) or b"").hex().upper().startswith(start)
    assert (tlv.find(found, 0xA5, 0xBF0C) or b"").hex().upper() == "9F4D020B0ADF4D020C0A"


def test_the_private_keys_as_a_card_takes_them() -> None:
    half = {name: bytes.fromhex(value) for name, value in VECTORS["crt"].items()}
    p, q = (int.from_bytes(half[name], "big") for name in ("8205", "8204"))
    small = RSASigning(certificates().rsa, RSAPrivateKey(p, q))
    made = debit(complete("gen3"), Signing(small, signing().sm2))
    for name, value in half.items():
        assert made.value(int(name, 16)) == value + b"\x80" + bytes(7), name
    assert made.value(0x8501).hex().upper() == VECTORS["sm2"]["d"] + "80" + "00" * 7
    assert len(made.value(0x8502)) == 72
    assert VECTORS["sm2"]["xy_in_certificate"] in made.value(0x8502).hex().upper()
    secret = {each.identifier for each in made.dgis if each.secret}
    assert secret == {0x8000, 0x8010, *range(0x8201, 0x8206), 0x8400, 0x8501, 0x8502}


def test_a_half_of_1984_bits_gets_four_bytes() -> None:
    wide = Signing(RSASigning(certificates().rsa, card_key()), signing().sm2)
    value = debit(complete("gen3"), wide).value(0x8205)
    assert (len(value), value[64:]) == (72, b"\x80" + bytes(7))


@pytest.mark.parametrize(
    ("dgi", "expected"),
    [
        (0x9104, "080102001001060018010101"),
        (0x9105, "080102001001010028020500" + "18010101"),
        (0x9203, "080102001001030010070800100606001802020120010100"),
        (0x9204, "08010200100101002802020028060700280505001802020120010100"),
        (0x9207, "1002030010050600" + "18010101" + "20010100"),
        (0x9208, "28020500" + "18010101" + "20010100"),
    ],
)
def test_what_a_terminal_is_told_to_read(dgi: int, expected: str) -> None:
    assert (tlv.find(gen3().value(dgi), 0x82) or b"").hex() == "7c00"
    locator_found = tlv.find(gen3().value(dgi), 0x94) or b""
    assert locator_found.hex() == expected
    for sfi, number in afl.records(locator_found):
        assert sfi << 8 | number in gen3()


def chain_tags(instance: Instance, dgi: int) -> tuple[dict[int, bytes], bytes]:
    """As a terminal reads: every record of the AFL, and the static data that they make."""
    options = instance.value(dgi)
    place, aip = tlv.find(options, 0x94) or b"", tlv.find(options, 0x82) or b""
    found: dict[int, bytes] = {}
    for sfi, number in afl.records(place):
        found.update(tlv.parse(tlv.find(instance.value(sfi << 8 | number), 0x70) or b""))
    signed = [
        afl.signed_content(sfi, instance.value(sfi << 8 | number))
        for sfi, number in afl.signed_records(place)
    ]
    return found, joined(signed, aip, found.get(0x9F4A))


@pytest.mark.parametrize("dgi", [0x9104, 0x9203, 0x9207])
def test_certificates_of_rsa_as_a_terminal_checks_them(dgi: int) -> None:
    found, static = chain_tags(gen3(), dgi)
    chain = RSAChain(certificates().rsa_authorities, TERMS)
    assert chain.card_key(found, static) == card_key().public
    if dgi != 0x9207:
        assert chain.static(found, static).hex() == "dac1"
    else:
        assert 0x93 not in found, "qPBOC has no static authentication"


def test_the_card_s_certificate_by_bare_arithmetic() -> None:
    """EMV Book 2, 6.4, without a line of ours: recover, take apart, hash."""
    found, static = chain_tags(gen3(), 0x9104)
    (ca,) = certificates().rsa_authorities.values()
    opened = pow(int.from_bytes(found[0x90], "big"), 65537, int.from_bytes(ca.modulus, "big"))
    issuer = opened.to_bytes(144, "big")
    assert issuer[:2].hex() == "6a02"
    modulus = issuer[15:-21] + found[0x92]
    opened = pow(int.from_bytes(found[0x9F46], "big"), 65537, int.from_bytes(modulus, "big"))
    card = opened.to_bytes(128, "big")
    assert (card[:2].hex(), card[-1]) == ("6a04", 0xBC)
    assert card[2:12].hex() == "6228000100001117ffff"
    assert card[12:14].hex() == "1230"
    tail = found[0x9F48] + found[0x9F47] + static
    assert card[-21:-1] == hashlib.sha1(card[1:-21] + tail).digest()
    assert static.endswith(bytes.fromhex("7C00"))


@pytest.mark.parametrize("dgi", [0x9105, 0x9204, 0x9208])
def test_certificates_of_sm2_as_a_terminal_checks_them(dgi: int) -> None:
    found, static = chain_tags(gen3(), dgi)
    chain = SM2Chain(certificates().sm2_authorities, TERMS)
    sm2 = signing().sm2
    assert sm2 is not None
    assert chain.card_key(found, static) == sm2.key.public
    assert chain.static(found, static).hex() == "dac1"


def test_the_second_generation_is_pboc_2_alone() -> None:
    made = debit(complete("gen2"))
    assert " ".join(f"{each.identifier:04X}" for each in made.dgis) == (
        "9104 9102 0101 0102 0201 0202 0203 0204 0205 0206 0301 0D01 0E01 9200 8000 9000 "
        "8201 8202 8203 8204 8205 8010 9010"
    )
    told = tags(made)
    assert not {0x9F69, 0x9F74, 0x9F77, 0x9F79, 0x9F6C, 0x9F68, 0xDF7E} & told.keys()
    assert b"\xdf\x69" not in made.value(0x9102)
    assert made.value(0x9200).hex() == "0701010300000001"


def test_without_cash_and_sm() -> None:
    made = debit(complete("gen3", electronic_cash="off", algorithms="3des-rsa"))
    there = {each.identifier for each in made.dgis}
    assert not {0x9105, 0x9201, 0x9203, 0x9204, 0x9208, 0x8400, 0x9400, 0x8501, 0x0502} & there
    assert 0x9F74 not in tags(made)
    assert tags(made)[0x9F5D] == bytes(6)


@pytest.mark.parametrize("name", ["gen2", "gen3"])
def test_what_is_not_written_is_not_spoken_of(name: str) -> None:
    profile = load_profile(name)
    least = (0x9104, 0x9102, 0x0101, 0x0201, 0x0301, 0x8000, 0x9000, 0x8010, 0x9010)
    groupings = tuple(
        each.model_copy(update={"written": each.application != "debit" or each.dgi in least})
        for each in profile.groupings
    )
    small = profile.model_copy(update={"groupings": groupings})
    made = prepare(small, ACCOUNT, NAME, load_bank(), effective=TODAY, signing=signing())[-1]
    assert {each.identifier for each in made.dgis} == {*least}
    options = made.value(0x9104)
    assert (tlv.find(options, 0x82) or b"").hex() == "1c00"
    assert (tlv.find(options, 0x94) or b"").hex() == "080101001001010018010100"
    assert b"\xdf\x4d" not in made.value(0x9102)


def test_a_family_that_nobody_signs_is_left_out() -> None:
    there = {each.identifier for each in debit(complete("gen3"), Signing()).dgis}
    assert not {*range(0x0202, 0x0207), *range(0x0502, 0x0506), *range(0x8201, 0x8206)} & there
    half = debit(complete("gen3"), Signing(rsa=signing().rsa))
    assert (tlv.find(half.value(0x9104), 0x82) or b"").hex() == "7c00"
    assert (tlv.find(half.value(0x9105), 0x82) or b"").hex() == "1c00"
    assert (tlv.find(half.value(0x9105), 0x94) or b"").hex() == "080102001001010018010100"
    assert 0x8501 not in half


def test_one_signature_is_over_one_aip() -> None:
    with pytest.raises(ProfileError, match=r"bank\.aip and bank\.contactless_aip differ"):
        debit(complete("gen3", contactless_aip="7C80"))


def test_a_long_name_goes_on_in_9f0b() -> None:
    name = "阿布都" * 7
    made = prepare(
        complete("gen2"), ACCOUNT, name, Published(), effective=TODAY, id_number=ID_NUMBER,
        signing=signing(),
    )[-1]  # fmt: skip
    assert tags(made)[0x9F0B].decode("gbk") == name
    assert len(tags(made)[0x5F20]) == 26


def test_a_record_that_no_card_can_give_is_refused() -> None:
    long = "9F4E02" * 45
    with pytest.raises(ProfileError, match="DGI 0201: a record has at most 254 bytes"):
        debit(complete("gen2", cdol1=long, cdol2=long + "9F3704"))


def test_nothing_secret_is_printed() -> None:
    shown = repr((gen3(), signing()))
    d = VECTORS["sm2"]["d"]
    for secret in (d, d.lower(), VECTORS["values"]["8000"][:32], ID_NUMBER, NAME):
        assert secret not in shown


@given(
    st.lists(st.integers(0x0101, 0x0AFF).filter(lambda each: each & 0xFF), max_size=30, unique=True)
)
def test_any_records_are_named_in_order(records: list[int]) -> None:
    made = locator(records, signed=True)
    if records:
        assert [sfi << 8 | number for sfi, number in afl.records(made)] == records
        flagged = [sfi << 8 | number for sfi, number in afl.signed_records(made)]
        assert set(flagged) <= {0x0301, 0x0302}, "of the account, and of electronic cash"
        starts = 0x0301 in records and (records.index(0x0301) == 0 or 0x0300 not in records)
        assert (0x0301 in flagged) == starts
    else:
        assert made == b""


def test_the_groupings_travel_as_cps_says() -> None:
    """Other people's 3DES over our secret groupings, under the DEK of pboc 1.10."""
    raw = b"".join(cps.encode_dgi(each.identifier, each.value) for each in gen3().dgis)
    assert dict(cps.parse_dgis(raw)) == {each.identifier: each.value for each in gen3().dgis}
    dek = DES3.new(bytes.fromhex("041147588F960448120F4A6AB5809FAE"), DES3.MODE_ECB)
    enciphered = dek.encrypt(gen3().value(0x8000)).hex().upper()
    assert enciphered == (
        "D3344008A08E0524A2192965EDFA6D8F596DE07043D491C7DBF2E41318579CE33C356494B540EDC1EDFB94FF339AFE4D"
    ), "DGI 8000 of pboc 1.10"
    assert dek.encrypt(gen3().value(0x8010)).hex().upper() == "C80EBF3D2A141B54"


# The TEST issuers


def test_test_keys_follow_the_rule_the_file_states() -> None:
    from importlib import resources

    file = resources.files("sscard.keys.stores") / "test-certificates.toml"
    document: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    for who, size in (("ca", 72), ("issuer", 64)):
        for prime in "pq":
            stated = int(document["rsa"][who][prime], 16)
            raw = hashlib.shake_256(f"sscard TEST rsa {who} {prime}".encode()).digest(size)
            first = int.from_bytes(raw, "big") | 3 << (8 * size - 2) | 1
            fitting = (n for n in range(first, first + 10000, 2) if isPrime(n) and (n - 1) % 65537)
            assert stated == next(fitting)
        rule = hashlib.sha256(f"sscard TEST sm2 {who}".encode()).hexdigest()
        assert document["sm2"][who]["d"] == rule.upper()


GOOD = (
    'kind = "certificates"\ntest = true\nissuer = "622800"\n'
    'expires = "2049-12"\nserial = "000001"\n'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("certificates", "bank"), "no certificates key store"),
        (GOOD.replace("test = true", "test = false"), "test = true only"),
        (GOOD, "'rsa'"),
        (GOOD.replace("2049-12", "2049"), "certificates: "),
        (GOOD + "[rsa.ca]\nindex = 300\n", "an index is a number from 0 to 255"),
        (GOOD + "[rsa]\nca = 1\n", r"\[rsa.ca\] is no table"),
        (GOOD + '[rsa.ca]\nindex = 1\np = "XY"\nq = "00"\n', "rsa.ca.p: not a hexadecimal"),
    ],
)
def test_wrong_files_of_issuers(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "issuers.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(KeyStoreError, match=message):
        load_certificates(path)
