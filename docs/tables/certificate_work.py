"""How a card gets its certificates, and how the work goes on after a tear."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.perso.certificates.blank_card import Age
from sscard.perso.certificates.standing import (
    FIRST,
    THEN,
    Contents,
    Standing,
    Step,
    after_a_tear,
)
from tables.markdown import table

_ZH: Mapping[Step, str] = MappingProxyType(
    {
        Step.PAIR: "导入加密密钥对",
        Step.SIGNATURE_CERTIFICATE: "写签名证书",
        Step.ENCRYPTION_CERTIFICATE: "写加密证书",
        Step.READ_BACK: "读回比较",
        Step.ADMIN_PIN: "更换管理PIN",
        Step.ADF_MASTER: "更换应用主控密钥",
        Step.DDF_MASTER: "更换环境主控密钥",
    }
)
#: The commands of each step, and what has been shown for them.
_COMMANDS: Mapping[Step, tuple[str, str]] = MappingProxyType(
    {
        Step.PAIR: ("`80 4E`, `80 4A`, `80 C2 40`, `80 C2 C0`", "user PIN, admin PIN"),
        Step.SIGNATURE_CERTIFICATE: ("SELECT `0018`, `00 D6` in parts of `70`", "admin PIN"),
        Step.ENCRYPTION_CERTIFICATE: ("SELECT `0019`, `00 D6` in parts of `70`", "admin PIN"),
        Step.READ_BACK: ("`00 B0` of `0014`, `0018`, `0019`, whole", "nothing"),
        Step.ADMIN_PIN: ("`84 5E`", "admin PIN"),
        Step.ADF_MASTER: ("SELECT, `00 82`, `84 D4`", "its master key"),
        Step.DDF_MASTER: ("SELECT, `00 82`, `84 D4`", "its master key"),
    }
)
_FILES = MappingProxyType(
    {
        Contents.NONE: "空 empty",
        Contents.PART: "不全 not all of this answer",
        Contents.WHOLE: "齐全 all of this answer",
    }
)
_AGES = MappingProxyType({Age.OLD: "旧 old", Age.NEW: "新 new"})


def certificate_steps() -> str:
    """What is written, in its order."""
    rows = [(_ZH[each], each.value, *_COMMANDS[each]) for each in Step]
    return table(("步骤", "step", "commands", "what is shown for it"), rows)


def certificate_resume() -> str:
    """What a tear can leave, how it is found out, and what is done then."""
    rows = [
        (
            _FILES[each.contents],
            *(_AGES[age] for age in (each.admin, each.adf, each.ddf)),
            _tried(each),
            str(each.wrong_tries),
            ", ".join(step.value for step in each.left) or "nothing",
        )
        for each in after_a_tear()
    ]
    head = ("证书文件 files", "admin PIN", "MK of the ADF", "MK of the DDF")
    return table((*head, "tried, in this order", "wrong tries", "what is done"), rows)


def _tried(standing: Standing) -> str:
    """Each secret's candidates up to the right one."""
    orders = (FIRST[standing.contents], THEN[standing.admin], THEN[standing.adf])
    found = (standing.admin, standing.adf, standing.ddf)
    return "; ".join(
        " then ".join(age.value for age in order[: order.index(right) + 1])
        for order, right in zip(orders, found, strict=True)
    )
