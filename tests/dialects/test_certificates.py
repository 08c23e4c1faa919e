"""What a chip file says of the certificate application."""

from __future__ import annotations

import pytest

from sscard.dialects.certificates import CertificateSettings
from sscard.dialects.chip import Chip
from sscard.errors import ProfileError
from sscard.profiles.chips import load_chip


def test_shipped_chips_of_the_third_generation_have_it() -> None:
    for name in ("gen3-80k", "gen3-80k-gp"):
        chip = load_chip(name)
        assert chip.parts[-1] == "pki"
        assert chip.certificates == CertificateSettings()
    assert "pki" not in load_chip("gen2-32k").parts


def test_a_file_may_say_other_things() -> None:
    found = CertificateSettings.from_table({"signing": "none", "user_tries": 3}, "a.toml")
    assert (found.signing, found.user_tries, found.admin_tries) == ("none", 3, 6)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("user_pin", "12345"),
        ("user_pin", "12"),
        ("user_pin", 123456),
        ("admin_pin", "1234567A"),
        ("user_tries", 0),
        ("user_tries", 16),
        ("admin_tries", True),
        ("master_tries", -1),
        ("certificate_size", 100),
        ("certificate_size", 1025),
        ("writing", "nobody"),
        ("signing", "always"),
        ("over_antenna", 1),
    ],
)
def test_a_wrong_entry_is_named_and_not_repeated(entry: str, value: object) -> None:
    with pytest.raises(ProfileError, match=f"a.toml: certificates has a wrong {entry}$"):
        CertificateSettings.from_table({entry: value}, "a.toml")


@pytest.mark.parametrize("table", [{"other": 1}, "none", 5])
def test_a_wrong_table_is_told_what_there_is(table: object) -> None:
    with pytest.raises(ProfileError, match="certificates says user_pin, admin_pin"):
        CertificateSettings.from_table(table, "a.toml")


def test_the_partition_must_have_room_for_it() -> None:
    parts = {"system": 256, "exchange": 256, "ssse": 512, "pse": 512, "pki": 2368}
    table = {
        "name": "tiny",
        "size": 8192,
        "cos_version": "1",
        "lot": "L",
        "transport_tries": 3,
        "mark": "assumed",
        "suite": "sm4",
        "partitions": parts,
        "le": {"t0": "6Cxx", "other": "shorter answer"},
        "certificates": {"certificate_size": 1020},
    }
    with pytest.raises(ProfileError, match=r"a\.toml: pki needs 2,409 bytes"):
        Chip.from_table(table, "a.toml")
    fitting = {**table, "partitions": {**parts, "pki": 2432}}
    assert Chip.from_table(fitting, "a.toml").parts[-1] == "pki"


def test_pins_are_not_shown() -> None:
    assert "123456" not in repr(CertificateSettings())
