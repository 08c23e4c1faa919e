"""The page of a validation: what differs first, then every part of the card; values are masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType

from sscard.conformance.report.certificates import Panel
from sscard.conformance.report.page import Fact, Head, Mark, Table, Tile, Words, environment
from sscard.conformance.validation.judged import Judged, Verdict, differing
from sscard.perso.findings import Proof

MARKS: Mapping[Verdict, Mark] = MappingProxyType(
    {
        Verdict.AGREES: Mark("good", "✓", Words("一致", "agrees")),
        Verdict.DIFFERS: Mark("bad", "✗", Words("不一致", "differs")),
        Verdict.NOT_PROVEN: Mark("calm", "–", Words("未验证", "not proven")),
    }
)
_PROOFS: Mapping[Proof, Words] = MappingProxyType(
    {
        Proof.READING: Words("读取", "reading"),
        Proof.AUTHENTICATION: Words("认证", "authentication"),
        Proof.MACED_COMMAND: Words("带 MAC 命令", "MACed command"),
        Proof.SIGNATURE: Words("签名", "signature"),
        Proof.TRANSACTION: Words("交易", "transaction"),
        Proof.REFUSAL: Words("先拒后准", "refused, then granted"),
        Proof.NOT_PROVEN: Words("", ""),
    }
)
_COLUMNS = (
    Words("项目", "item"),
    Words("结果", "result"),
    Words("应为", "expected"),
    Words("卡上", "on the card"),
    Words("依据", "how, or why not"),
    Words("标识", "identifier"),
)
_PARTS: Mapping[str, Words] = MappingProxyType(
    {
        "ATR": Words("复位应答", "answer to reset"),
        "MF": Words("主文件与公共区", "master file and hand-over area"),
        "SSSE": Words("社会保障系统环境", "SSSE"),
        "PSE": Words("支付系统环境", "PSE"),
        "PPSE": Words("非接触支付系统环境", "PPSE"),
        "debit application": Words("借记应用", "debit application"),
    }
)
_CERTIFICATES = Words("数字证书", "certificates on the card")
_OUTCOME = MappingProxyType(
    {
        True: (
            Mark("good", "✓", Words("卡片与记录一致", "the card is what the record says")),
            Words("凡可验证的项目全部一致", "everything that could be proven agrees"),
        ),
        False: (
            Mark("bad", "✗", Words("卡片与记录不一致", "the card is not what the record says")),
            Words("下列项目不一致", "what differs stands first"),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """What else the page says: facts about card and run, and a banner for TEST keys."""

    facts: tuple[Fact, ...]
    #: What the directories of the profile are called.
    parts: Mapping[str, Words] = field(default_factory=dict)
    banner: Words | None = None
    #: Whether personal values stand on the page.
    unmasked: bool = False
    #: The card's certificates in words, whatever is judged of them.
    panels: tuple[Panel, ...] = ()


def page(judged: Iterable[Judged], told: Told) -> str:
    """The whole page, one file."""
    found = tuple(judged)
    wrong = differing(found)
    verdict, sentence = _OUTCOME[not wrong]
    counts = [sum(each.verdict is kind for each in found) for kind in Verdict]
    tiles = tuple(
        Tile(MARKS[kind].kind, count, MARKS[kind].words)
        for kind, count in zip(Verdict, counts, strict=True)
    )
    title = Words("个人化校验报告", "Personalization validation")
    head = Head(title, verdict, sentence, told.facts, tiles, told.banner)
    parts = sorted({each.part for each in found}, key=[each.part for each in found].index)
    tables = tuple(
        (
            _anchor(part),
            _table(_part(part, told), [e for e in found if e.part == part], told.unmasked),
        )
        for part in parts
    )
    differences = _table(Words("不一致的项目", "What differs"), wrong, told.unmasked)
    templates = environment(files("sscard.conformance.validation") / "templates")
    return templates.get_template("validation.html.j2").render(
        head=head,
        differences=differences,
        tables=tables,
        unmasked=told.unmasked,
        panels=told.panels,
        certificates=_CERTIFICATES,
    )


def shown(judged: Judged, *, unmasked: bool) -> tuple[str, str]:
    """Both values as they may be seen: of a personal one no more than where it differs."""
    if unmasked or not judged.personal or not (judged.expected or judged.read):
        return judged.expected, judged.read
    if judged.verdict is Verdict.NOT_PROVEN:
        return "", "●●●"
    if judged.verdict is Verdict.AGREES:
        return "●●●", "●●●"
    at = _first_difference(judged.expected, judged.read)
    return "●●●", f"●●● 第 {at} 位起不同 differs from character {at}"


def _first_difference(wanted: str, there: str) -> int:
    pairs = zip(wanted, there, strict=False)
    same = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(wanted), len(there)))
    return same + 1


def _table(label: Words, judged: Iterable[Judged], unmasked: bool) -> Table:
    rows = tuple(_row(each, unmasked) for each in judged)
    return Table(label, _COLUMNS, rows, code=frozenset({5}))


def _row(judged: Judged, unmasked: bool) -> tuple[object, ...]:
    expected, read = shown(judged, unmasked=unmasked)
    how = judged.why if judged.why.zh else _PROOFS[judged.proof]
    return (judged.words, MARKS[judged.verdict], expected, read, how, judged.subject)


def _part(name: str, told: Told) -> Words:
    return _PARTS.get(name) or told.parts.get(name, Words(name, ""))


def _anchor(part: str) -> str:
    return part.replace(" ", "-")
