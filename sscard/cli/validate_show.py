"""What a validation says: facts for the page, JSON for programs, a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sscard.cli.console import stdout
from sscard.conformance.report.page import Fact, Words
from sscard.conformance.validation import Expected, Judged, Verdict, differing
from sscard.conformance.validation.certificates import PART
from sscard.conformance.validation.page import MARKS, shown
from sscard.issuance.machines import CHINA


def facts(expected: Expected, name: str) -> tuple[Fact, ...]:
    """Which card, against what, when."""
    profile = expected.card.profile
    return (
        Fact(Words("卡片", "card"), name),
        Fact(Words("历史字节", "historical bytes"), _historical(expected), code=True),
        Fact(Words("配置", "profile"), profile.name),
        Fact(Words("密钥", "keys"), "有 yes" if expected.keys else "未给 none"),
        Fact(Words("时间", "time"), f"{datetime.now(CHINA):%Y-%m-%d %H:%M:%S}"),
    )


def parts(expected: Expected) -> Mapping[str, Words]:
    """What the directories of the profile are called."""
    profile = expected.card.profile
    found = {
        each.name: Words(f"{each.name} {each.label_zh}", each.label_en)
        for each in profile.directories
    }
    if profile.certificates is not None:
        found[PART] = Words(profile.certificates.title_zh, profile.certificates.title_en)
    return found


def document(
    found: Sequence[Judged], expected: Expected, name: str, *, unmasked: bool
) -> dict[str, object]:
    """The same for programs; personal values only where they are asked for."""
    return {
        "card": name,
        "historical_bytes": _historical(expected),
        "profile": expected.card.profile.name,
        "agrees": not differing(found),
        "counts": {each.value: n for each, n in _counts(found).items()},
        "findings": [_entry(each, unmasked=unmasked) for each in found],
    }


def print_table(found: Sequence[Judged]) -> None:
    """What differs, by name, and how much of the rest there is; never a value."""
    from rich.table import Table
    from rich.text import Text

    console, wrong = stdout(), differing(found)
    table = Table(title="不一致 differs", title_justify="left")
    for heading in ("部分 part", "标识 identifier", "项目 item"):
        table.add_column(heading, overflow="fold")
    for each in wrong:
        table.add_row(each.part, Text(each.subject), Text(str(each.words)))
    if wrong:
        console.print(table)
    counts = (f"{MARKS[each].words} {n}" for each, n in _counts(found).items())
    console.print("   ".join(counts))
    console.print(_reasons(found))


def _reasons(found: Sequence[Judged]) -> str:
    """Why things are not proven, most frequent first."""
    counted: dict[str, int] = {}
    for each in found:
        if each.verdict is Verdict.NOT_PROVEN:
            counted[str(each.why)] = counted.get(str(each.why), 0) + 1
    lines = sorted(counted.items(), key=lambda pair: -pair[1])
    return "\n".join(f"  {n:4} {why}" for why, n in lines)


def _counts(found: Sequence[Judged]) -> Mapping[Verdict, int]:
    return {kind: sum(each.verdict is kind for each in found) for kind in Verdict}


def _entry(judged: Judged, *, unmasked: bool) -> dict[str, object]:
    expected, read = shown(judged, unmasked=unmasked)
    return {
        "part": judged.part,
        "subject": judged.subject,
        "zh": judged.words.zh,
        "en": judged.words.en,
        "verdict": judged.verdict.value,
        "proof": judged.proof.value,
        "expected": expected,
        "read": read,
        "personal": judged.personal,
        "why": {"zh": judged.why.zh, "en": judged.why.en} if judged.why.zh else None,
    }


def _historical(expected: Expected) -> str:
    return expected.card.historical.hex().upper()
