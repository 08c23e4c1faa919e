"""Traces explained: places, elements, keys, status words; and nothing of a person unasked."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import VirtualCard
from sscard.dialects import reference
from sscard.profiles import load_profile
from sscard.trace import formats
from sscard.trace.entries import Entry, Exchange, PowerUp, Remark, joined
from sscard.trace.explainer import Explainer
from sscard.trace.row import Row

VECTORS = Path(__file__).parents[1] / "vectors"
GEN3 = load_profile("gen3")
NAME_OF_SSSE = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
SELECT = b"\x00\xa4\x04\x00\x0f" + NAME_OF_SSSE
OK = b"\x90\x00"


def rows(entries: Iterable[Entry], *, reveal: bool = False) -> list[Row]:
    explained = Explainer(GEN3, reveal=reveal).explain(entries)
    return [row for each in explained for row in each.rows]


def said(*pairs: tuple[str, str], reveal: bool = False) -> list[Row]:
    """What is made of exchanges after SELECT of the SSSE."""
    entries = [Exchange(SELECT, OK)]
    entries += [Exchange(bytes.fromhex(a), bytes.fromhex(b)) for a, b in pairs]
    return rows(entries, reveal=reveal)[2:]


def trace_a(person: dict[str, str]) -> list[Entry]:
    """A real session with a card of the third generation (ssc 9.1 [T])."""
    table = tomllib.loads((VECTORS / "trace-a.toml").read_text(encoding="utf-8"))
    entries: list[Entry] = [PowerUp(bytes.fromhex(table["ats"]))]
    for each in table["exchange"]:
        answer = each["answer"].format(**person) if "{" in each["answer"] else each["answer"]
        entries.append(Exchange(bytes.fromhex(each["command"]), bytes.fromhex(answer)))
    return entries


PERSON = {
    "id_number": b"110101199003070038".hex(),
    "name": "诸葛验收".encode("gbk").ljust(30, b"\0").hex(),
}


def test_trace_a_in_words() -> None:
    found = rows(trace_a(PERSON), reveal=True)
    words = [row.meaning for row in found]
    assert words[0] == "复位应答 answer to reset"
    assert words[1] == "选择 select SSSE 社会保障系统环境 social security system environment"
    assert words[3] == "选择文件 select EF05 发卡机构数据 issuer data"
    assert "读记录 read EF05 发卡机构数据 issuer data 03 规范版本 specification version" in words
    assert "外部认证 external authenticate RKSSSE (0A)" in words
    assert "内部认证 internal authenticate IRK" in words
    assert "校验PIN verify PIN" in words
    readings = [detail.reading for row in found for detail in row.details]
    for value in ("3.00", "110101199003070038", "诸葛验收", "2018-04-03"):
        assert value in readings


def test_trace_a_hides_its_holder() -> None:
    found = rows(trace_a(PERSON))
    text = "".join(map(repr, found))
    for secret in (*PERSON.values(), "110101199003070038", "诸葛验收", "123456", "AI666666X"):
        assert secret.upper() not in text
        assert secret not in text
    assert "3.00" in text, "what says nothing about a person is shown"
    (pin,) = [row for row in found if row.meaning.startswith("校验PIN")]
    assert pin.shown == "0020000003******"


def test_hidden_bytes_are_as_many_as_there_were() -> None:
    entries = trace_a(PERSON)
    hidden, open_ = rows(entries), rows(entries, reveal=True)
    for masked, plain in zip(hidden, open_, strict=True):
        assert len(masked.shown) == len(plain.shown)
        assert all(a in ("*", b) for a, b in zip(masked.shown, plain.shown, strict=True))
        assert masked.meaning == plain.meaning


@pytest.mark.parametrize(
    ("command", "answer", "words"),
    [
        ("00B2013400", "9000", "读记录 read EF06 持卡人基本信息 cardholder basics #1"),
        ("00B2083000", "9000", "读记录 read EF06 持卡人基本信息 cardholder basics 08"),
        ("00B2012C12", "6A83", "读记录 read EF05 发卡机构数据 issuer data #1"),
        ("00B2017C12", "6A82", "读记录 read EF0F #1"),
        ("0020000000", "63C5", "查询PIN how many tries has the PIN"),
        ("805E010007123456FF654321", "9000", "修改PIN change PIN"),
        ("8424000004AABBCCDD", "9000", "PIN解锁 unblock PIN，带MAC with a MAC"),
        (
            "0082007F11" + 32 * "1" + "02",
            "6982",
            "外部认证 external authenticate ? (7F)，版本 version 2",
        ),
        ("B02800010B0100000064000000000001", "9000", "划入初始化 initialize for load"),
        ("80E0020000", "9000", "结束出厂阶段 end of the factory stage"),
        ("80F6000000", "6D00", "INS F6"),
        ("BFEC00000137", "9000", "PSAM初始化环境 init environment"),
        ("BFDE281210" + 32 * "1", "9000", "session key of UKSSSE (28,12)"),
        ("BFDE485310" + 32 * "1", "9000", "session key of UK1DF06 (48,53)"),
        ("BFDE48FF10" + 32 * "1", "6A88", "session key of ? (48,FF)"),
        ("80FA000008" + 16 * "1", "9000", "PSAM通用计算 加密 encipher"),
        ("80FA070010" + 32 * "1", "9000", "PSAM通用计算 MAC 第一块 first part"),
        ("80FA090008" + 16 * "1", "6A86", "PSAM通用计算 P1 09"),
        ("80720000040B0B0B0B", "9302", "PSAM校验MAC2 credit SAM for purchase"),
        ("84D400121C" + 56 * "1", "9000", "PSAM装载密钥 key, enciphered, file 12"),
        ("00A4040006D15600000590", "9000", "PSAM应用 application of a PSAM"),
    ],
)
def test_commands_in_words(command: str, answer: str, words: str) -> None:
    told, _ = said((command, answer))
    assert words in told.meaning


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        # a key in clear, to another maker's card
        ("80D401000D" + "F0010401F5" + "A1B2C3D4E5F60718", "9000"),
        ("80F600000411223344", "556677889000"),
        ("00CA008100", "112233449000"),
        ("B026000204", "000026949000"),
        ("B02801011301000026940000000000000000371000000001", "000000949000"),
        ("8070010024" + 72 * "7", "0000000155667788" + "9000"),
    ],
)
def test_what_may_be_a_key_or_an_amount_is_hidden(command: str, answer: str) -> None:
    """Only the header and the status word are left."""
    told, heard = said((command, answer))
    size = len(bytes.fromhex(command)) - 5
    assert told.shown == command[:10] + 2 * size * "*"
    assert heard.shown == (len(answer) - 4) * "*" + "9000"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("9000", "9000 成功 done"),
        ("63C2", "63C2 失败，剩余2次 failed, 2 tries left"),
        ("6983", "6983 认证方法已锁定 authentication method blocked"),
        ("6C14", "6C14 Le错误，应为20 wrong Le, 20 is right"),
        ("6110", "6110 还有16字节 16 bytes are waiting"),
        ("6F77", "6F77"),
        ("", "没有应答 no answer"),
    ],
)
def test_status_words(answer: str, words: str) -> None:
    _, heard = said(("0084000008", answer))
    assert heard.meaning == words


def test_what_was_refused_changes_nothing() -> None:
    """A SELECT that failed leaves the card where it was."""
    found = said(("00A4040006D15600000500", "6A82"), ("00B2032C06", "0304332E30309000"))
    assert "EF05 发卡机构数据" in found[2].meaning
    assert found[3].details[0].reading == "3.00"


def test_keys_are_named_by_where_they_are_shown() -> None:
    name = GEN3.directories[1].df_name.hex()
    found = said(
        (f"00A40400{len(name) // 2:02X}{name}", "9000"),
        ("0082008310" + 32 * "1", "9000"),
    )
    assert found[2].meaning == "外部认证 external authenticate UK1DF01 (83)"


def test_a_file_that_the_profile_does_not_know_may_hold_anything() -> None:
    found = said(("00B2017C12", "08123131303130319000"), ("00DC017C03313233", "9000"))
    assert found[1].shown == "*" * 16 + "9000"
    assert found[2].shown == "00DC017C03******"
    assert said(("00B2017C12", "31319000"), reveal=True)[1].shown == "31319000"


def test_the_hand_over_area_hides_whom_it_carries() -> None:
    area = "A50812" + b"110101199003070038".hex()
    found = rows(
        [
            Exchange(bytes.fromhex("00A40000023F00"), OK),
            Exchange(bytes.fromhex("00B09C0015"), bytes.fromhex(area) + OK),
        ]
    )
    assert found[2].meaning == "读二进制 read 公共区 hand-over area @0"
    assert found[3].shown == "*" * 42 + "9000"


def test_the_bank_side_follows_its_selection() -> None:
    pse = b"1PAY.SYS.DDF01".hex()
    found = said(
        (f"00A404000E{pse}", "9000"),
        ("00B2010C00", "6A83"),
        ("00A40000023F00", "9000"),
        ("00B2012C12", "6982"),
    )
    assert "PSE 支付系统环境" in found[0].meaning
    assert found[2].meaning == "读记录 read record 1.1"
    assert found[4].meaning == "选择主文件 select MF"
    assert found[6].meaning == "读记录 read EF05 #1", "below the MF the profile knows no such file"


def test_personalization_is_explained(personalized: Callable[[], list[Entry]]) -> None:
    found = rows(personalized())
    words = [row.meaning for row in found]
    for said_somewhere in (
        "传输密钥认证 show the transport key",
        "建目录 create directory",
        "装载密钥 load key, enciphered，带MAC with a MAC",
        "结束出厂阶段 end of the factory stage",
        "建立安全通道 open SCP02, level 01",
        "写入数据 store data DGI 9104",
    ):
        assert said_somewhere in words
    assert not [row for row in found if row.meaning.startswith("INS ")]


@pytest.fixture
def personalized(personalized_card: Any) -> Callable[[], list[Entry]]:
    return lambda: personalized_card


@pytest.fixture(scope="module")
def personalized_card() -> list[Entry]:
    """Everything that is said to a chip until it is a card."""
    import os
    from datetime import date

    from sscard.issuance.stations import BankStation, SocialStation, account_of_test_bank
    from sscard.keys import SUITES
    from sscard.keys.stores import load_bank, load_exchange, load_social_security
    from sscard.keys.stores.certificates import load_certificates
    from sscard.perso.order import CardNumbers
    from sscard.transport.recorder import Recorder

    suite, today = SUITES[GEN3.suite], date(2026, 1, 31)
    exchange = load_exchange(None, suite)
    store = load_social_security(None, suite)
    social = SocialStation(GEN3, store, exchange, "TEST-GEN3", os.urandom)
    bank = BankStation(GEN3, load_bank(None), exchange, os.urandom, load_certificates())
    person = {"id_number": "110101199003070038", "name": "诸葛验收", "sex": "1"}
    order = social.prepare(
        person | {"birth_date": "1990-03-07"}, CardNumbers("X00000019", bytes(4), "639900", today)
    )
    entries: list[Entry] = []

    def tell(command: bytes | None, answer: bytes, seconds: float) -> None:
        said = PowerUp(answer) if command is None else Exchange(command, answer, 0, seconds)
        entries.append(said)

    card = Recorder(VirtualCard.blank(GEN3.chip, lot=order.lot), tell, lambda: 0.0)
    social.run(order, card)
    account = account_of_test_bank(GEN3, "6228000000000011", today)
    bank.run(card, bank.identify(card), account, today)
    return entries


def test_a_personalization_shows_nothing_of_the_person(personalized_card: list[Entry]) -> None:
    text = "".join(map(repr, rows(personalized_card)))
    for secret in (b"110101199003070038".hex(), "诸葛验收".encode("gbk").hex(), "6228000000000011"):
        assert secret.upper() not in text


def test_real_logs_are_explained() -> None:
    for name in ("scriptor.log", "opensc.log", "pcscd.log"):
        raw = (VECTORS / "traces" / name).read_bytes()
        found = rows(joined(formats.parse(formats.decoded(raw))))
        assert any(row.details and row.details[0].reading == "3.00" for row in found)


@given(
    st.lists(
        st.one_of(
            st.builds(Exchange, st.binary(min_size=4, max_size=40), st.binary(max_size=40)),
            st.builds(PowerUp, st.binary(max_size=40)),
            st.builds(Remark, st.text()),
        )
    )
)
def test_whatever_was_said_is_explained(entries: list[Entry]) -> None:
    for each in Explainer(GEN3).explain(joined(entries)):
        assert len(each.rows) == {Remark: 0, PowerUp: 1, Exchange: 2}[type(each.entry)]


INSTRUCTIONS = st.sampled_from(bytes.fromhex("A4B2B0DCD6E282888484205E24CAA8AE"))


@given(
    st.lists(
        st.builds(
            lambda ins, p, data, answer: Exchange(
                bytes((0, ins)) + p + bytes((len(data),)) + data, answer + OK
            ),
            INSTRUCTIONS,
            st.binary(min_size=2, max_size=2),
            st.binary(min_size=1, max_size=40),
            st.binary(max_size=60),
        ),
        max_size=8,
    )
)
def test_whatever_known_instructions_said_is_explained(entries: list[Exchange]) -> None:
    select = Exchange(SELECT, OK)
    assert len(rows([select, *entries])) == 2 * len(entries) + 2


@pytest.mark.parametrize("row", reference.ROWS, ids=lambda row: row.operation.__name__)
def test_every_factory_command_has_words(row: reference.Row) -> None:
    command = bytes((row.cla, row.ins, row.p1, row.p2, 8)) + bytes(8)
    (to_card, _) = rows([Exchange(command, OK)])
    assert "INS" not in to_card.meaning
