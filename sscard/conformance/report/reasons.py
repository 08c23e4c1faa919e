"""Why something was not run, in both languages: a run says it in English."""

from __future__ import annotations

import re

_CHINESE = (
    (re.compile(r"destructive"), "破坏性用例，需 --destructive"),
    (re.compile(r"needs: "), "缺少条件"),
    (re.compile(r"the bench has no key "), "无此密钥"),
    (re.compile(r"the bench has no keys"), "无此卡密钥"),
    (re.compile(r"precondition: "), "前提未达到"),
    (re.compile(r".* was refused in "), "密钥或PIN曾被拒，不再出示"),
    (re.compile(r".* is blocked"), "已锁定"),
    (re.compile(r".* has not been shown right"), "尚未证实正确"),
    (re.compile(r".* tries left"), "剩余次数不足"),
    (re.compile(r"the tries of the PIN are not known"), "PIN剩余次数未知"),
    (re.compile(r"nobody knows which card"), "无法识别此卡"),
    (re.compile(r"power up: "), "上电失败"),
)


def explained(reason: str) -> str:
    """The reason with Chinese before it; a reason that has Chinese in it stays as it is."""
    if not reason or any("\u4e00" <= each <= "\u9fff" for each in reason):
        return reason
    known = (chinese for pattern, chinese in _CHINESE if pattern.match(reason))
    return f"{next(known, '')} {reason}".lstrip()
