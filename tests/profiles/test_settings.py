"""Every setting has a kind, and a profile with another value, or without it, does not load."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from sscard.errors import ProfileError
from sscard.perso.handover import Holder
from sscard.profiles import load_profile
from sscard.profiles.loader import parse_profile
from sscard.profiles.settings import BANK, OPTIONAL_BANK, SETTINGS, WISHED_BANK

CATALOG = files("sscard.profiles") / "catalog"
TEXT, TEXT3 = ((CATALOG / f"{name}.toml").read_text("utf-8") for name in ("gen2", "gen3"))
#: What only a card with an antenna, with electronic cash or with SM2 has: the third generation.
OPTIONAL = {f"bank.{name}": group for group, kinds in OPTIONAL_BANK.items() for name in kinds}
PLACES = [*(f"settings.{name}" for name in SETTINGS), *(f"bank.{name}" for name in BANK)]


def values(place: str, *each: str | int) -> list[tuple[str, str | int]]:
    return [(place, value) for value in each]


#: One beyond each limit, the other type, and what once went through to the card.
WRONG = [
    *values("settings.initial_pin", "123", "1" * 17, "12345A", "１２３４５６", 123456),
    *values("settings.pin_tries", 0, 16, 99, -1, "6"),
    *values("settings.puk_tries", 0, 16, "3"),
    *values("settings.key_versions", 0, 4, "3"),
    *values("settings.pin_shortest", 3, 17, "4"),
    *values("settings.pin_longest", 3, 17, "12"),
    *values("settings.empty_pin_grants", "", "YES", "true", 1),
    *values("settings.external_key_tries", -1, 16, "0"),
    *values("settings.lock_key_tries", -1, 16, "0"),
    *values("settings.exchange_key_tries", -1, 16, "0"),
    *values("settings.validity_on_face", "", "yes", "not  printed", 0),
    *values("settings.validity_years", 0, 100, 9000, "10"),
    *values("settings.district_letter", "", "t", "TT", "7", 1),
    *values("settings.initial_pin_policy", "", "not used", 1),
    *values("settings.rare_character_policy", "", "ignore", 1),
    *values("settings.rare_character_substitutes", "龑", "龑=䶮", 1),
    *values("settings.psam_root", "", "ministry", 1),
    *values("settings.premade_elements", "", "name", "spec_version spec_version", 1),
    *values("settings.premade_handover", "", "open", 1),
    *values("settings.historical_ic_type", "", "8", "8g", "8181", 81),
    *values("settings.card_category", "", "9", "33", 3),
    *values("settings.spec_version", "", "2.001", "版", 2),
    *values("settings.issuing_division", "6399", "6399000", "63990A", "６３９９００", 639900),
    *values("settings.initializing_division", "6399", "abcdef", 639900),
    *values("settings.init_organization_sequence", -1, 256, "01"),
    *values("settings.exchange_fid", 0, 0x10000, 0x3F00, 0x001F, "001C"),
    *values("settings.exchange_size", 52, 256, "64"),
    *values("settings.exchange_kid", 0, 0x80, "1C"),
    *values("settings.exchange_key", "", "E K", 7),
    *values("bank.aid", "A0000003", "00" * 17, "XYZ", 7),
    *values("bank.bin", "62280", "6228000", "62280A", 622800),
    *values("bank.algorithms", "", "sm", "3des", 1),
    *values("bank.electronic_cash", "", "yes", 1),
    *values("bank.validity_years", 0, 100, "10"),
    *values("bank.ppse_name", "31504159", "2PAY.SYS.DDF01"),
    *values("bank.contactless_pdol", "0", "9F", "9F02FF", 0),
    *values("bank.contactless_aip", "7C", "7C0000"),
    *values("bank.card_transaction_qualifiers", "00", "000000"),
    *values("bank.card_additional_processing", "00" * 3, "00" * 5),
    *values("bank.card_authentication_data", "00" * 7, "00" * 9),
    *values("bank.card_cvm_limit", -1, 10**12, "300"),
    *values("bank.online_response", "", "82,94", "8", "9f36", "829F3601"),
    *values("bank.offline_response", "", "82 ", " 82", 82),
    *values("bank.cash_balance", -1, 10**12, "0"),
    *values("bank.cash_limit", -1, 10**12),
    *values("bank.cash_transaction_limit", -1, 10**12),
    *values("bank.cash_reset_threshold", -1, 10**12),
    *values("bank.cash_authorization_code", "ECC11", "ECC1111", "ECC 11", 111111),
    *values("bank.load_log_entry", "0C", "0C0A00"),
    *values("bank.load_log_format", "9A", "9F"),
    *values("bank.ddol", "9F37", "", "9F3704FF"),
    *values("bank.issuer_application_data", "07", "00" * 9, "00" * 11),
    *values("bank.currency_code", "156", "1560", 156),
    *values("bank.second_currency", "826", 826),
    *values("bank.conversion_factor", "00" * 3, "00" * 5, 20000175),
    *values("bank.default_action", "82", "824000"),
    *values("bank.issuer_authentication", "", "8000", 80),
    *values("bank.log_format", "9A", "9F"),
    *values("bank.offline_limit_lower", -1, 256, "3"),
    *values("bank.offline_limit_upper", -1, 256, "7"),
    *values("bank.offline_limit_other_currency", -1, 256, "15"),
    *values("bank.offline_limit_other_country", -1, 256, "15"),
    *values("bank.offline_amount_limit", -1, 10**12, "1"),
    *values("bank.offline_amount_upper_limit", -1, 10**12, "1"),
    *values("bank.offline_amount_limit_both", -1, 10**12, "1"),
    *values("bank.sm_issuer_application_data", "07", "00" * 11),
    *values("bank.sm_user_id", "", "1234567812345678", "00" * 17),
    *values("bank.pse_name", "31504159", "1PAY.SYS.DDF01"),
    *values("bank.pse_directory_sfi", 0, 2, 11, "1"),
    *values("bank.label", "", "社保", "A" * 17, "A\tB"),
    *values("bank.preferred_name", "", "社保", "A" * 17),
    *values("bank.priority", "", "0101", "1", 1),
    *values("bank.language", "", "z", "zhe", "ZH", "zhenfrdeit"),
    *values("bank.code_table", "", "0101", 1),
    *values("bank.pdol", "0", "9F", "9F02FF", "9F0201" * 33, 0),
    *values("bank.cdol1", "", "9F", "9F02" + "FF", "9F0201" * 33),
    *values("bank.log_entry", "0B", "0B0A00"),
    *values("bank.aip", "1C", "1C0000"),
    *values("bank.cdol1", "", "00" * 253),
    *values("bank.cdol2", "", "9F0"),
    *values("bank.cvm_list", "00" * 8, "00" * 11, "00" * 254),
    *values("bank.card_key_bits", 1023, 1030, 2048, "1024"),
    *values("bank.cash_cvm_list", "00" * 8, "00" * 11, "00" * 254),
    *values("bank.cash_iac_default", "00" * 4, "00" * 6),
    *values("bank.cash_iac_denial", "00" * 4, "00" * 6),
    *values("bank.cash_iac_online", "00" * 4, "00" * 6),
    *values("bank.iac_default", "00" * 4, "00" * 6),
    *values("bank.iac_denial", "00" * 4, "00" * 6),
    *values("bank.iac_online", "00" * 4, "00" * 6),
    *values("bank.usage_control", "FF", "FF0000"),
    *values("bank.application_version", "20", "002000"),
    *values("bank.country_code", "156", "015A", 156),
    *values("bank.service_code", "201", "1201", 201),
    *values("bank.discretionary_data", "", "0" * 11, "ABC", 5),
    *values("bank.premade_holder_name", "", "20", "20" * 27, "zz"),
    *values("bank.offline_pin", "12", "1" * 13, "abcd", 123456),
    *values("bank.pin_try_limit", 0, 16, "3"),
]

RIGHT = [
    *values("settings.initial_pin", "1234", "123456789012"),
    *values("settings.pin_tries", 1, 15),
    *values("settings.puk_tries", 1, 15),
    *values("settings.key_versions", 1, 2),
    *values("settings.pin_shortest", 5, 6),
    *values("settings.pin_longest", 6, 8, 16),
    *values("settings.external_key_tries", 1, 15),
    *values("settings.lock_key_tries", 1, 15),
    *values("settings.exchange_key_tries", 1, 15),
    *values("settings.validity_on_face", "printed", "not printed"),
    *values("settings.validity_years", 1, 99),
    *values("bank.validity_years", 1, 99),
    *values("bank.card_cvm_limit", 0, 10**12 - 1),
    *values("bank.online_response", "82", "82 9F36"),
    *values("settings.card_category", "1", "4"),
    *values("settings.spec_version", "2.01", "2"),
    *values("settings.issuing_division", "510100"),
    *values("settings.init_organization_sequence", 0, 255),
    *values("settings.exchange_fid", 0x0001, 0xEF1E),
    *values("settings.exchange_size", 53, 255),
    *values("settings.exchange_kid", 1, 0x7F),
    *values("bank.aid", "A000000333010102"),
    *values("bank.label", "A", "A" * 16),
    *values("bank.language", "zhen"),
    *values("bank.pdol", "", "9F02FC", "9F0201" * 32),
    *values("bank.discretionary_data", "0", "0" * 10),
    *values("bank.pin_try_limit", 1, 15),
]
OLD = {"electronic_cash": "on", "algorithms": "both"}


def section(place: str) -> re.Pattern[str]:
    return re.compile(rf"(\[{re.escape(place)}\]\nvalue = )[^\n]*")


def origin_of(place: str) -> str:
    return "gen3.toml" if place in OPTIONAL else "gen2.toml"


def in_words(place: str) -> str:
    group, name = place.split(".")
    return f"{'setting' if group == 'settings' else 'bank setting'} {name}"


def changed(place: str, value: str | int) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    text = TEXT3 if place in OPTIONAL else TEXT
    text, count = section(place).subn(lambda found: found[1] + shown, text)
    assert count == 1
    return text


def without(place: str, text: str) -> str:
    return re.sub(rf"\[{re.escape(place)}\]\n([^\[\n][^\n]*\n)+", "", text)


def complaints(text: str, origin: str = "gen2.toml") -> list[str]:
    with pytest.raises(ProfileError) as caught:
        parse_profile(text, origin)
    return str(caught.value).splitlines()


def test_every_setting_has_a_wrong_value_here() -> None:
    assert {place for place, _ in WRONG} == {*PLACES, *OPTIONAL}


@pytest.mark.parametrize(("place", "value"), WRONG)
def test_a_wrong_value_is_named_when_the_profile_is_loaded(place: str, value: str | int) -> None:
    (line,) = complaints(changed(place, value), origin_of(place))
    assert line.startswith(f"{origin_of(place)}: {in_words(place)}: ")


@pytest.mark.parametrize(("place", "value"), RIGHT)
def test_limits_are_inside(place: str, value: str | int) -> None:
    profile = parse_profile(changed(place, value), origin_of(place))
    group, name = place.split(".")
    assert getattr(profile, group)[name].value == value


@pytest.mark.parametrize("place", PLACES)
def test_a_missing_setting_is_named(place: str) -> None:
    (line,) = complaints(without(place, TEXT))
    assert line.startswith(f"gen2.toml: {in_words(place)}: is missing; must be ")


@pytest.mark.parametrize("place", OPTIONAL)
def test_a_setting_that_an_antenna_cash_or_sm_asks_for_is_named(place: str) -> None:
    (line,) = complaints(without(place, TEXT3), "gen3.toml")
    assert line.startswith(f"gen3.toml: {in_words(place)}: is missing; must be ")


@pytest.mark.parametrize(
    ("setting", "value", "group"),
    [("electronic_cash", "off", "electronic cash"), ("algorithms", "3des-rsa", "SM2 and SM4")],
)
def test_a_card_without_cash_or_sm_may_have_them_and_need_not(
    setting: str, value: str, group: str
) -> None:
    text = TEXT3.replace(*[f'[bank.{setting}]\nvalue = "{v}"' for v in (OLD[setting], value)])
    full = parse_profile(text, "gen3.toml")
    for place in (place for place, of in OPTIONAL.items() if of == group):
        text = without(place, text)
    bare = parse_profile(text, "gen3.toml")
    assert set(full.bank) - set(bare.bank) == set(OPTIONAL_BANK[group])


def test_the_first_pin_has_a_length_that_the_region_takes() -> None:
    said = ["gen2.toml: setting initial_pin: must have 7 to 12 digits"]
    assert complaints(changed("settings.pin_shortest", 7)) == said
    assert complaints(changed("settings.pin_longest", 5)) == [said[0].replace("7 to 12", "4 to 5")]
    long = changed("settings.initial_pin", "1" * 16)
    assert complaints(long) == [said[0].replace("7 to 12", "4 to 12")]
    wide = section("settings.pin_longest").sub(lambda found: found[1] + "16", long)
    assert parse_profile(wide, "gen2.toml").setting("initial_pin").text == "1" * 16


def test_what_an_empty_pin_gives_is_the_chip_s() -> None:
    said = ["gen2.toml: setting empty_pin_grants: is yes on chip gen2-32k"]
    assert complaints(changed("settings.empty_pin_grants", "no")) == said


@pytest.mark.parametrize("place", ["settings.pin_trys", "bank.aids", "settings.aid"])
def test_an_unknown_setting_is_refused(place: str) -> None:
    own = f'\n[{place}]\nvalue = 1\nsource = "test"\nmark = "assumed"\n'
    assert complaints(TEXT + own) == [
        f"gen2.toml: {in_words(place)}: there is no setting of this name"
    ]


def test_the_hand_over_area_has_room_for_its_holder() -> None:
    least = len(Holder("110101199003070038", "张三").encode(0))
    assert [SETTINGS["exchange_size"].accepts(size) for size in (least - 1, least)] == [False, True]


def test_a_profile_tells_all_its_wrong_settings() -> None:
    text = changed("settings.pin_tries", 99).replace("[bank.aid]", "[bank.aids]")
    places = [line.split(": ")[1] for line in complaints(text)]
    assert places == ["setting pin_tries", "bank setting aids", "bank setting aid"]


def test_the_packaged_profile_has_every_setting_and_no_other() -> None:
    gen2 = load_profile("gen2")
    assert (set(gen2.settings), set(gen2.bank)) == (set(SETTINGS), set(BANK))
    gen3 = load_profile("gen3")
    optional = {place.removeprefix("bank.") for place in OPTIONAL}
    assert (set(gen3.settings), set(gen3.bank)) == (set(SETTINGS), set(BANK) | optional)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("product_identification", "00" * 16, "00" * 15),
        ("signature_record", "on", "yes"),
        ("second_cash_currency", "0344", "344"),
        ("second_cash_balance", 0, -1),
        ("second_cash_limit", 1, 10**12),
        ("second_cash_transaction_limit", 1, "1"),
        ("second_cash_reset_threshold", 1, -1),
        ("second_cash_cvm_limit", 1, 10**12),
    ],
)
def test_what_a_bank_may_ask_for_and_need_not(
    name: str, right: str | int, wrong: str | int
) -> None:
    assert name in WISHED_BANK
    assert name not in parse_profile(TEXT, "gen2.toml").bank
    for value in (right, wrong):
        shown = f'"{value}"' if isinstance(value, str) else value
        lines = f'value = {shown}\nsource = "pboc 2.3"\nmark = "M"'
        text = f"{TEXT}\n[bank.{name}]\n{lines}\n"
        if value == right:
            assert parse_profile(text, "gen2.toml").bank[name].value == right
        else:
            (line,) = complaints(text)
            assert line.startswith(f"gen2.toml: bank setting {name}: must be ")
