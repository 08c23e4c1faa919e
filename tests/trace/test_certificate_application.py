"""The certificate application in a trace: in words, checked with keys, nothing of anybody shown."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import iso7816, pki
from sscard.channel import pki as channel
from sscard.keys import SUITES
from sscard.profiles import load_profile
from sscard.trace.entries import Entry, Exchange, PowerUp
from sscard.trace.explainer import Explainer
from sscard.trace.pki.passing import details
from sscard.trace.recorded import Recording
from sscard.trace.row import Row
from sscard.trace.social.known_keys import CertificateKeys, Keys
from sscard.transport.recorder import Recorder
from tests import certificate_session as certified
from tests.certificate_session import (
    ADMIN,
    BLANK_MASTER,
    BROUGHT,
    NEW_ADMIN,
    NEW_MASTERS,
    SESSION,
    USER,
)

GEN3 = load_profile("gen3")
SM4_SUITE = SUITES["sm4"]
OK = b"\x90\x00"
POINT = bytes(BROUGHT.public)
SELECT = bytes(iso7816.select(pki.ADF_NAME))


@pytest.fixture(scope="module")
def session() -> tuple[Entry, ...]:
    """Everything that is said to a blank card until it has its certificates, and they are read."""
    entries: list[Entry] = [PowerUp(bytes.fromhex("3B6D0000") + bytes(13))]

    def tell(command: bytes | None, answer: bytes, seconds: float) -> None:
        entries.append(Exchange(command or b"", answer, 0, seconds))

    card = certified.blank()
    certified.Machine(Recorder(card, tell, lambda: 0.0)).all()
    return tuple(entries)


def pin_key(pin: str) -> object:
    return channel.pin_key(bytes.fromhex(pin))


def keys(user: str = USER, admin: str = ADMIN, master: object = BLANK_MASTER) -> Keys:
    pins = {pki.USER: pin_key(user), pki.ADMIN: pin_key(admin)}
    return Keys(SM4_SUITE, lambda *_: None, None, CertificateKeys(pins, master))


def rows(entries: Iterable[Entry], *, reveal: bool = False, known: Keys | None = None) -> list[Row]:
    explained = Explainer(GEN3, reveal=reveal, keys=known).explain(entries)
    return [row for each in explained for row in each.rows]


def told(row: Row) -> str:
    return "\n".join([row.meaning, *(f"{each.zh}: {each.reading}" for each in row.details)])


def test_the_order_of_work_in_words(session: tuple[Entry, ...]) -> None:
    words = [row.meaning for row in rows(session)]
    places = [
        "选择 select PKI.社会保障 数字证书环境 certificate environment",
        "选择 select SS.CERT.ADF1 数字证书应用 certificate application",
        "取随机数 get challenge",
        "校验 verify 用户PIN user PIN",
        "生成密钥对 make a key pair 0012 签名公钥 signature public key / 0013 签名私钥 "
        "signature private key",
        "导出公钥：取回 fetch the public key that was chosen",
        "校验 verify 管理PIN admin PIN",
        "私钥解密 decrypt the session key with 0013 签名私钥 signature private key",
        "设置会话密钥 give the session key, in clear",
        "导入加密公钥 bring the encryption public key",
        "导入加密私钥 bring the encryption private key, enciphered",
        "选择文件 select 0018 签名证书 signature certificate",
        "写二进制 update 0018 签名证书 signature certificate @448",
        "修改管理PIN change the admin PIN, enciphered，带MAC with a MAC",
        "外部认证 external authenticate 应用主控密钥 master key of the ADF",
        "更新 replace 环境主控密钥 master key of the DDF, enciphered，带MAC with a MAC",
        "读二进制 read 0019 加密证书 encryption certificate @600",
    ]
    at = -1
    for each in places:
        at = words.index(each, at + 1)
    assert not [
        each for each in words if "INS" in each or ("9000" not in each.ljust(4) and not each)
    ]


def test_certificates_are_told_once_each_when_they_are_whole(session: tuple[Entry, ...]) -> None:
    found = [row for row in rows(session) if any(each.zh == "序列号" for each in row.details)]
    assert [row.meaning[:5] for row in found] == ["写二进制 ", "写二进制 ", "9000 ", "9000 "]
    first = {each.zh: each.reading for each in found[0].details}
    assert first["序列号"] == "100102030405060708090A0B0C0D0E0F"
    assert first["密钥用途"].startswith("签名 signature: ")
    assert first["有效期"] == "2026-01-31 – 2036-01-31"
    assert first["主体"] == "C=CN, S=浙江省, L=杭州市"
    assert first["主体名称"] == "****"
    assert first["卡号"] == "*********"
    second = {each.zh: each for each in found[1].details}
    assert second["密钥用途"].reading.startswith("加密 encryption: ")
    assert second["公钥"].value == POINT.hex().upper()


def test_a_certificate_of_which_a_piece_is_missing_is_not_told() -> None:
    content = certified.certificate(pki.SIGNATURE_CERTIFICATE, BROUGHT.public).ljust(1020, b"\0")
    entries = [Exchange(SELECT, OK), Exchange(bytes(iso7816.select_fid(0x18)), OK)]
    for start, end in ((0, 200), (200, 400), (450, 1020)):
        piece = iso7816.update_binary(content[start:end], offset=start)
        entries.append(Exchange(bytes(piece), OK))
    assert not [row for row in rows(entries) if row.details]


def test_a_certificate_before_the_end_of_an_older_one_is_told() -> None:
    content = certified.certificate(pki.SIGNATURE_CERTIFICATE, BROUGHT.public)
    told = {each.zh: each.reading for each in details(content + b"\x01", reveal=False)}
    assert told["主体名称"] == "****"
    assert told["证书"] == "其后有旧证书残留 residue of an older one behind it"
    assert "证书" not in {each.zh for each in details(content + b"\0", reveal=False)}


def test_whoever_asks_is_shown_everything(session: tuple[Entry, ...]) -> None:
    text = "\n".join(map(repr, rows(session, reveal=True)))
    for each in (certified.NAME, certified.CARD_NUMBER, SESSION.reveal().hex().upper()):
        assert each in text
    assert "***" not in text


def _secrets(session: Iterable[Entry]) -> set[str]:
    """What must not be seen: of the card, its holder, and what a PIN could be found from."""
    texts = {certified.NAME, certified.CARD_NUMBER, certified.HASH.hex(), SESSION.reveal().hex()}
    texts |= {certified.NAME.encode(form).hex() for form in ("utf-8", "gbk")}
    texts |= {certified.CARD_NUMBER.encode().hex(), NEW_ADMIN, BROUGHT.reveal().hex()}
    texts |= {each.reveal().hex() for each in NEW_MASTERS.values()}
    for each in session:
        if isinstance(each, Exchange) and each.command[1] in (0x20, 0x5E, 0xD4):
            texts.add(each.command[5:21].hex())
    return texts


@pytest.mark.parametrize("known", [None, keys()], ids=["without keys", "with keys"])
def test_nothing_of_anybody_is_shown(session: tuple[Entry, ...], known: Keys | None) -> None:
    text = "".join(map(repr, rows(session, known=known))).upper()
    for secret in _secrets(session):
        assert secret.upper() not in text


def test_hidden_bytes_are_as_many_as_there_were(session: tuple[Entry, ...]) -> None:
    for masked, plain in zip(rows(session), rows(session, reveal=True), strict=True):
        assert len(masked.shown) == len(plain.shown)
        assert all(a in ("*", b) for a, b in zip(masked.shown, plain.shown, strict=True))


@pytest.mark.parametrize("size", [1, 255, 256, 1020])
def test_long_commands_are_hidden_from_their_first_byte_on(size: int) -> None:
    command = iso7816.update_binary(CANARY[:1] * size, offset=0)
    row = rows([Exchange(SELECT, OK), Exchange(bytes(command), OK)])[2]
    head = bytes(command)[: -len(command.data)].hex().upper()
    assert row.shown == head + "*" * 2 * size


CANARY = "欧阳犇犇".encode("gbk") + b"110101199003070038"


@pytest.mark.parametrize("sw", [OK, b"\x69\x82", b"\x61\x10"])
@pytest.mark.parametrize(
    "command",
    [
        "00B0920042",
        "00B0980000",
        "0084000010",
        "0020018110" + "11" * 16,
        "0020018100",
        "80C9828042",
        "8040000008C0020012C2020013",
        "804E000178C2020013C1820070" + "22" * 112 + "10",
        "80C4010304C102414200",
        "8074000026C2020013C120" + "33" * 32 + "40",
        "00A40000020018",
    ],
)
def test_an_answer_of_no_form_is_hidden(command: str, sw: bytes) -> None:
    entries = [Exchange(SELECT, OK), Exchange(bytes.fromhex(command), CANARY + sw)]
    digits, said = CANARY.hex().upper(), repr(rows(entries)[-1])
    assert not any(digits[at : at + 16] in said for at in range(0, len(digits) - 16, 2))


@pytest.mark.parametrize(
    ("command", "data", "sw"),
    [
        ("00B0920042", b"\xca\x40" + CANARY.ljust(64, b"5"), OK),  # no point of the curve
        ("8074000026C2020013C120" + "33" * 32 + "40", CANARY.ljust(64, b"5"), b"\x69\x82"),
        ("8074000026C2020013C120" + "33" * 32 + "40", CANARY.ljust(64, b"5"), b"\x61\x40"),
        ("0084000010", CANARY[:16], b"\x69\x85"),
    ],
)
def test_what_only_looks_like_an_answer_is_hidden(command: str, data: bytes, sw: bytes) -> None:
    entries = [Exchange(SELECT, OK), Exchange(bytes.fromhex(command), data + sw)]
    assert rows(entries)[-1].shown == 2 * len(data) * "*" + sw.hex().upper()


def test_of_parts_nobody_knows_where_the_second_begins() -> None:
    sign = bytes(pki.sign(bytes(32)))
    part = bytes.fromhex("00C0000040")
    entries = [
        Exchange(SELECT, OK),
        Exchange(sign, b"\1\2" + b"\x61\x40"),
        Exchange(part, CANARY.ljust(64, b"5") + OK),
    ]
    assert rows(entries)[-1].shown == 128 * "*" + "9000"
    assert "*" not in rows([entries[0], Exchange(sign, b"\x61\x40"), entries[2]])[-1].shown


def test_what_t0_fetches_is_what_was_asked_for() -> None:
    """A session key behind 61xx is no less a secret, and a public key no more."""
    entries = [
        Exchange(SELECT, b"\x61\x10"),
        Exchange(bytes(pki.decrypt(bytes(112)))[:-1], b"\x61\x10"),
        Exchange(bytes.fromhex("00C0000010"), SESSION.reveal() + OK),
        Exchange(bytes.fromhex("00B0920042"), b"\x61\x42"),
        Exchange(bytes.fromhex("00C0000042"), pki.stored_point(POINT) + OK),
    ]
    found = rows(entries)
    assert found[5].shown == 32 * "*" + "9000"
    assert POINT.hex().upper() in found[9].shown


def test_recordings_keep_no_session_key_and_nothing_to_find_a_pin_from(
    session: tuple[Entry, ...],
) -> None:
    note = Recording()
    kept = [
        note.entry(each.command, each.response, 0.0)
        for each in session
        if isinstance(each, Exchange)
    ]
    raw = "".join(e.command.hex() + e.response.hex() for e in kept if isinstance(e, Exchange))
    assert SESSION.reveal().hex() not in raw
    checked = [told(row) for row in rows(kept, reveal=True, known=keys())]
    assert not [each for each in checked if "WRONG" in each], "what is wiped is not wrong"
    assert [each for each in checked if "认证数据: 未核对：记录中已抹去" in each]
    for first, second in ((b"\x61\x10", "00C0000010"), (b"\x61\x08", "00C0000008")):
        note.entry(bytes(pki.decrypt(bytes(112)))[:-1], first, 0.0)
        found = note.entry(bytes.fromhex(second), SESSION.reveal()[: first[1]] + OK, 0.0)
        assert isinstance(found, Exchange)
        assert found.response == bytes(first[1]) + OK
    half = SESSION.reveal()[:8]
    note.entry(bytes(pki.decrypt(bytes(112)))[:-1], b"\x61\x10", 0.0)
    parts = [note.entry(bytes.fromhex("00C0000008"), half + sw, 0.0) for sw in (b"\x61\x08", OK)]
    assert not [each for each in parts if half.hex() in each.response.hex()]  # type: ignore[union-attr]
    plain = note.entry(bytes.fromhex("00C0000010"), SESSION.reveal() + OK, 0.0)
    assert isinstance(plain, Exchange)
    assert plain.response[:16] == SESSION.reveal()


def _said(session: Iterable[Entry], known: Keys) -> list[str]:
    wanted = ("认证数据", "报文鉴别码", "密钥", "会话密钥", "私钥")
    found = rows(session, reveal=True, known=known)
    return [f"{d.zh} {d.reading}" for row in found for d in row.details if d.zh in wanted]


def test_proofs_are_right(session: tuple[Entry, ...]) -> None:
    kcvs = [each.kcv.hex().upper() for each in NEW_MASTERS.values()]
    assert _said(session, keys()) == [
        "认证数据 正确 right: 初始 initial 用户PIN user PIN",
        "认证数据 正确 right: 初始 initial 用户PIN user PIN",
        "认证数据 正确 right: 初始 initial 管理PIN admin PIN",
        "会话密钥 与私钥解密结果一致 as the card has decrypted it",
        "私钥 与公钥相符 belongs to the public key",
        "报文鉴别码 正确 right: 初始 initial 管理PIN admin PIN",
        "认证数据 正确 right: 空白卡主控密钥 master key of blank cards",
        "报文鉴别码 正确 right: 空白卡主控密钥 master key of blank cards",
        f"密钥 应用主控密钥 master key of the ADF, KCV {kcvs[0]}",
        "认证数据 正确 right: 空白卡主控密钥 master key of blank cards",
        "报文鉴别码 正确 right: 空白卡主控密钥 master key of blank cards",
        f"密钥 环境主控密钥 master key of the DDF, KCV {kcvs[1]}",
    ]


def test_wrong_keys_are_told(session: tuple[Entry, ...]) -> None:
    said = _said(session, keys(user="654321", admin="87654321", master=SESSION))
    assert len([each for each in said if "不正确 WRONG under" in each]) == 8
    assert not [each for each in said if "KCV" in each], "what no key opens says nothing"
    none = Keys(SM4_SUITE, lambda *_: None, None, CertificateKeys({}))
    assert len([each for each in _said(session, none) if "没有密钥" in each]) == 8


def test_a_session_key_and_a_pair_that_do_not_fit_are_told() -> None:
    """Another key than was decrypted; a private key of another pair, or none at all."""
    other = channel.encipher_private_key(SESSION, certified.AUTHORITY.reveal())
    no_key = channel.encipher_private_key(SESSION, b"\xff" * 32)
    brought = [
        Exchange(SELECT, OK),
        Exchange(bytes(pki.import_private_key(other)), OK),
        Exchange(bytes(pki.decrypt(bytes(112))), bytes(range(16)) + OK),
        Exchange(bytes(pki.set_session_key(SESSION.reveal())), OK),
        Exchange(bytes(pki.import_public_key(POINT)), OK),
        Exchange(bytes(pki.import_private_key(other)), OK),
        Exchange(bytes(pki.import_private_key(no_key)), OK),
    ]
    assert _said(brought, keys()) == [
        "私钥 未核对：记录中无会话密钥 not checked: no session key in the trace",
        "会话密钥 与私钥解密结果不同 NOT as the card has decrypted it",
        "私钥 与公钥不符 does NOT belong to the public key",
        "私钥 不是私钥 no private key under the session key",
    ]
    off = [*brought[:5], PowerUp(b"\x3b\x00"), *brought[:2]]
    assert _said(off, keys())[-1].startswith("私钥 未核对"), "with the power the session key goes"


def test_with_the_power_the_place_goes() -> None:
    off = [Exchange(SELECT, OK), Exchange(bytes(iso7816.select_fid(0x18)), OK)]
    read = Exchange(b"\0\xb0\0\0\4", OK)
    again = [PowerUp(b"\x3b\x00"), Exchange(SELECT, OK), read]
    assert "0018" in rows([*off, read])[-2].meaning
    assert "当前文件" in rows([*off, *again])[-2].meaning


def test_what_the_trace_sets_is_known_from_then_on(session: tuple[Entry, ...]) -> None:
    """The new PIN and master key prove themselves later, also after the power was off."""
    challenge = bytes(range(16))
    ask = Exchange(bytes(pki.get_challenge()), challenge + OK)
    admin = channel.cryptogram(channel.pin_key(bytes.fromhex(NEW_ADMIN)), challenge)
    master = channel.cryptogram(NEW_MASTERS[pki.ADF_NAME], challenge)
    later = (
        PowerUp(b"\x3b\x00"),
        Exchange(SELECT, OK),
        ask,
        Exchange(bytes(pki.verify(pki.ADMIN, admin)), OK),
        Exchange(bytes(pki.verify(pki.ADMIN, admin)), b"\x69\x84"),
        ask,
        Exchange(bytes(pki.external_authenticate(master)), OK),
    )
    assert _said((*session, *later), keys())[-3:] == [
        "认证数据 正确 right: 记录中所设 set in this trace: 管理PIN admin PIN",
        "认证数据 未核对：记录中无随机数 not checked: no challenge in the trace",
        "认证数据 正确 right: 记录中所设 set in this trace: 应用主控密钥 master key of the ADF",
    ]


def test_what_the_card_refused_was_not_set(session: tuple[Entry, ...]) -> None:
    refused = [
        Exchange(each.command, b"\x69\x88")
        if isinstance(each, Exchange) and each.command[1] == pki.PkiINS.CHANGE_ADMIN_PIN
        else each
        for each in session
    ]
    challenge = bytes(range(16))
    admin = channel.cryptogram(channel.pin_key(bytes.fromhex(NEW_ADMIN)), challenge)
    later = [
        Exchange(SELECT, OK),
        Exchange(bytes(pki.get_challenge()), challenge + OK),
        Exchange(bytes(pki.verify(pki.ADMIN, admin)), OK),
    ]
    assert "WRONG" in _said([*refused, *later], keys())[-1]


@pytest.mark.parametrize(
    ("command", "sw", "cause"),
    [
        ("00200181", "6984", "先取随机数"),
        ("84D40100", "6982", "先外部认证本目录主控密钥"),
        ("845E0100", "6988", "MAC应由原密钥与本次随机数算出"),
        ("80C2C001", "6985", "没有会话密钥"),
        ("804E0001", "6A80", "不是为本卡加密的"),
        ("00B09300", "6982", "私钥不可读"),
        ("80740000", "6D00", "芯片无此签名命令"),
    ],
)
def test_a_refusal_has_its_cause(command: str, sw: str, cause: str) -> None:
    data = "" if command.startswith("00B0") else "10" + "11" * 16
    entries = [Exchange(SELECT, OK), Exchange(bytes.fromhex(command + data), bytes.fromhex(sw))]
    assert cause in rows(entries)[-1].meaning


def test_tries_that_are_asked_for_are_no_failure_and_an_empty_file_hides_nothing() -> None:
    entries = [
        Exchange(SELECT, OK),
        Exchange(bytes.fromhex("00200181"), b"\x63\xc6"),
        Exchange(bytes.fromhex("0020018110") + bytes(16), b"\x63\xc5"),
        Exchange(bytes.fromhex("00B0980004"), bytes(4) + OK),
        Exchange(bytes.fromhex("00B0980004"), b"\0\0\1\0" + OK),
    ]
    found = rows(entries)
    assert found[3].meaning == "63C6 剩余6次 6 tries left"
    assert found[5].meaning == "63C5 失败，剩余5次 failed, 5 tries left"
    assert [found[at].shown for at in (7, 9)] == ["000000009000", "********9000"]


def test_other_applications_are_left_and_entered() -> None:
    ssse = bytes(iso7816.select(bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")))
    verify = Exchange(bytes.fromhex("0020000003123456"), OK)
    fid = Exchange(bytes.fromhex("00A4000002DF01"), OK)
    words = [
        row.meaning
        for row in rows(
            [
                Exchange(ssse, OK),
                Exchange(SELECT, b"\x6a\x82"),
                verify,
                fid,
                Exchange(SELECT, OK),
                fid,
                Exchange(bytes.fromhex("00A4000002DDF1"), OK),
                verify,
            ]
        )
    ][::2]
    assert words[2] == words[7] == "校验PIN verify PIN", "a SELECT that failed enters nothing"
    assert words[3].startswith("选择 select DF01 公共")
    assert "证书" not in words[3]
    assert "数字证书应用" in words[5]
    assert words[6].startswith("选择 select SSSE")


COMMANDS = st.sampled_from(
    [
        *map(bytes.fromhex, ("00A40400", "00A40000", "00B09800", "00B00000", "00D60000")),
        *map(bytes.fromhex, ("00D69870", "00840000", "00200181", "00820000", "84D40100")),
        *map(bytes.fromhex, ("845E0100", "80400000", "80C98200", "804E0001", "804A0210")),
        *map(bytes.fromhex, ("80C24000", "80C2C001", "80C40103", "80740000", "00C00000")),
    ]
)
DATA = st.binary(max_size=40) | st.sampled_from(
    [pki.ADF_NAME, pki.pair(0x12, 0x13), b"\x30\x82\x00\x02\xab\xcd", b"\xc1\x10" + bytes(16)]
)


@given(
    st.lists(
        st.builds(
            lambda head, data, answer, sw: Exchange(head + bytes((len(data),)) + data, answer + sw),
            COMMANDS,
            DATA,
            st.binary(max_size=70),
            st.sampled_from([OK, b"\x61\x10", b"\x69\x82"]),
        ),
        max_size=12,
    )
)
def test_whatever_is_said_is_explained(entries: list[Entry]) -> None:
    found = rows([Exchange(SELECT, OK), *entries], known=keys())
    assert len(found) == 2 * len(entries) + 2
