"""What scripts do with a card, line by line, and how they fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.errors import NotVerified, SscardError
from sscard.keys import SM4_SUITE
from sscard.keys.types import Secret
from sscard.perso.plan import run
from sscard.perso.script import CardData, Script, ScriptError, run_batch, run_script

Sent = Callable[..., list[str]]
SECRET = "C0FFEE5EC4E7C0FFEE5EC4E7C0FFEE11"  # what no error may show


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("send 80E03F000138 expect 9000", "80E03F000138"),  # whole commands as vendors write them
        ("send 00840000 08 expect 9000", "0084000008"),
        ("send 00840000 expect 9000", "00840000"),
        ("send 00840000 le 8 expect 9000", "0084000008"),
        ("send 00B00000 le 256 expect 9000", "00B0000000"),
        ("send 00A40400 data A0 00 le 256 expect 9000", "00A4040002A00000"),
        ("send 80E0 0102 data head(card.K, 300) expect 9000", "80E0010210" + SECRET),
        ("send 00DC0134 data card.K[4:6] tail(card.K, 15) expect 9000", "00DC013403" + "C4E711"),
        ("send 00DC0134 data card.K[4:] expect 9000", "00DC01340C" + SECRET[8:]),
    ],
)
def test_commands(sent: Sent, line: str, command: str) -> None:
    extra = "" if "card.K" in line else "\nX := card.K"
    assert sent(line + extra, K=SECRET) == [command]


def test_long_commands_have_long_lengths(sent: Sent) -> None:
    assert sent("send 80E00102 data card.K expect 9000", K="AA" * 256) == [
        "80E00102000100" + "AA" * 256
    ]


@pytest.mark.parametrize(
    ("statuses", "sw", "good"),
    [
        ("9000", "9000", True),
        ("9000", "6A89", False),
        ("9000|6A89", "6A89", True),
        ("61xx", "6110", True),
        ("63Cx", "63C2", True),
        ("63Cx", "6300", False),
        ("6xxx|9000", "9001", False),
    ],
)
def test_expected_status_words(sent: Sent, statuses: str, sw: str, good: bool) -> None:
    line = f"# fine\nsend 00840000 le 8 expect {statuses}"
    if good:
        assert sent(line, sw) == ["0084000008"]
        return
    with pytest.raises(StatusError, match=rf"script line 7: .*\({sw}\)") as caught:
        sent(line, sw)
    assert caught.value.sw == StatusWord(int(sw, 16))


def test_answers_are_kept_and_compared(sent: Sent) -> None:
    lines = "send 00B00000 le 3 expect 9000\nX := response[1:3]\nsend 00B0 X expect 9000 answer X"
    assert sent(lines, "0102039000", "02039000") == ["00B0000003", "00B00203"]
    with pytest.raises(NotVerified, match="script line 8: the card's answer"):
        sent(lines, "0102039000", "02049000")


def test_the_answer_to_reset_is_compared(sent: Sent) -> None:
    assert sent("reset expect 3B card.T\nreset", "3BAA", "00", T="AA") == ["reset", "reset"]
    with pytest.raises(NotVerified, match="script line 6: the chip's answer to reset"):
        sent("reset expect 3B card.T", "3BBB", T="AA")


def test_values_of_a_block_end_with_it(sent: Sent) -> None:
    lines = "X_1 := 00000000\nif card has A\nX_1 := 11111111\nend\nsend X_1 expect 9000"
    assert sent(lines, A="00") == ["00000000"]


@pytest.mark.parametrize(
    ("size", "commands"),
    [
        (0, []),
        (3, ["00D60100030A0A0A"]),
        (4, ["00D60100040A0A0A0A"]),
        (6, ["00D60100040A0A0A0A", "00D60104020A0A"]),
    ],
)
def test_chunks(sent: Sent, size: int, commands: list[str]) -> None:
    loop = "for each PIECE of 4 bytes in card.V at PLACE from 256"
    assert sent(f"{loop}\nsend 00D6 PLACE data PIECE expect 9000\nend", V="0A" * size) == commands


def test_what_only_some_cards_have(sent: Sent) -> None:
    lines = "if card has PHOTO\nsend 00D68800 data card.PHOTO expect 9000\nend"
    assert sent(lines) == []
    assert sent(lines, PHOTO="FF") == ["00D6880001FF"]


def test_random_values_are_drawn_when_their_line_is_run(sent: Sent) -> None:
    (first, second) = sent("X := random(4)\nY := random(4)\nsend X expect 9000\nsend Y expect 9000")
    assert first != second


def test_a_published_mac(sent: Sent) -> None:
    # dialects 2.5 [V]: line protection of FMCOS, key FF x 16, is row 7 of ssc 4
    data = "11223344556677889900AABBCCDDEEFF"
    lines = (
        "send 00840000 le 4 expect 9000\nC_4 := response[0:4]\n"
        f"send 04D60000 data {data} load_mac(card.K, C_4, 04D6000014 {data}) expect 9000"
    )
    commands = sent(lines, "44A47DEB9000", K="FF" * 16)
    assert commands[1] == f"04D6000014{data}F2F62231"


def test_the_other_suite(sent: Sent) -> None:
    lines = "send 84D40000 data 0102 enciphered under card.K, 1122334455667788 expect 9000"
    key = SM4_SUITE.key(bytes.fromhex(SECRET))
    plain = CommandAPDU(0x84, 0xD4, data=b"\1\2")
    wrapped = ssc.wrap_enciphered(plain, SM4_SUITE, key, bytes.fromhex("1122334455667788"))
    assert sent(lines, suite="sm4", K=SECRET) == [bytes(wrapped).hex().upper()]


FAILING = [
    ("X := card.K[0:17]", "a value of 16 bytes has no part 0:17"),
    ("X := card.K[17:]", "a value of 16 bytes has no part 17:"),
    ("send card.K[0:3] data card.K expect 9000", "4 bytes, not 3"),
    ("send card.K expect 9000", "Lc does not match"),
    ("X := mac(card.K[0:7], 1122334455667788, 00)", "mac: "),
    ("X := authenticate(card.K, 1122334455667788, card.K)", "authenticate: "),
    ("X := mac(card.K, 112233, card.K)", "mac: "),
    ("send 00 data 00 protected under card.K[0:5], 1122334455667788 expect 9000", "4 bytes"),
    ("send 00D40000 data 00 protected under card.K[0:5], 1122334455667788 expect 9000", "16 bytes"),
    ("for each X of 9 bytes in card.K at Y from 65530\nend", "more than two bytes"),
]


@pytest.mark.parametrize(("lines", "message"), FAILING)
def test_what_cannot_be_computed_names_the_line_and_no_value(
    sent: Sent, lines: str, message: str
) -> None:
    with pytest.raises(ScriptError, match=message) as caught:
        sent("# one line before\n" + lines, K=SECRET)
    assert caught.value.line == 7
    assert SECRET[:8] not in str(caught.value)


def test_data_that_do_not_belong_to_the_script_cost_no_card(lines: Callable[..., Script]) -> None:
    script = lines("reset\nsend 00 card.A.v1 expect 9000\nif card has B\nX := card.B\nend")
    for names, message in (
        ({"B"}, r"have no A\.v1"),
        ({"A.v1", "C", "D"}, "would leave out C, D"),
    ):
        card = CardData({name: Secret(bytes.fromhex(SECRET)) for name in names})
        with pytest.raises(ScriptError, match=message) as caught:
            next(run_script(script, card, bytes))
        assert SECRET[:8] not in str(caught.value) + repr(card)


def test_of_many_missing_values_the_first_are_told(lines: Callable[..., Script]) -> None:
    wanted = " ".join(f"card.K{n:03}" for n in range(190))
    script, none = lines(f"reset expect {wanted}"), CardData({})
    with pytest.raises(ScriptError, match=r"have no K000, K001, K002, K003, K004 and 185 more$"):
        next(run_script(script, none, bytes))
    five = lines("reset expect card.A card.B card.C card.D card.E")
    with pytest.raises(ScriptError, match=r"have no A, B, C, D, E$"):
        next(run_script(five, none, bytes))
    many = CardData({f"K{n}": Secret(b"\0") for n in range(7)})
    with pytest.raises(ScriptError, match=r"leave out K0, K1, K2, K3, K4 and 2 more of the"):
        next(run_script(lines("reset"), many, bytes))


def test_a_batch_ends_with_the_first_card_that_fails(lines: Callable[..., Script]) -> None:
    script = lines("send 00 card.A expect 9000")
    cards = [CardData({"A": Secret(bytes((n, 0, 0)))}) for n in (1, 2, 3)]
    sent: list[str] = []

    class Machine:
        def reset(self) -> bytes:
            raise AssertionError

        def transmit(self, command: bytes, /) -> bytes:
            sent.append(command.hex())
            return b"\x90\x00" if len(sent) != limit else b"\x69\x83"

    limit = 0
    assert run_batch(script, cards, Machine, bytes) == 3
    assert sent == ["00010000", "00020000", "00030000"]
    sent, limit = [], 2
    with pytest.raises(StatusError, match="6983"):
        run_batch(script, cards, Machine, bytes)
    assert len(sent) == 2


def test_errors_are_errors_of_sscard(lines: Callable[..., Script]) -> None:
    error = ScriptError("wrong")
    assert isinstance(error, SscardError)
    assert str(error.at(7)) == "script line 7: wrong"
    assert error.at(7).at(9).line == 7
    with pytest.raises(StatusError):
        run(run_script(lines("send 00000000 expect 9000"), CardData({}), bytes), _Refusing())


class _Refusing:
    def reset(self) -> bytes:
        return b""

    def transmit(self, command: bytes, /) -> bytes:
        return b"\x6d\x00"
