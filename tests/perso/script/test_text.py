"""The text form: there and back, any text, and where errors are."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.keys import KeyReference
from sscard.keys.types import Secret
from sscard.perso.plan import run
from sscard.perso.script import (
    CardData,
    Script,
    ScriptError,
    check,
    format_script,
    parse_script,
    require_made_for,
    run_script,
)
from sscard.perso.script import model as m
from sscard.perso.script.functions import FUNCTIONS, NUMBERS
from sscard.profiles import Profile

if TYPE_CHECKING:
    from tests.conftest import Terminal

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "scripts.md").read_text(encoding="utf-8")
VECTOR = ROOT / "tests" / "vectors" / "offline.script"

variables = st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True).filter(m.is_variable)
card_names = st.from_regex(r"[A-Za-z0-9_]{1,6}(\.[A-Za-z0-9_]{1,4}){0,2}", fullmatch=True)
words = st.from_regex(r"[A-Za-z0-9_-]{1,8}(\.[a-z0-9]{1,3})?", fullmatch=True)
numbers = st.integers(0, m.LARGEST)
statuses = st.lists(st.from_regex(r"[69][0-9A-Fx]{3}", fullmatch=True), min_size=1, max_size=3)
remarks = st.text(max_size=20).map(str.strip).filter(m.is_comment)

plain_terms = st.one_of(
    st.binary(min_size=1, max_size=20).map(m.Literal),
    variables.map(m.Variable),
    card_names.map(m.CardValue),
    st.just(m.Response()),
)


def calls(inner: st.SearchStrategy[m.Term]) -> st.SearchStrategy[m.Term]:
    data = st.lists(inner, min_size=1, max_size=2).map(tuple)

    def call(name: str) -> st.SearchStrategy[m.Term]:
        takes = FUNCTIONS[name].takes
        arguments = st.tuples(*(numbers if each in NUMBERS else data for each in takes))
        return arguments.map(lambda given: m.Call(name, given))

    return st.sampled_from(sorted(FUNCTIONS)).flatmap(call)


def parts(of: st.SearchStrategy[m.Term]) -> st.SearchStrategy[m.Term]:
    ends = st.tuples(numbers, st.none() | numbers).filter(lambda x: x[1] is None or x[0] <= x[1])
    return st.builds(lambda term, place: m.Part(term, *place), of, ends)


whole_terms = plain_terms | calls(plain_terms | parts(plain_terms))
terms = whole_terms | parts(whole_terms)
some = st.lists(terms, min_size=1, max_size=3).map(tuple)
maybe = st.lists(terms, max_size=3).map(tuple)
protections = st.builds(m.Protection, st.sampled_from(m.Mode), terms, terms)
simple = st.one_of(
    remarks.map(m.Comment),
    st.builds(m.Assign, variables, some),
    st.builds(m.Reset, maybe),
    st.builds(m.Send, some, maybe, numbers, st.none() | protections, statuses.map(tuple), maybe),
)


def blocks(statements: st.SearchStrategy[m.Statement]) -> st.SearchStrategy[m.Statement]:
    inner = st.lists(statements, max_size=3).map(tuple)
    pairs = st.tuples(variables, variables).filter(lambda pair: pair[0] != pair[1])
    size = st.integers(1, m.LARGEST)
    return st.one_of(
        st.builds(m.IfCard, card_names, inner),
        st.builds(
            lambda pair, size, value, start, block: m.EachChunk(
                pair[0], size, value, pair[1], start, block
            ),
            pairs,
            size,
            some,
            numbers,
            inner,
        ),
    )


block = st.lists(st.recursive(simple, blocks, max_leaves=6), max_size=5).map(tuple)
scripts = st.builds(Script, words, words, words, block)


@given(scripts)
def test_what_is_written_is_read_back(script: Script) -> None:
    text = format_script(script)
    assert parse_script(text) == script
    assert format_script(parse_script(text)) == text


@given(st.text())
def test_any_text_is_a_script_or_an_error(text: str) -> None:
    with pytest.raises(ScriptError, match="line"):
        parse_script(text)


@given(scripts, st.data())
def test_a_damaged_script_is_a_script_or_an_error(script: Script, data: st.DataObject) -> None:
    text = format_script(script)
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.sampled_from(["", " ", "\n", "end", "(", "0", "x", "#", "\x00", "[", ",\n"]))
    with suppress(ScriptError):
        again = parse_script(text[:at] + put + text[at + 1 :])
        assert parse_script(format_script(again)) == again


WRONG = [
    ("send 0084 00 00 exspect 9000", 6, 17, "bytes must stand here"),
    ("send 008400000 expect 9000", 6, 6, "odd number"),
    ("send 00840000", 6, 14, "'expect' must stand here"),
    ("send 00840000 expect 900", 6, 22, "status word"),
    ("send 00840000 expect 9000 6A89", 6, 27, "the line must end here"),
    ("send 00840000 le 70000 expect 9000", 6, 18, "decimal number from 0 to 65536"),
    ("send 00840000 le 08x expect 9000", 6, 18, "decimal number"),
    ("DEAD := 00", 6, 1, "name of a variable"),
    ("CHALLENGE = 00", 6, 11, "no meaning"),
    ("X := CHALLENGE[8:4]", 6, 18, "decimal number from 8"),
    ("X := CHALLENGE[0:4", 6, 19, "']' must stand here"),
    ("X := mac(00, 11)", 6, 16, "',' must stand here"),
    ("X := mac(00, 11, 22, 33)", 6, 20, "')' must stand here"),
    ("X := hash(00)", 6, 6, "bytes must stand here"),
    ("X := random(00 11)", 6, 16, "')' must stand here"),
    ("X := " + "head(" * 9 + "00", 6, 46, "functions inside each other"),
    ("X := card.", 6, 6, "bytes must stand here"),
    ("if card has", 6, 12, "name of a card's value"),
    ("if card has A B\nend", 6, 15, "the line must end here"),
    ("for each X of 0 bytes in 00 at Y from 0\nend", 6, 15, "from 1"),
    ("for each X of 8 bytes in 00 at X from 0\nend", 6, 32, "two names"),
    ("send 00 protected under 00 11 expect 9000", 6, 28, "',' must stand here"),
    ("ok\n\n  # fine\n(", 6, 1, "name of a variable"),
    ("# fine\n\n(", 8, 1, "statement"),
    ("# wrong \x07", 6, 1, "control character"),
    ("\n".join(["if card has A"] * 8), 13, None, "blocks inside each other"),
    ("end", 7, 1, "nothing may follow"),
    ("if card has A", 8, None, "'end' is missing"),
]


@pytest.mark.parametrize(("wrong", "line", "column", "message"), WRONG)
def test_errors_name_line_and_column(
    lines: Callable[..., Script], wrong: str, line: int, column: int | None, message: str
) -> None:
    with pytest.raises(ScriptError, match=re.escape(message)) as caught:
        lines(wrong)
    assert (caught.value.line, caught.value.column) == (line, column)


HEADS = [
    ("", 1, "ends too early"),
    ("script 2\n", 1, "another version than 1"),
    ("skript 1\n", 1, "'script' must stand here"),
    ("script 1\nprofile\n", 2, "the profile must stand here"),
    ("script 1\nprofile a b\n", 2, "the line must end here"),
    ("script 1\nprofile a\ndialect b\nsuite c\nreset\n", 5, "'for each card'"),
]


@pytest.mark.parametrize(("text", "line", "message"), HEADS)
def test_errors_in_the_header(text: str, line: int, message: str) -> None:
    with pytest.raises(ScriptError, match=message) as caught:
        parse_script(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("X := CHALENGE", 6, "nothing was assigned to CHALENGE"),
        ("send 00840000 expect 9000\nX := head(Y, 8)", 7, "nothing was assigned to Y"),
        ("if card has A\nX := 00\nend\nreset expect X", 9, "nothing was assigned to X"),
        ("reset expect response", 6, "no answer before"),
        ("reset\nsend 00 enciphered under 00, C_1 expect 9000", 7, "C_1"),
        ("for each X of 1 bytes in Z at Y from 0\nend", 6, "assigned to Z"),
        ("for each X of 1 bytes in 00 at Y from 0\nsend X Z expect 9000\nend", 7, "Z"),
    ],
)
def test_what_has_no_value_is_found_before_a_card_is_touched(
    lines: Callable[..., Script], text: str, line: int, message: str
) -> None:
    with pytest.raises(ScriptError, match=message) as caught:
        check(lines(text))
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("G := random(8)\nreset expect G[0:9]", 7, "a value of 8 bytes has no part 0:9"),
        ("G := random(8)\nreset expect G[9:]", 7, "a value of 8 bytes has no part 9:"),
        ("G := random(8) 0011\nH := G[2:]\nreset expect H[0:9]", 8, "of 8 bytes has no part 0:9"),
        ("G := random(8)[2:4]\nreset expect G[0:3]", 7, "a value of 2 bytes has no part 0:3"),
        ("reset expect 001122[1:4]", 6, "a value of 3 bytes has no part 1:4"),
        ("send 00840000 le 8 expect 9000\nG := response[0:9]", 7, "0 to 8 bytes has no part 0:9"),
        ("reset expect mac(00, 00, 00)[0:5]", 6, "a value of 4 bytes has no part 0:5"),
        ("reset expect load_mac(00, 00, 00)[0:5]", 6, "a value of 4 bytes"),
        ("reset expect authenticate(00, 00, 00)[0:9]", 6, "a value of 8 bytes"),
        ("reset expect head(card.A, 4)[0:5]", 6, "0 to 4 bytes has no part 0:5"),
        ("reset expect tail(random(9), 4)[0:6]", 6, "a value of 5 bytes has no part 0:6"),
        ("X := mac(00, 00, 0011[0:3])", 6, "a value of 2 bytes"),
        ("for each X of 4 bytes in 00 at Y from 0\nreset expect X[0:5]\nend", 7, "1 to 4 bytes"),
        ("for each X of 4 bytes in 00 at Y from 0\nreset expect Y[0:3]\nend", 7, "of 2 bytes"),
        ("send 00 expect 9000", 6, "at least 4 bytes, not 1"),
        ("send random(3) expect 9000", 6, "at least 4 bytes, not 3"),
        ("send head(card.A, 3) expect 9000", 6, "at least 4 bytes, not 0 to 3"),
        ("send 008400 le 8 expect 9000", 6, "CLA INS P1 P2 are 4 bytes, not 3"),
        ("send 0084000008 le 8 expect 9000", 6, "CLA INS P1 P2 are 4 bytes, not 5"),
        ("send 00840000 card.A[0:1] data 00 expect 9000", 6, "4 bytes, not 5"),
        ("send 00A4040005 1122 expect 9000", 6, "Lc does not match"),
    ],
)
def test_what_cannot_be_so_long_is_found_before_a_card_is_touched(
    lines: Callable[..., Script], text: str, line: int, message: str
) -> None:
    with pytest.raises(ScriptError, match=message) as caught:
        check(lines(text))
    assert caught.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "G := card.A\nreset expect G[0:9] G[9:]",
        "send card.A expect 9000",
        "send 00D6 card.A data 00 expect 9000",
        "send 00840000 expect 9000\nreset expect response[0:9]",
        "send 00840000 le 8 expect 9000 answer response[0:8]",
        "reset expect encipher(00, 00, 00)[0:64] head(card.A, 9)[0:9] tail(card.A, 9)[0:9]",
        # which of the answers is the last one depends on the card
        "send 00840000 le 4 expect 9000\nif card has A\nsend 00840000 le 8 expect 9000\nend\n"
        "reset expect response[0:8]",
        "send 00840000 le 4 expect 9000\nfor each X of 1 bytes in card.A at Y from 0\n"
        "reset expect response[0:8] X[0:1] Y[0:2]\nsend 00840000 le 8 expect 9000\nend",
    ],
)
def test_what_could_be_so_long_passes(lines: Callable[..., Script], text: str) -> None:
    check(lines(text))


@pytest.mark.parametrize("dialect", ["reference", "fmcos", "timecos"])
def test_a_dialect_of_sscard(dialect: str) -> None:
    check(m.Script("gen2", dialect, "3des", ()))


def test_a_header_that_nobody_knows() -> None:
    text = "script 1\n\nprofile a\n\ndialect reference\nsuite 3des\nfor each card\nend\n"
    for word, wrong, line in (("reference", "starcos", 5), ("3des", "ssf33", 6)):
        with pytest.raises(ScriptError, match=f"there is no .* {wrong}$") as caught:
            check(parse_script(text.replace(word, wrong)))
        assert caught.value.line == line


@pytest.mark.parametrize(
    ("word", "other", "line"), [("gen2", "gen3", 2), ("reference", "fmcos", 3), ("3des", "sm4", 4)]
)
def test_a_script_is_for_one_profile_dialect_and_suite(
    profile: Profile, lines: Callable[..., Script], word: str, other: str, line: int
) -> None:
    require_made_for(lines("reset"), profile)
    script = parse_script(format_script(lines("reset")).replace(word, other))
    with pytest.raises(ScriptError, match=f"is for .* {other}, in use is {word}") as caught:
        require_made_for(script, profile)
    assert caught.value.line == line


def test_a_suite_that_nobody_knows(lines: Callable[..., Script]) -> None:
    with pytest.raises(ScriptError, match="cipher suite ssf33"):
        check(lines("reset", suite="ssf33"))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: m.Literal(b""),
        lambda: m.Variable("CAFE"),
        lambda: m.CardValue("a..b"),
        lambda: m.Call("hash", ()),
        lambda: m.Call("head", ((m.Response(),), (m.Response(),))),
        lambda: m.Call("head", ((), 8)),
        lambda: m.Part(m.Response(), 8, 4),
        lambda: m.Comment("two\nlines"),
        lambda: m.Comment(" spaced"),
        lambda: m.Assign("X", ()),
        lambda: m.Send(()),
        lambda: m.Send((m.Response(),), statuses=()),
        lambda: m.Send((m.Response(),), statuses=("9xx",)),
        lambda: m.Send((m.Response(),), ne=65537),
        lambda: m.EachChunk("X", 8, (m.Response(),), "X", 0, ()),
        lambda: m.EachChunk("X", 0, (m.Response(),), "Y", 0, ()),
        lambda: m.IfCard("a b", ()),
        lambda: Script("two words", "b", "c", ()),
    ],
)
def test_no_script_exists_that_could_not_be_written(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError):
        wrong()


def test_a_script_written_by_hand(terminal: Terminal) -> None:
    photo = random.Random(4).randbytes(300)
    key = terminal.order.keys[KeyReference("UKSSSE", 1)]
    values = {
        "HISTORICAL": Secret(terminal.order.historical),
        "UKSSSE.v1": key,
        "SEX": Secret(b"\xff2"),
    }
    script = parse_script(VECTOR.read_text(encoding="utf-8"))
    for card in (CardData(values), CardData({**values, "PHOTO": Secret(photo)})):
        run(run_script(script, card, bytes), terminal.card)
    terminal.select()
    assert terminal.show("RKSSSE") == 0x9000
    assert terminal.hex("00B0881000")[:512] == photo[:256].hex().upper()
    assert terminal.hex("00B2043403") == "0A01329000"


def test_the_page_shows_scripts_that_are_scripts() -> None:
    shown = re.findall(r"```text\n(script 1\n.*?)```", PAGE, re.DOTALL)
    assert shown
    for text in shown:
        check(parse_script(text))
        assert format_script(parse_script(text)) == text


def test_the_page_has_every_function_and_word() -> None:
    for name, function in FUNCTIONS.items():
        assert f"| `{name}({', '.join(function.takes)})` | {function.meaning} |" in PAGE
    grammar = PAGE.split("```ebnf", 1)[1].split("```", 1)[0]
    said = set(re.findall(r'"([a-z]+)"', grammar))
    assert set(FUNCTIONS) <= set(re.findall(r'"([a-z_]+)"', grammar))
    assert {"for", "each", "card", "of", "bytes", "in", "at", "from", "if", "has"} <= said
    assert {"send", "data", "le", "under", "expect", "answer", "reset", "response", "end"} <= said
    assert {mode.value for mode in m.Mode} <= said
