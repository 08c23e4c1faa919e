"""Registers, keys, PINs and challenges of the FMCOS card (dialects 2.2 to 2.4)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu.command import CommandAPDU
from sscard.channel.fmcos import authentication_data
from sscard.dialects.timecos import TIMECOS
from sscard.keys import DES8

if TYPE_CHECKING:
    from tests.cos.fmcos.conftest import Host

VECTORS = tomllib.loads((Path(__file__).parents[2] / "vectors" / "fmcos.toml").read_text())
MASTER = "FF" * 8
K1, K2 = "0102030405060708", "1122334455667788"
#: One file per right that a test asks about: FID 01 upwards, ten bytes, free to write.
PROBES = ("F0", "F1", "FA", "AA", "11", "22", "53", "EF", "0E", "0A", "01", "00")


def vectors(name: str) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in VECTORS[name]]


def probes(host: Host) -> None:
    for fid, right in enumerate(PROBES, start=1):
        host.ok(f"80E0{fid:04X}072A0201{right}F0FFFF", f"00E200{fid << 3 | 4:02X}0155")


def readable(host: Host) -> set[str]:
    answers = {right: host(f"00B201{fid << 3 | 4:02X}00") for fid, right in enumerate(PROBES, 1)}
    assert set(answers.values()) <= {"559000", "6982"}
    return {right for right, answer in answers.items() if answer == "559000"}


def two_directories(host: Host) -> None:
    """MF (key 00 → A) with a DF 3F01: keys 00 → 5, 01 → 1, 02 → 2 (use right 11), PIN 00 → 1."""
    host.ground()
    assert host.show() == "9000"
    host.ok("80E03F010D38FFFFF0F0FFFFFF4142434445", "00A40000023F01", "80E00000073F010095F0FFFF")
    host.ok(
        "80D401000D39F0F00533" + MASTER,
        "80D401010D39F0F01133" + K1,
        "80D401020D3911F02233" + K2,
        "80D40100083AF0EF0133123456",
    )
    probes(host)
    host.card.reset()


FREE, MAIN_A = {"F0", "00"}, {"0A", "01"}


def test_what_each_state_opens(host: Host) -> None:
    two_directories(host)
    host.ok("00A40000023F01")
    assert readable(host) == FREE
    assert host.show(K2, 2) == "6982", "the use right of key 02 asks for the state of the PIN"
    host.ok("0020000003123456")
    assert readable(host) == {*FREE, "F1", "11"}
    assert host.show(K2, 2) == "9000"
    assert readable(host) == {*FREE, "F1", "22"}, "PIN and key in a chain; 1 is gone"
    assert host.show(MASTER, 0) == "9000"
    assert readable(host) == {*FREE, "F1", "53"}
    assert host.show(K1, 1) == "9000"
    assert readable(host) == {*FREE, "F1", "11"}, "PIN or key: the same follow-up state"
    assert host.show(MASTER, 1)[:3] == "63C"
    assert readable(host) == {*FREE, "F1", "11"}, "a failure changes no register"


def test_the_main_register_survives_selections_and_not_a_reset(host: Host) -> None:
    two_directories(host)
    assert host.show() == "9000"
    host.ok("00A40000023F01")
    assert readable(host) == FREE | MAIN_A
    host.ok("0020000003123456")
    assert readable(host) == {*FREE, *MAIN_A, "F1", "11"}
    host.ok("00A40400054142434445")
    assert readable(host) == FREE | MAIN_A
    host.ok("00A40000023F00", "80E00001072A0201AAF0FFFF"), "current is A again in the MF"
    host.ok("00E2000C0155", "00B2010C00")
    host.card.reset()
    assert host("00B2010C00") == "6982"
    host.ok("00A40000023F01")
    assert readable(host) == FREE


@pytest.mark.parametrize("vector", vectors("internal"))
def test_internal_authentication(host: Host, vector: dict[str, Any]) -> None:
    host.ground()
    kind = 0x30 + vector["p1"]
    host.ok(f"80D401010D{kind:02X}F0EF0598" + vector["key"])
    size = len(vector["data"]) // 2
    command = f"0088{vector['p1']:02X}01{size:02X}" + vector["data"]
    assert host(command) == vector["answer"] + "9000"
    other = f"0088{(vector['p1'] + 1) % 3:02X}01{size:02X}" + vector["data"]
    assert host(other) == "6A88", "a key for one computation serves no other"
    assert host("0088030108" + "00" * 8) == "6A86"


def test_data_of_an_internal_authentication_is_filled_up(host: Host) -> None:
    host.ground("80D401010D30F0EF0001" + K2)
    whole = host("0088000110" + "123456788990A1B180" + "00" * 7)
    assert host("0088000108" + "123456788990A1B1") == whole[:16] + "9000"
    assert host("0088000109" + "123456788990A1B180") == host(
        "0088000110" + "123456788990A1B18080" + "00" * 6
    )
    assert len(whole) == 36


@pytest.mark.parametrize("size", [4, 8])
def test_external_authentication_counts_failures(host: Host, size: int) -> None:
    host.ground()
    assert [host.show(K1, size=size) for _ in range(2)] == ["63C2", "63C1"]
    assert host.show(size=size) == "9000"
    assert [host.show(K1) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
    assert host.show() == "6983"
    host.card.reset()
    assert host.show() == "6983"


def test_the_pin_counts_failures_and_may_leave_its_end_away(host: Host) -> None:
    host.ground("80D401000D3AF0EF013312345FFFFFFFFFFF")
    for right in ("0312345F", "0412345FFF", "0812345FFFFFFFFFFF"):
        assert host("00200000" + right) == "9000"
    assert host("0020000002 1234") == "63C2"
    assert host("0020000003 12345F") == "9000"
    assert [host("0020000003 999999") for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
    assert host("0020000003 12345F") == "6983"
    assert host("0020000103 12345F") == "9403"


def test_pulling_the_card_saves_no_try(host: Host, make_host: type[Host], power_loss: Any) -> None:
    host.ground("80D40100083AF0EF0133123456")

    class Pulled(type(host.card.nvm)):  # type: ignore[misc]
        def commit(self) -> None:
            super().commit()
            raise power_loss

    cells = bytes(host.card.nvm.cells)
    for left in ("63C2", "63C1", "63C0", "6983"):
        torn = make_host(cells=cells)
        torn.card.nvm.__class__ = Pulled
        if left != "6983":
            with pytest.raises(power_loss):
                torn("0020000003999999")
            cells = bytes(torn.card.nvm.cells)
    assert make_host(cells=cells)("0020000003123456") == "6983"


def test_a_challenge_is_good_for_the_next_command_only(host: Host) -> None:
    host.ground()
    for between in ("00B2010C00", "00B2050C00", "0084000005", "00FF000000", "12"):
        proof = authentication_data(DES8(bytes.fromhex(MASTER)), host.challenge())
        host(between)
        assert host("0082000008" + proof.hex()) == "6985", between
    assert host.show() == "9000"


def test_which_key_is_missing(host: Host) -> None:
    host.ground()
    proof = "08" + "00" * 8
    assert host("00820005" + proof) == "6A88"
    host.ok("80D401050D36F0F0FF33" + K1)
    assert host("00820005" + proof) == "6981"
    assert host.show() == "9000"
    host.ok("800E000000")
    assert host("00820000" + proof) == "6A82"
    assert host("0020000003123456") == "6A82"
    assert host("0088000008" + "00" * 8) == "6A82"


class TestWritingKeys:
    def test_an_update_replaces_header_counter_and_value(self, host: Host) -> None:
        host.ground("80D401010D39F0F01133" + K1)
        assert host("80D439010D39F0FA2255" + K2) == "9000"
        assert host.show(K1, 1) == "63C4"
        assert host.show(K2, 1) == "9000"
        assert host("80D439010D39F0FA2255" + K1) == "6982", "the new change right counts"
        assert host.show() == "9000"
        assert host("80D439010D39F0FA2255" + K1) == "9000"

    @pytest.mark.parametrize(
        ("command", "answer"),
        [
            ("80D401010D39F0F01133" + K1, "6A86"),
            ("80D401FF0D39F0F01133" + K1, "6A86"),
            ("80D439020D39F0F01133" + K1, "6A88"),
            ("80D4F9010D39F0F01133" + K1, "6A88"),
            ("80D439010D36F0F0FF33" + K1, "6700"),
            ("80D439011539F0F01133" + K1 * 2, "6700"),
            ("80D401020C39F0F01133" + K1[2:], "6700"),
            ("80D401020D33F0F01133" + K1, "6700"),
            ("80D40102073AF0EF1133" + "1234", "9000"),
            ("80D40102063AF0EF1133" + "12", "6700"),
        ],
    )
    def test_refusals(self, host: Host, command: str, answer: str) -> None:
        host.ground("80D401010D39F0F01133" + K1)
        assert host(command) == answer

    def test_a_full_key_file(self, host: Host) -> None:
        """Every record costs its key and 8 bytes (dialects 2.1 [S])."""
        host.ground(key_file="80E00000073F003701F0FFFF")
        host.ok("80D401010D36F0F0FF33" + K1)
        assert host("80D401021536F0F0FF33" + K1 * 2) == "6A84"
        host.ok("80D401020D36F0F0FF33" + K1)
        assert host("80D40103073AF0EF11331234") == "6A84"

    def test_the_add_right(self, host: Host) -> None:
        host.ground(key_file="80E00000073F010001AAFFFF")
        assert host("80D401010D36F0F0FF33" + K1) == "6982"
        assert host.show() == "9000"
        host.ok("80D401010D36F0F0FF33" + K1)

    def test_protected(self, host: Host) -> None:
        """Adds and updates of F-types; a plain update of one is refused, a plain add is not."""
        host.ground()
        how = {"key": MASTER, "enciphered": True}
        assert host.protected("80D401020DF9F0F0AAFF" + K2, **how) == "9000"
        assert host.show(K2, 2) == "9000"
        assert host("80D4F9020D39F0F0AAFF" + K1) == "9302"
        assert host("80D439020D39F0F0AAFF" + K1) == "6A88", "it is stored as F9"
        assert host.protected("80D4F9020D39F0F0AAFF" + K1, **how) == "9000"
        assert host("80D439020D39F0F0AAFF" + K2) == "9000", "it is a 39 again"
        host.ok("80D401030DF6F0F0FF33" + K1)
        assert host.protected("80D4F6030DF6F0F0FF33" + K2, **how) == "9000"

    @pytest.mark.parametrize("how", [{"key": K1, "enciphered": True}, {"key": MASTER}])
    def test_wrongly_protected(self, host: Host, how: dict[str, Any]) -> None:
        host.ground()
        assert host.protected("80D401020DF9F0F0AAFF" + K2, **how) == "9302"
        assert host("84D40102147C87BC23140021B3AFEA67E6359DDCFED7C943F6") == "6985"
        assert host.show(K2, 2) == "6A88"

    def test_a_locked_master_key(self, host: Host) -> None:
        host.ground()
        assert [host.show(K1) for _ in range(3)][-1] == "63C0"
        how = {"key": MASTER, "enciphered": True}
        assert host.protected("80D401020DF9F0F0AAFF" + K2, **how) == "6983"

    def test_without_a_master_key(self, host: Host) -> None:
        host.ok("80E03F000D38FFFFAAAA01FFFFFFFFFFFFFF")
        assert host("80D401000D39F0AAAA33" + MASTER) == "6A82"
        host.ok("80E00000073F010001F0FFFF")
        how = {"key": MASTER, "enciphered": True}
        assert host.protected("80D401020DF9F0F0AAFF" + K2, **how) == "6A88"


def test_timecos_updates_the_value_and_keeps_the_header(make_host: type[Host]) -> None:
    host = make_host(TIMECOS)
    host.ground("80D401011539F0F01133" + K1 * 2)
    assert host.show("FF" * 16, 1) == "63C2"
    assert host("80D4390115" + "39F0F01133" + K2 * 2) == "6700"
    assert host("80D4390110" + K2 * 2) == "9000"
    assert host.show(K2 * 2, 1) == "9000"
    how = {"key": MASTER, "enciphered": True}
    plain = CommandAPDU(0x80, 0xD4, 0x39, 0x01, bytes.fromhex("AB" * 16))
    assert host.protected(bytes(plain).hex(), **how) == "9000"
    assert host.show("AB" * 16, 1) == "9000"
