"""Files of the FMCOS card: creation, erasure, selection, contents, line protection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sscard.apdu.command import CommandAPDU
from sscard.channel.fmcos import Line
from sscard.keys import TDES_SUITE

if TYPE_CHECKING:
    from tests.cos.fmcos.conftest import Host

MASTER = "FF" * 8
LINE = "36" * 16


def directory(fid: str, name: str = "4142434445") -> str:
    data = "38FFFFF0F0FFFFFF" + name
    return f"80E0{fid}{len(data) // 2:02X}{data}"


@pytest.mark.parametrize("command", ["00A40000023F00", "0084000004", "80E0000107280010F0F0FFFF"])
def test_without_a_main_file(host: Host, command: str) -> None:
    assert host(command) == "6A81"


def test_the_main_file_is_made_once_and_selected(host: Host) -> None:
    assert host("80E03F00073F010001F0FFFF") == "6700"
    host.ok("80E03F000D38FFFFF0F001FFFFFFFFFFFFFF", "80E00000073F002001F0FFFF")
    assert host("80E03F000D38FFFFF0F001FFFFFFFFFFFFFF") == "6A86"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("80E0000107280010F0F0FFFF", "9000"),
        ("80E00000073F010001F0FFFF", "6A86"),
        ("80E00005073F010001F0FFFF", "6A86"),
        ("80E00001072A0110F0F0FFFF", "6A80"),
        ("80E00001072A02F9F0F0FFFF", "6A80"),
        ("80E00001072A02F8F0F0FFFF", "9000"),
        ("80E0000107280000F0F0FFFF", "6A80"),
        ("80E0000107282100F0F0FFFF", "6A84"),
        ("80E0000106280010F0F0FF", "6700"),
        ("80E0000107290010F0F0FFFF", "6700"),
        ("80E00001072F0208F000FF18", "9000"),
        ("80E0000107AF0208F000FF18", "6700"),
        (directory("3F00"), "6A86"),
        (directory("3F01"), "9000"),
        (directory("3F01", "41"), "6700"),
    ],
)
def test_creating(host: Host, command: str, answer: str) -> None:
    host.ground()
    assert host.show() == "9000"
    free = host.card.free
    assert host(command) == answer
    assert (host.card.free == free) is (answer != "9000")
    if answer == "9000":
        assert host(command) == "6A86"


def test_a_key_file_comes_first(host: Host) -> None:
    host.ok("80E03F000D38FFFFAAAA01FFFFFFFFFFFFFF", "80E0000107280010F0F0FFFF")
    assert host("80E00000073F010001F0FFFF") == "6A80"


def test_three_levels(host: Host) -> None:
    host.ground()
    assert host.show() == "9000"
    host.ok(directory("3F01"), "00A40000023F01", directory("3F02", "5152535455"))
    host.ok("00A40000023F02")
    assert host(directory("3F03")) == "6A80"
    host.ok("80E0000107280010F0F0FFFF")


def test_memory_is_what_the_manual_says(host: Host) -> None:
    """11 bytes and the body; a record costs one byte more; a purse has 22."""
    host.ground()
    assert host.show() == "9000"
    for command, cost in (
        ("80E0000107280010F0F0FFFF", 11 + 16),
        ("80E00002072A0203F0F0FFFF", 11 + 2 * 4),
        ("80E00003072E0A17F0F0FFFF", 11 + 10 * 24),
        ("80E00004072C0020F0F0FFFF", 11 + 32),
        ("80E00005072F0208F000FF18", 11 + 22),
        (directory("3F01"), 11 + 5 + 2),
    ):
        free = host.card.free
        host.ok(command)
        assert free - host.card.free == cost, command


def test_an_empty_directory_is_free_until_it_is_left(host: Host) -> None:
    host.ground()
    assert host.show() == "9000"
    host.ok("80E03F010D38FFFFAAAAFFFFFF4142434445", "00A40000023F01")
    host.ok("80E00000073F010095AAFFFF", "80D401000D39F0AAAA33" + MASTER)
    host.ok("80E0000107280004EFEFFFFF", "00D681000401020304")
    assert host("00B0810004") == "010203049000"
    host.ok("00A40000023F01")
    for command in (
        "80E0000207280004F0F0FFFF",
        "00B0810004",
        "00D681000401020304",
        "80D401010D36F0F0FF33" + MASTER,
    ):
        assert host(command) == "6982", command
    assert host.show() == "9000"
    host.ok("80E0000207280004F0F0FFFF", "80D401010D36F0F0FF33" + MASTER)


def test_a_directory_with_files_and_no_keys_is_not_free(host: Host) -> None:
    host.ok("80E03F000D38FFFFAAAA01FFFFFFFFFFFFFF", "80E0000107280001EFEFFFFF", "00D6810001AA")
    host.ok("00A40000023F00")
    assert host("00B0810001") == "6982"
    assert host("80E0000207280001F0F0FFFF") == "6982"


def test_erasing_two_directories_from_the_front(host: Host) -> None:
    """The first is emptied while the second stands behind it; then the second gives all back."""
    host.ground()
    assert host.show() == "9000"
    host.ok(directory("3F01"), directory("3F02", "5152535455"))
    free = host.card.free
    for fid in ("3F01", "3F02"):
        host.ok("00A40000023F00", f"00A4000002{fid}", "80E0000107280040F0F0FFFF")
    for fid in ("3F01", "3F02"):
        host.ok("00A40000023F00", f"00A4000002{fid}", "800E000000")
    assert host.card.free == free
    host.ok("00A40000023F00", "00A40000023F01", "80E0000107280001F0F0FFFF", "00D6810001AA")
    host.ok("00A40000023F00", "00A40000023F01")
    assert host("00B0810001") == "AA9000"


def test_erasing(host: Host) -> None:
    host.ground()
    assert host("800E000000") == "6982"
    assert host.show() == "9000"
    host.ok(directory("3F01"), "00A40000023F01", "80E00000073F010095F0FFFF")
    host.ok("80E0000107280010F0F0FFFF", directory("3F02", "5152535455"))
    free = host.card.free
    host.ok("800E000000")
    assert host.card.free > free
    assert host("00A40000023F02") == "6A82"
    assert host("00B0810001") == "6A82"
    assert host("00A40000023F01").endswith("9000")
    host.ok("00A40000023F00")
    assert host.show() == "9000", "the MF's key is still there"


def test_erasing_in_the_middle_touches_nothing_behind(host: Host, make_host: type[Host]) -> None:
    """Two DFs; the first is erased and filled again while the second stands behind it."""
    host.ground()
    assert host.show() == "9000"
    host.ok(directory("3F01"), directory("3F02", "5152535455"))
    for fid, byte in (("3F01", "AA"), ("3F02", "BB")):
        host.ok("00A40000023F00", f"00A4000002{fid}", "80E00000073F002095F0FFFF")
        host.ok("80E0000107280001F0F0FFFF", f"00D6810001{byte}")
    host.ok("00A40000023F00", "00A40000023F01", "800E000000")
    assert host("00B0810001") == "6A82"
    host.ok("80E00000073F002095F0FFFF", "80E0000107280001F0F0FFFF", "00D6810001CC")
    host.ok("00A40000023F00", "00A40000023F02", "00B0810001")
    host.ok("800E000000", "80E0000107280001F0F0FFFF", "00D6810001DD")
    for each in (host, make_host(cells=bytes(host.card.nvm.cells))):
        found = []
        for fid in ("3F01", "3F02"):
            each.ok("00A40000023F00", f"00A4000002{fid}")
            found.append(each("00B0810001"))
        assert found == ["CC9000", "DD9000"]


class TestSelecting:
    @pytest.fixture
    def tree(self, host: Host) -> Host:
        host.ground()
        assert host.show() == "9000"
        host.ok(directory("3F01"), directory("3F02", "5152535455"), "80E0000107280004F0F0FFFF")
        host.ok("00A40000023F01", "80E0000207280004F0F0FFFF")
        host.ok(directory("3F03", "6162636465"), "00A40000023F00")
        return host

    @pytest.mark.parametrize(
        ("start", "command", "answer"),
        [
            ("3F00", "00A4000000", "6F15"),
            ("3F01", "00A40000023F00", "6F15"),
            ("3F01", "00A404000E315041592E5359532E4444463031", "6F15"),
            ("3F00", "00A404000431504159", "6A82"),
            ("3F00", "00A40000020001", "9000"),
            ("3F01", "00A40000020001", "6A82"),
            ("3F01", "00A40000020002", "9000"),
            ("3F01", "00A40000023F01", "6F07"),
            ("3F01", "00A40000023F02", "6A82"),
            ("3F01", "00A40000023F03", "6F07"),
            ("3F00", "00A40000023F03", "6A82"),
            ("3F01", "00A40400055152535455", "6F07"),
            ("3F01", "00A40400056162636465", "6F07"),
            ("3F01", "00A40400054142434445", "6F07"),
            ("3F00", "00A40400056162636465", "6A82"),
            ("3F00", "00A40000013F", "6700"),
            ("3F00", "00A40100023F00", "6A86"),
        ],
    )
    def test_from(self, tree: Host, start: str, command: str, answer: str) -> None:
        assert tree(f"00A4000002{start}").endswith("9000")
        assert tree(command)[:4] == answer

    def test_a_directory_with_reserved_7fff_shows_a_version(self, tree: Host) -> None:
        assert tree.show() == "9000"
        tree.ok("80E03F040D38FFFFF0F0957FFF7172737475", "00A40000023F04")
        tree.ok("80E0001507280002F0F0FFFF", "00D69500021234")
        fci = "6F128405 7172737475 A509 9F080102 9F0C021234".replace(" ", "")
        assert tree("00A40400057172737475") == fci + "9000"


class TestBinary:
    @pytest.fixture
    def filled(self, host: Host) -> Host:
        host.ground()
        assert host.show() == "9000"
        host.ok("80E0000507280008F0F0FFFF", "80E0000607280200F0F0FFFF")
        return host

    def test_never_written_is_a_warning(self, filled: Host) -> None:
        assert filled("00B0850000") == "FF" * 8 + "6281"
        filled.ok("00D6850005 0001020304")
        assert filled("00B0850000") == "0001020304FFFFFF9000"

    @pytest.mark.parametrize(
        ("command", "answer"),
        [
            ("00B0850100", "111213141516179000"),
            ("00B0850508", "6B00"),
            ("00B0850800", "6B00"),
            ("00B0000000", "10111213141516179000"),
            ("00B08700 01", "6A82"),
            ("00B0E500 01", "6A86"),
            ("00B2012C00", "6981"),
            ("00D6850702FFFF", "6B00"),
            ("00D08507 01FF", "9000"),
            ("00B0850000 00", "6700"),
            ("04B0850000", "6900"),
            ("04D6850005 0102030405", "6900"),
        ],
    )
    def test_reading_and_writing(self, filled: Host, command: str, answer: str) -> None:
        filled.ok("00D68500081011121314151617")
        assert filled(command) == answer

    def test_at_most_239_bytes(self, filled: Host) -> None:
        filled.ok("00D686000155")
        assert len(filled("00B0860000")) == 2 * 239 + 4
        assert filled("00B08600F0") == "6700"
        assert len(filled("00B08600EF")) == 2 * 239 + 4


class TestRecords:
    @pytest.fixture
    def filled(self, host: Host) -> Host:
        host.ground()
        assert host.show() == "9000"
        host.ok("80E00001072A0302F0F0FFFF", "80E00002072C000CF0F0FFFF", "80E00003072E0302F0F0FFFF")
        return host

    def test_fixed(self, filled: Host) -> None:
        filled.ok("00E2000C020101", "00DC020C020202", "00E20008020303")
        assert [filled(f"00B20{n}0C00") for n in range(1, 5)] == [
            "01019000",
            "02029000",
            "03039000",
            "6A83",
        ]
        assert filled("00E2000C020404") == "6A84"
        assert filled("00DC010C03010203") == "6700"
        assert filled("00DC010A020101") == "6981"
        assert filled("00DC040C020101") == "6A83"

    def test_variable(self, filled: Host) -> None:
        """A new record by number, by P1 00 or by APPEND; an old one keeps its length."""
        filled.ok("00DC001204AA021122", "00DC021403BB0133", "00E2001403AA0155")
        assert filled("00B2011400") == "AA0211229000"
        assert filled("00B2AA1000") == "AA0211229000"
        assert filled("00B2BB1000") == "BB01339000"
        assert filled("00B2CC1000") == "6A83"
        assert filled("00B2041400") == "6A83"
        filled.ok("00DCAA1004CC023344", "00DCAA1103AA0166")
        assert filled("00B2011400") == "CC0233449000"
        assert filled("00B2031400") == "AA01669000"
        assert filled("00DC011403CC0133") == "6700"
        assert filled("00DC011404CC033344") == "6A80"
        assert filled("00E2001403DD0177") == "6A84", "10 of 12 bytes are in use"
        filled.ok("00E2001402DD00")

    def test_cyclic(self, filled: Host) -> None:
        """Record 1 is the newest; the oldest goes when there is no room."""
        model: list[str] = []
        for number in range(1, 9):
            command = ("00E2001C02", "00DC001B02", "00DC011A02")[number % 3]
            filled.ok(command + f"{number:02X}" * 2)
            model = [f"{number:02X}" * 2 + "9000", *model][:3]
            read = [filled(f"00B20{place}1C00") for place in range(1, 4)]
            assert read == model + ["6A83"] * (3 - len(model))
        assert filled("00DC011C020101") == "6981"

    def test_le_of_a_record(self, filled: Host) -> None:
        filled.ok("00E2000C020102")
        assert filled("00B2010C01") == "019000"
        assert filled("00B2010C03") == "6C02"
        assert filled("00B2010D00") == "6A86"
        assert filled("00B0810001") == "6981"
        assert filled("00B201F400") == "6A82"


class TestLineProtection:
    @pytest.fixture
    def protected(self, host: Host) -> Host:
        """Files 01 A8 (plain read), 02 E8 and 03 A8 and 05 68 (protected read), 04 AA records."""
        host.ground("80D401001536F0F0FF33" + LINE, "80D401010D36F0F0FF33" + MASTER)
        assert host.show() == "9000"
        host.ok(
            "80E0000107A80008F0F0FFFF",
            "80E0000207E80008F0F0FF7E",
            "80E0000307A80008F0F0FF7F",
            "80E0000407AA0204F0F0FF7F",
            "80E0000507680008F0F0FF7F",
        )
        return host

    def how(self, sfi: int) -> dict[str, Any]:
        return {
            "key": MASTER if sfi == 2 else LINE,
            "enciphered": sfi in (2, 5),
            "with_mac": sfi != 5,
        }

    @pytest.mark.parametrize("sfi", [1, 2, 3, 5])
    def test_writing(self, protected: Host, sfi: int) -> None:
        plain = f"00D68{sfi}00080102030405060708"
        assert protected(plain) == "6987"
        wrong = {**self.how(sfi), "key": "12" * 16}
        assert protected.protected(plain, **wrong) == "6988"
        assert protected("04" + plain[2:]) in ("6985", "6988")
        assert protected.protected(plain, **self.how(sfi)) == "9000"

    @pytest.mark.parametrize("sfi", [2, 3, 5])
    def test_reading(self, protected: Host, sfi: int) -> None:
        data = "0102030405060708"
        how = self.how(sfi)
        assert protected.protected(f"00D68{sfi}0008" + data, **how) == "9000"
        assert protected(f"00B08{sfi}0008") == "6987"
        line = Line(
            TDES_SUITE.key(bytes.fromhex("36" * 16)),
            protected.challenge(8),
            enciphered=how["enciphered"],
            with_mac=how["with_mac"],
        )
        command = line.wrap(CommandAPDU(0x00, 0xB0, 0x80 | sfi, ne=8))
        answer = bytes.fromhex(protected(bytes(command).hex()))
        assert answer[-2:] == b"\x90\x00"
        assert line.unwrap_answer(answer[:-2]).hex() == data

    def test_a_file_that_is_read_in_clear(self, protected: Host) -> None:
        assert protected.protected("00D68100080102030405060708", **self.how(1)) == "9000"
        assert protected("00B0810008") == "01020304050607089000"
        assert protected.protected("00B0810008", **self.how(1)) == "6900"

    def test_the_use_right_of_the_line_key(self, protected: Host) -> None:
        protected.ok("80D436001536FAF0FF33" + LINE)
        write = "00D68100080102030405060708"
        assert protected.protected(write, key=LINE) == "9000"
        protected.card.reset()
        assert protected.protected(write, key=LINE) == "6982"

    def test_a_right_mac_does_not_replace_the_right_to_write(self, protected: Host) -> None:
        protected.ok("80E0001507A80008F0EFFFFF")
        wrong = protected.protected("00D69500080102030405060708", key="12" * 16)
        refused = protected.protected("00D69500080102030405060708", key=LINE)
        assert (wrong, refused) == ("6988", "6982")

    def test_records(self, protected: Host) -> None:
        assert protected("00E200240401020304") == "6987"
        assert protected.protected("00E200240401020304", key=LINE) == "9000"
        assert protected.protected("00DC0224040A0B0C0D", key=LINE) == "9000"
        assert protected("00B2012400") == "6987"
        assert protected.protected("00B2022400", key=LINE)[:8] == "0A0B0C0D"

    def test_three_wrong_macs_on_a_basic_file_lock_the_application(self, protected: Host) -> None:
        protected.ok("80E0001507A80008F0F0FFFF")
        write, wrong = "00D69500080102030405060708", {"key": "12" * 16}
        answers = [protected.protected(write, **wrong) for _ in range(2)]
        assert protected.protected(write, key=LINE) == "9000", "a right one starts anew"
        answers += [protected.protected(write, **wrong) for _ in range(3)]
        assert answers == ["6988", "6988", "6988", "6988", "9303"]
        for command in (write, "00B0950008", "800E000000", "0020000003123456"):
            assert protected(command) == "9303"
        protected.card.reset()
        assert protected("00B0950008") == "9303"
        assert protected("00A40000023F00").endswith("9000")
