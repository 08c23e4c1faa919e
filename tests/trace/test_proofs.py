"""Proofs in a trace, computed again by whoever has the keys."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.apdu import iso7816, ssc
from sscard.apdu.command import CommandAPDU
from sscard.channel.ssc import authenticate, wrap, wrap_enciphered
from sscard.dialects import reference
from sscard.dialects.operations import (
    CreateDirectory,
    KeyType,
    LoadKey,
    Operation,
    ReplaceKey,
    ReplaceMaster,
)
from sscard.keys import SUITES
from sscard.keys.types import SecretKey
from sscard.profiles import load_profile
from sscard.trace.entries import Entry, Exchange, PowerUp
from sscard.trace.explainer import Explainer
from sscard.trace.social.known_keys import Keys

PROFILES = {"3des": load_profile("gen2"), "sm4": load_profile("gen3")}
ATR = bytes.fromhex("3B6D00000081544C868684639900000001")
CHALLENGE = bytes.fromhex("0102030405060708")
DATA = bytes.fromhex("1112131415161718")
OK = b"\x90\x00"


class Bench:
    """Keys by name and version, and a trace that grows."""

    def __init__(self, suite: str) -> None:
        self.profile, self.suite = PROFILES[suite], SUITES[PROFILES[suite].suite]
        self.transport = self.suite.key(bytes(range(0x50, 0x60)))
        self.store: dict[tuple[str, int], SecretKey] = {}
        self.ssse = next(d for d in self.profile.directories if d.name == "SSSE")
        self.trace: list[Entry] = [PowerUp(ATR)]

    def key(self, name: str, version: int = 1, size: int = 16) -> SecretKey:
        made = self.suite.key(bytes([len(name), version, *name.encode()]).ljust(16, b"k")[:size])
        self.store[name, version] = made
        return made

    def say(self, command: CommandAPDU, answer: bytes = OK) -> None:
        self.trace.append(Exchange(bytes(command), answer))

    def challenge(self) -> None:
        self.say(iso7816.get_challenge(8), CHALLENGE + OK)

    def load(self, operation: Operation, under: SecretKey) -> None:
        self.challenge()
        self.say(wrap_enciphered(reference.build(operation), self.suite, under, CHALLENGE))

    def said(self, trace: Iterable[Entry] | None = None) -> list[str]:
        """Everything that the keys told."""
        keys = Keys(self.suite, lambda n, v, _: self.store.get((n, v)), self.transport)
        explainer = Explainer(self.profile, reveal=True, keys=keys)
        explained = explainer.explain(self.trace if trace is None else trace)
        words = ("密钥", "认证数据", "报文鉴别码")
        rows = [row for each in explained for row in each.rows]
        return [each.reading for row in rows for each in row.details if each.zh in words]


@pytest.fixture(params=sorted(PROFILES))
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


def tampered(trace: list[Entry]) -> list[Entry]:
    """The last command with another last bit."""
    last = trace[-1]
    assert isinstance(last, Exchange)
    changed = last.command[:-1] + bytes((last.command[-1] ^ 1,))
    return [*trace[:-1], Exchange(changed, last.response)]


def test_external_authentication_names_its_version(bench: Bench) -> None:
    key = next(k for k in bench.ssse.keys if k.type == "external")
    bench.key(key.name, 1)
    second = bench.key(key.name, 2)
    bench.say(iso7816.select(bench.ssse.df_name))
    bench.challenge()
    proof = authenticate(bench.suite, second, CHALLENGE, DATA)
    bench.say(ssc.external_authenticate(key.kid, proof, DATA))
    assert bench.said() == [f"正确 right: {key.name} 版本 version 2"]
    wrong = f"不正确 WRONG under {key.name} 版本 version 1, {key.name} 版本 version 2"
    assert bench.said(tampered(bench.trace)) == [wrong]
    bench.store.clear()
    assert bench.said() == [f"未核对：没有密钥 not checked: no key {key.name}"]
    assert "无随机数" in bench.said([*bench.trace[:2], bench.trace[-1]])[0]


def test_internal_authentication_is_checked_with_its_answer(bench: Bench) -> None:
    key = next(k for k in bench.ssse.keys if k.type == "internal")
    irk = bench.key(key.name)
    bench.say(iso7816.select(bench.ssse.df_name))
    proof = authenticate(bench.suite, irk, CHALLENGE, DATA)
    command = ssc.internal_authenticate(CHALLENGE, DATA)
    bench.say(command, proof + OK)
    assert bench.said() == [f"正确 right: {key.name} 版本 version 1"]
    bench.trace[-1] = Exchange(bytes(command), bytes(8) + OK)
    assert bench.said() == [f"不正确 WRONG under {key.name} 版本 version 1"]
    bench.trace[-1] = Exchange(bytes(command), b"\x69\x85")
    assert bench.said() == []


def test_macs_of_updates(bench: Bench) -> None:
    key = next(k for k in bench.ssse.keys if k.type == "maintenance")
    size = key.size if bench.suite.block == 8 else 16
    stk = bench.key(key.name, size=size)
    bench.say(iso7816.select(bench.ssse.df_name))
    bench.challenge()
    update = iso7816.update_binary(b"\xaa\xbb", sfi=5, offset=0)
    bench.say(wrap(update, bench.suite, stk, CHALLENGE))
    assert bench.said() == [f"正确 right: {key.name} 版本 version 1"]
    assert "WRONG" in bench.said(tampered(bench.trace))[0]


def test_keys_are_opened_one_after_the_other(bench: Bench) -> None:
    """A temporary master key under the transport key, the others under it, the last one last."""
    external = next(k for k in bench.ssse.keys if k.type == "external")
    temporary, loaded = bench.suite.key(b"T" * 16), bench.key(external.name, 2)
    last = bench.key("MKSSSE")
    bench.say(reference.build(CreateDirectory(bench.ssse.fid, bench.ssse.df_name)))
    bench.load(LoadKey(KeyType.MASTER, 0, 1, 0, b"T" * 16), bench.transport)
    bench.load(LoadKey(KeyType.EXTERNAL, external.kid, 2, 3, loaded.reveal()), temporary)
    bench.load(LoadKey(KeyType.EXTERNAL, external.kid, 2, 3, b"x" * 16), temporary)
    bench.load(LoadKey(KeyType.PIN, 0, 1, 3, b"\x12\x34\x56"), temporary)
    bench.load(ReplaceMaster(last.reveal()), temporary)
    bench.say(iso7816.select(bench.ssse.df_name))
    bench.load(ReplaceKey(KeyType.EXTERNAL, external.kid, 1, 2, loaded.reveal()), last)
    kid, kcv = f"{external.kid:02X}", loaded.kcv.hex().upper()
    words = bench.said()
    assert [each.split(", ")[0] for each in words] == [
        "临时主密钥 temporary master key SSSE",
        f"外部认证密钥 external key {kid} 版本 version 2",
        f"外部认证密钥 external key {kid} 版本 version 2",
        "PIN",
        "主密钥 master key SSSE",
        f"外部认证密钥 external key {kid} 版本 version 2",
    ]
    assert words[0].endswith("under 传输密钥 transport key")
    assert f"KCV {kcv}, 与密钥库一致 as {external.name} in the store" in words[1]
    assert "不同 NOT as" in words[2]
    assert words[3] == "PIN, 加密于 under 主密钥 master key SSSE"
    assert "一致 as MKSSSE" in words[4]
    assert words[5].endswith("under 主密钥 master key SSSE")
    told = " ".join(words).upper()
    for value in (b"T" * 16, b"x" * 16, loaded.reveal(), last.reveal(), b"\x12\x34\x56"):
        assert value.hex().upper() not in told


def test_a_key_that_the_card_refused_opens_nothing(bench: Bench) -> None:
    temporary = bench.suite.key(b"T" * 16)
    bench.say(reference.build(CreateDirectory(bench.ssse.fid, bench.ssse.df_name)))
    bench.load(LoadKey(KeyType.MASTER, 0, 1, 0, b"T" * 16), bench.transport)
    refused = bench.trace[-1]
    assert isinstance(refused, Exchange)
    bench.trace[-1] = Exchange(refused.command, b"\x69\x88")
    bench.load(LoadKey(KeyType.PIN, 0, 1, 3, b"\x12\x34\x56"), temporary)
    assert bench.said()[1] == "无法打开 NOT opened by 传输密钥 transport key"


@given(
    st.lists(
        st.builds(
            lambda head, data, answer: Exchange(head + bytes((len(data),)) + data, answer),
            st.sampled_from(
                [
                    *(bytes((r.cla, r.ins, r.p1, r.p2)) for r in reference.ROWS),
                    *map(bytes.fromhex, ("0082000A", "00880000", "04D68500", "84240001")),
                ]
            ),
            st.binary(min_size=1, max_size=60),
            st.sampled_from([OK, bytes(8) + OK, b"\x69\x82", b""]),
        )
        | st.just(Exchange(bytes(iso7816.get_challenge(8)), CHALLENGE + OK))
        | st.just(Exchange(bytes(iso7816.get_challenge(4)), b"\x01\x02" + OK)),
        max_size=8,
    )
)
def test_nothing_that_is_said_breaks_it(trace: list[Entry]) -> None:
    bench = Bench("3des")
    bench.key("IRK")
    bench.said([PowerUp(ATR), Exchange(bytes(iso7816.select(bench.ssse.df_name)), OK), *trace])
