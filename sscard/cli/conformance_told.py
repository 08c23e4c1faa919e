"""What is said of a run besides its cases: the card, the quirks, what it is bound to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sscard.cli.readers import Source
from sscard.conformance import Case, Verdict
from sscard.conformance.general_test.check import (
    CardFacts,
    KeyVersions,
    compare,
    sample_number,
)
from sscard.conformance.general_test.pack import Pack, read_pack
from sscard.conformance.quirks import Quirk
from sscard.conformance.report.page import Fact, Words
from sscard.conformance.report.told import Application, CaseTold, QuirkTold
from sscard.errors import ProfileError
from sscard.perso.inventory_atr import answer_to_reset

_BOUND = {
    "card": Words("卡的标识", "what identifies the card, SHA-256"),
    "profile": Words("配置", "profile, SHA-256"),
    "cases": Words("用例集", "set of cases, SHA-256"),
}


def identity(source: Source, answer: bytes) -> tuple[Fact, ...]:
    """The card by its place and its answer to reset."""
    parts = answer_to_reset(answer).children
    return (
        Fact(Words("卡", "card"), source.name),
        Fact(Words("复位信息", "answer to reset"), answer.hex().upper(), code=True),
        *(Fact(Words(each.zh, each.en), f"{each.value} {each.meaning}".rstrip()) for each in parts),
    )


def fingerprints(bound: Mapping[str, str]) -> tuple[Fact, ...]:
    """The hashes that a journal is bound to."""
    return tuple(Fact(_BOUND[name], value, code=True) for name, value in bound.items())


def quirks_told(
    quirks: Iterable[Quirk], cases: Sequence[Case], ran: frozenset[str]
) -> tuple[QuirkTold, ...]:
    """Each quirk, and how many of the cases that ran it has changed."""
    changed = [case for case in cases if case.id in ran]
    counts = Counter(reason for case in changed for reason in {*case.quirks, case.skipped})
    return tuple(
        QuirkTold(each.cases, _change(each), each.reason, counts[each.reason]) for each in quirks
    )


def application(
    pack: Pack | None, card: CardFacts, cases: Iterable[CaseTold]
) -> Application | None:
    """The application beside the card and what came of its keys; None without one."""
    if pack is None:
        return None
    lines = compare(pack, card, key_versions(cases))
    return Application(pack, sample_number(pack, card), lines)


def key_versions(cases: Iterable[CaseTold]) -> KeyVersions:
    """Versions of the keys that KEY_VER1 to 3 have tried, and those of which all were taken."""
    proofs = [
        (case.about.version, case.verdict)
        for case in cases
        if case.id == f"KEY_VER{case.about.version}.{case.about.key}"
        and case.verdict not in (Verdict.NOT_APPLICABLE, Verdict.NOT_RUN)
    ]
    tried = frozenset(version for version, _ in proofs)
    refused = frozenset(version for version, how in proofs if how is not Verdict.PASSED)
    return KeyVersions(tried, tried - refused)


def read_application(path: Path | None) -> Pack | None:
    """The application pack.  Raises ProfileError."""
    if path is None:
        return None
    try:
        return read_pack(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: cannot be read ({error})") from None


def _change(quirk: Quirk) -> str:
    if quirk.skip:
        return "跳过 skip"
    if quirk.report:
        return "仅记录 report"
    said = [", ".join(quirk.sw)] if quirk.sw else []
    if quirk.exact:
        said.append("不允许差异 nothing that deviates is allowed")
    if quirk.allowed:
        said.append(f"也允许 also allowed: {', '.join(quirk.allowed)}")
    return "; ".join(said)


def now() -> datetime:
    """The time of the place."""
    return datetime.now().astimezone()
