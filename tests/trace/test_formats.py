"""Reading traces: the logs of other programs, as they really look, and sscard's own."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.errors import MalformedData
from sscard.trace import formats
from sscard.trace.entries import Entry, Exchange, PowerUp, Remark, joined
from sscard.trace.formats import json_lines
from sscard.trace.replay import Compared, Outcome

FOLDER = Path(__file__).parents[1] / "vectors" / "traces"
NAME = "7378312E73682EC9E7BBE1B1A3D5CF"
FCI = f"6F1C840F{NAME}A50988011E9F0C038601039000"
#: What the same seven commands were answered by the same card; a challenge is None.
SAID = [
    (f"00A404000F{NAME}00", FCI),
    ("00A4020002EF05", "9000"),
    ("00B2010012", "0110639900D156000005000000018E5E32129000"),
    ("00B2030006", "0304332E30309000"),
    ("00B2050006", "0504202611229000"),
    ("0084000008", None),
    ("00B2080014", "6A83"),
]


def read(name: str) -> str:
    return formats.decoded((FOLDER / name).read_bytes())


def exchanges(entries: object) -> list[Exchange]:
    assert isinstance(entries, tuple)
    return [entry for entry in joined(entries) if isinstance(entry, Exchange)]


def test_every_sample_says_where_it_is_from() -> None:
    sources = tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))["files"]
    assert set(sources) == {path.name for path in FOLDER.glob("*.log")}


@pytest.mark.parametrize("form", [None, "named"])
@pytest.mark.parametrize("name", ["scriptor", "opensc", "opensc-debug", "pcscd"])
def test_real_logs(name: str, form: str | None) -> None:
    found = exchanges(formats.parse(read(f"{name}.log"), form and name))
    assert len(found) == len(SAID)
    for entry, (command, answer) in zip(found, SAID, strict=True):
        # On T=0 OpenSC sends no Le with data, and the log of pcscd shows what was sent.
        assert command.startswith(entry.command.hex().upper())
        assert len(entry.command) >= len(command) // 2 - 1
        if answer is None:
            assert len(entry.response) == 10
            assert entry.response.endswith(b"\x90\x00")
        else:
            assert entry.response.hex().upper() == answer


def test_a_readers_log_in_gbk() -> None:
    entries = formats.parse(read("reader-gbk.log"))
    assert entries[0] == PowerUp(bytes.fromhex("127880A0020081544C9686845101C0666779"), 1)
    found = exchanges(entries)
    assert len(found) == 8
    assert found[0].response == bytes.fromhex(FCI)
    assert found[2].response == bytes.fromhex("0110510100D156000005C0666779C8C975CC9000")
    assert [each.text for each in entries if isinstance(each, Remark)] == [
        "09:12:44 选择应用",
        "09:12:45 姓名 张三 读卡成功",
    ]


def test_lines_are_told() -> None:
    found = [each for each in formats.parse(read("scriptor.log")) if isinstance(each, Exchange)]
    assert [each.line for each in found] == [5, 9, 12, 16, 19, 22, 25]


def test_t0_is_joined() -> None:
    text = (
        "> 00A4040002AABB\n< 6104\n> 00C0000004\n< 6F0284009000\n"
        "> 00B2010000\n< 6C02\n> 00B2010002\n< 01009000\n> 00B0000001\n< 6C01\n"
    )
    assert [(e.command.hex(), e.response.hex()) for e in exchanges(formats.parse(text))] == [
        ("00a4040002aabb", "6f0284009000"),
        ("00b2010000", "01009000"),
        ("00b0000001", "6c01"),
    ]


def test_a_get_response_that_nothing_announced_stays() -> None:
    text = "> 0084000008\n< 9000\n> 00C0000004\n< 6985\n"
    assert len(exchanges(formats.parse(text))) == 2


def test_dumps_whose_characters_look_like_bytes() -> None:
    text = "Sending: 00 B0 00 00 05 \nReceived (SW1=0x90, SW2=0x00):\n41 42 20 43 44 AB CD\n"
    (found,) = formats.parse(text, "opensc")
    assert isinstance(found, Exchange)
    assert found.response == b"AB CD\x90\x00"


def test_a_log_that_begins_in_the_middle() -> None:
    found = formats.parse("< 9000\n> 0084000008\n< 11223344556677889000\n")
    assert isinstance(found[0], Remark)
    assert len(exchanges(found)) == 1


def test_a_command_without_answer_is_kept() -> None:
    (found,) = formats.parse("> 0084000008\n")
    assert found == Exchange(bytes.fromhex("0084000008"), b"", 1)


@pytest.mark.parametrize("text", ["", "nothing\n", "a > b\n", ">0084 00\n"])
def test_what_is_no_trace(text: str) -> None:
    with pytest.raises(MalformedData, match="no line of this is a command or an answer"):
        formats.parse(text)


@pytest.mark.parametrize(
    ("text", "line"), [("> 00840000080\n< 9000\n", 1), ("\n> 0084000008\n< 90001\n", 3)]
)
def test_half_a_byte_names_the_line(text: str, line: int) -> None:
    with pytest.raises(MalformedData, match=f"line {line}: these are not whole bytes"):
        formats.parse(text)


def test_a_format_that_does_not_fit_is_named() -> None:
    with pytest.raises(MalformedData, match="no line of this is from scriptor"):
        formats.parse("> \n", "scriptor")


def test_a_command_that_is_too_short_names_the_line() -> None:
    text = "Outgoing APDU (2 bytes):\n00 84 ..\nIncoming APDU (2 bytes):\n90 00 ..\n"
    with pytest.raises(MalformedData, match="line 1: a command has at least 4 bytes"):
        formats.parse(text, "opensc-debug")


def test_expressions_of_ones_own() -> None:
    form = formats.by_expressions(r"SEND (?P<command>.+)", r"RECV (?P<response>.+) SW")
    (found,) = form.parse("x SEND 00:84:00:00:08\ny RECV 0102 9000 SW\n")
    assert found == Exchange(bytes.fromhex("0084000008"), bytes.fromhex("01029000"), 1)


@pytest.mark.parametrize(
    ("expression", "why"), [("(", "no regular expression"), ("SEND (.*)", "none of the groups")]
)
def test_expressions_that_say_nothing(expression: str, why: str) -> None:
    with pytest.raises(MalformedData, match=why):
        formats.by_expressions(expression)


def test_an_expression_that_takes_what_are_no_bytes_names_the_line() -> None:
    form = formats.by_expressions(r"SEND (?P<command>.+)", r"RECV (?P<response>.+)")
    with pytest.raises(MalformedData, match="line 1: these are not whole bytes"):
        list(form.parse("SEND something\nRECV 9000\n"))


ENTRIES = st.one_of(
    st.builds(PowerUp, st.binary(min_size=1, max_size=32)),
    st.builds(
        Exchange,
        st.binary(min_size=4, max_size=300),
        st.one_of(st.just(b""), st.binary(min_size=2, max_size=300)),
        seconds=st.one_of(st.none(), st.floats(0, 100)),
    ),
    st.builds(Remark, st.text()),
)


@given(st.lists(ENTRIES))
def test_recordings_are_read_as_they_were_written(entries: list[Entry]) -> None:
    text = json_lines.written(None) + "".join(map(json_lines.written, entries))
    found = formats.parse(text)
    assert [json_lines.written(each) for each in found] == list(map(json_lines.written, entries))
    assert [each.line for each in found] == list(range(2, len(entries) + 2))


@given(st.lists(ENTRIES, min_size=1), st.data())
def test_a_recording_that_a_crash_has_cut(entries: list[Entry], data: st.DataObject) -> None:
    whole = json_lines.written(None) + "".join(map(json_lines.written, entries))
    first = len(json_lines.written(None))
    cut = whole[: data.draw(st.integers(first, len(whole) - 1))]
    complete = cut.count("\n") - 1
    assert len(formats.parse(cut)) == complete


@given(st.text())
def test_any_text_parses_or_raises(text: str) -> None:
    for form in (None, *formats.NAMES):
        try:
            formats.parse(text, form)
        except MalformedData:
            continue


@given(st.binary())
def test_any_bytes_are_some_text(raw: bytes) -> None:
    assert isinstance(formats.decoded(raw), str)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"sscard-trace": 2}\n', "line 1: a trace of version 2; this is for 1"),
        ('{"sscard-trace": 1}\nx\n', "line 2: no JSON"),
        ('{"sscard-trace": 1}\n[]\n', "line 2: no JSON object"),
        ('{"sscard-trace": 1}\n{}\n', "line 2: bytes are hexadecimal"),
        ('{"sscard-trace": 1}\n{"command": "00", "response": ""}\n', "line 2: no exchange"),
        ('{"sscard-trace": 1}\n{"power_up": "3"}\n', "line 2: bytes are hexadecimal"),
    ],
)
def test_recordings_that_are_none(text: str, why: str) -> None:
    with pytest.raises(MalformedData, match=why):
        formats.parse(text)


def test_nothing_of_an_exchange_is_in_its_repr() -> None:
    secret = bytes.fromhex("0020000003123456")
    shown = repr(Exchange(secret, secret))
    shown += repr(Compared(Exchange(secret, secret), Outcome.SAME, secret))
    assert "123456" not in shown
    assert repr(secret) not in shown
    assert "张三" not in repr(Remark("姓名 张三"))
