"""A run with every verdict, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from sscard.conformance.case import About, Case, Group, Text
from sscard.conformance.expectation import Verdict
from sscard.conformance.report.page import Fact, Words
from sscard.conformance.report.telling import Telling
from sscard.conformance.report.told import CaseTold, QuirkTold, RunTold
from sscard.conformance.result import Exchange, Result, Seen
from sscard.profiles import load_profile

NAME = "诸葛验收"
#: A name as it stands in its record, and the ID number.
SECRETS = (NAME.encode("gbk").hex().upper(), b"110101199003070038".hex().upper())
SELECT = Exchange(
    bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF"), bytes.fromhex("6F009000")
)
READ_NAME = Exchange(
    bytes.fromhex("00B2093000"), b"\x09\x08" + NAME.encode("gbk") + bytes.fromhex("9000")
)
VERIFY = Exchange(bytes.fromhex("0020000003123456"), bytes.fromhex("9000"))
_ABOUT = About("SSSE", 0xEF06, "read", "READ RECORD")


def seen(verdict: Verdict, *exchanges: Exchange, number: int = 2) -> Seen:
    return Seen(
        number,
        "test",
        Text("无权限读记录 <b>", "read without a right"),
        exchanges,
        "6982",
        "9000",
        verdict,
        "6985 的理由" if verdict is Verdict.DEVIATES else "",
    )


def case(name: str, group: str, about: About = _ABOUT, **more: object) -> Case:
    title = Text(f"用例 {name}", f"case {name}")
    return Case(name, title, group, "ssc 5.1", "S", about=about, **more)  # type: ignore[arg-type]


def results() -> tuple[Result, ...]:
    first = Seen(1, "setup", Text("准备", "get ready"), (VERIFY, SELECT), "", "", Verdict.PASSED)
    judged = [
        Result(
            case(f"safety.{each.name.lower()}", "SSSE_SAFETY"),
            each,
            "",
            (first, seen(each, READ_NAME)),
            0.25,
        )
        for each in (Verdict.PASSED, Verdict.DEVIATES, Verdict.FAILED, Verdict.REPORTED)
    ]
    key = About(key="RKSSSE", version=2, command="EXTERNAL AUTHENTICATE", directory="SSSE")
    return (
        *judged,
        Result(
            case("key.cut", "KEY_VER2", key),
            Verdict.BROKEN,
            "no answer",
            (seen(Verdict.BROKEN, Exchange(VERIFY.command, None, cut=True)),),
            unrestored=("PIN is changed",),
        ),
        Result(
            case("key.block", "KEY_VER2", key, destructive="card", leaves="锁卡 it is blocked"),
            Verdict.NOT_RUN,
            "destructive",
        ),
        Result(case("key.psam", "KEY_VER2", key), Verdict.NOT_APPLICABLE, "needs: psam"),
        Result(
            case(
                "atr.bytes",
                "ATR",
                About(),
                quirks=("这种COS如此 this COS does so",),
                leaves="计数器加一 the counter goes on",
            ),
            Verdict.PASSED,
            "",
            (seen(Verdict.PASSED, Exchange(b"", bytes.fromhex("3B6D00000081"))),),
        ),
    )


def told() -> tuple[CaseTold, ...]:
    telling = Telling(load_profile("gen2"))
    return tuple(map(telling.told, results()))


def run_told() -> RunTold:
    names = ("ATR", "SSSE_SAFETY", "KEY_VER2", "DF07_SAFETY")
    return RunTold(
        profile="gen2",
        preset="full",
        identity=(Fact(Words("卡", "card"), "sim:a.card"),),
        groups=tuple(
            Group(name, Text(f"{name}组", f"about {name}"), "LD/T 6001.3", "8", "S", number)
            for number, name in enumerate(names)
        ),
        cases=told(),
        quirks=(QuirkTold("atr.*", "跳过 skip", "这种COS如此 this COS does so", 1),),
        begun=datetime(2026, 3, 2, 21, tzinfo=UTC),
        seconds=61.5,
        version="0.1.0",
        fingerprints=(Fact(Words("用例集", "cases"), "AB" * 32, code=True),),
        test_keys=True,
    )
