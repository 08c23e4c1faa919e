"""What a profile declares and the card does not do yet (已声明，未建模), in both languages.

One place says it; reports and summaries repeat it under a heading of those words.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sscard.profiles.certificates import CertificateApplication
    from sscard.profiles.groupings import Grouping
    from sscard.profiles.model import Profile


#: Where the chip has the financial applications (pboc 2.1 [H]).
_FINANCIAL = (("PSE", "contact"), ("PPSE", "contactless"), ("debit", "both"))


class Remark(NamedTuple):
    """One line for people, in Chinese and in English."""

    zh: str
    en: str


def remarks(profile: Profile) -> tuple[Remark, ...]:
    """Every line about ``profile``; none when the card does all that is declared."""
    return (*_groupings(profile), *_transactions(profile))


def left_blank(application: CertificateApplication | None) -> tuple[Remark, ...]:
    """The line for cards whose certificate application stays as it came; none without one."""
    if application is None:
        return ()
    name = application.ddf_name.decode("gbk", "replace")
    zh, en = application.title_zh, application.title_en
    return (Remark(f"{zh}（{name}）：未写证书", f"{en} ({name}): no certificates written"),)


def _groupings(profile: Profile) -> Iterator[Remark]:
    for application, each in groupby(_missing(profile), key=lambda one: one.application):
        rows = ", ".join(one.shown for one in each)
        yield Remark(f"{application} 数据分组 {rows}", f"{application} data groupings {rows}")


def _missing(profile: Profile) -> list[Grouping]:
    sm = _says(profile, "algorithms", "both")
    return [
        each for each in profile.groupings if not each.written and (sm or each.algorithms != "sm")
    ]


def _transactions(profile: Profile) -> Iterator[Remark]:
    """A card transacts with what it was given."""
    short = bool(_missing(profile))
    if profile.contactless is not None:
        if short:
            yield Remark("非接触交易（qPBOC）", "contactless transactions (qPBOC)")
        if any(profile.contactless.over(each) != over for each, over in _FINANCIAL):
            yield Remark(
                "金融应用按接口的其他限制",
                "financial applications on other interfaces than the chip has them",
            )
    if not short:
        return
    if _says(profile, "electronic_cash", "on"):
        yield Remark("电子现金", "electronic cash")
    if _says(profile, "algorithms", "both"):
        yield Remark("借记应用的 SM2/SM4 交易", "transactions with SM2 and SM4")


def _says(profile: Profile, name: str, word: str) -> bool:
    return name in profile.bank and profile.bank[name].value == word
