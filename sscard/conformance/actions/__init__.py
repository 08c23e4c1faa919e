"""The actions of steps, as a table: what each takes, and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sscard.conformance.actions import (
    certificates,
    computing,
    content,
    financial,
    keys,
    loading,
    pins,
    replacing,
    secrets,
    selecting,
    sending,
    tearing,
)
from sscard.conformance.actions.action import Action, Kind
from sscard.conformance.case import Text

__all__ = ["ACTIONS", "Action", "Kind"]

_TEXT, _NUMBER, _FLAG, _HEX, _STEPS = Kind.TEXT, Kind.NUMBER, Kind.FLAG, Kind.HEX, Kind.STEPS
_PROOF = ("right", "wrong")
_WRITTEN = {"body": _HEX, "ne": _NUMBER}
_SEALED = {
    "body": _HEX,
    "mac": _TEXT,
    "key": _TEXT,
    "enciphered": _FLAG,
    "challenge": Kind.SIZE,
}

#: Name → action.  ``send``, ``raw``, ``sealed`` and ``tear`` are said by a field of that name.
ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "power": Action(selecting.power, Text("上电", "power up")),
        "wait": Action(
            selecting.wait,
            Text("等待 {seconds} 秒", "wait {seconds} s"),
            {"seconds": _NUMBER},
            ("seconds",),
        ),
        "select": Action(
            selecting.select,
            Text("选择 {directory}", "select {directory}"),
            {"directory": _TEXT},
            ("directory",),
        ),
        "select file": Action(
            selecting.select_file,
            Text("选择文件 {file:04X}", "select file {file:04X}"),
            {"file": _NUMBER},
            ("file",),
        ),
        "pin": Action(pins.pin, Text("校验个人密码", "show the PIN")),
        "wrong pin": Action(
            pins.wrong_pin, Text("校验错误的个人密码", "show a wrong PIN"), {"times": _NUMBER}
        ),
        "pin state": Action(
            pins.pin_state, Text("查询个人密码剩余次数", "ask for the tries of the PIN")
        ),
        "change pin": Action(
            pins.change_pin,
            Text("修改个人密码（{old} → {new}）", "change the PIN from {old} to {new}"),
            {"old": _TEXT, "new": _TEXT},
            choices={"old": pins.WORDS, "new": pins.WORDS},
            defaults={"old": "right", "new": "other"},
        ),
        "reload pin": Action(
            pins.reload_pin,
            Text("重装个人密码（{new}）", "reload the PIN as {new}"),
            {"new": _TEXT, "mac": _TEXT, "challenge": _NUMBER},
            choices={"new": pins.WORDS, "mac": sending.MACS},
            defaults={"new": "other"},
        ),
        "unblock pin": Action(
            pins.unblock_pin,
            Text("解锁个人密码", "unblock the PIN"),
            {"mac": _TEXT, "challenge": _NUMBER, "times": _NUMBER},
            choices={"mac": sending.MACS},
        ),
        "key": Action(
            keys.key,
            Text("外部认证 {key} 第{version}版", "show {key} v{version}"),
            {
                "key": _TEXT,
                "version": _NUMBER,
                "version_byte": _FLAG,
                "as_version": _NUMBER,
                "kid": _NUMBER,
                "proof": _TEXT,
                "factors": _TEXT,
                "challenge": Kind.SIZE,
            },
            ("key",),
            {"proof": _PROOF, "factors": ("own", "other card")},
            keeps=("challenge",),
            defaults={"version": 1},
        ),
        "challenge": Action(
            keys.challenge,
            Text("取随机数 {size} 字节", "ask for a challenge of {size} bytes"),
            {"size": _NUMBER},
            keeps=("challenge",),
            defaults={"size": 8},
        ),
        "internal": Action(
            keys.internal,
            Text("内部认证 {key} 第{version}版", "let the card prove {key} v{version}"),
            {"key": _TEXT, "version": _NUMBER, "version_byte": _FLAG},
            keeps=("wanted",),
            defaults={"key": "IRK", "version": 1},
        ),
        "load init": Action(
            loading.load_init,
            Text("划入初始化（{key} 第{version}版）", "begin a load under {key} v{version}"),
            {"key": _TEXT, "version": _NUMBER},
            ("key",),
            keeps=("wanted",),
        ),
        "content": Action(
            content.content,
            Text("{of} 的内容", "what {of} holds"),
            {"of": _TEXT, "record": _NUMBER},
            ("of",),
            keeps=("content",),
        ),
        "mac": Action(
            computing.mac,
            Text("用 {key} 第{version}版计算MAC", "compute a MAC under {key} v{version}"),
            {"key": _TEXT, "version": _NUMBER, "session": _HEX, "over": _HEX},
            ("key", "session", "over"),
            keeps=("mac",),
            defaults={"version": 1},
        ),
        "tac": Action(
            computing.tac,
            Text("用 {key} 第{version}版计算TAC", "compute a TAC under {key} v{version}"),
            {"key": _TEXT, "version": _NUMBER, "over": _HEX},
            ("key", "over"),
            keeps=("tac",),
            defaults={"version": 1},
        ),
        "authentication code": Action(
            computing.authentication_code,
            Text("计算卡识别码的认证码", "compute the code of the card identification code"),
            keeps=("code",),
        ),
        "random": Action(
            computing.random,
            Text("产生 {size} 字节随机数", "draw {size} random bytes"),
            {"size": _NUMBER},
            keeps=("random",),
            defaults={"size": 8},
        ),
        "send": Action(
            sending.send, Text("发送", "send"), {"send": _HEX, **_WRITTEN}, preparation=False
        ),
        "raw": Action(
            sending.raw,
            Text("原样发送", "send as it is"),
            {"raw": _HEX, **_WRITTEN},
            preparation=False,
        ),
        "sealed": Action(
            sending.sealed,
            Text("带MAC发送（{mac}）", "send under a MAC ({mac})"),
            {"sealed": _HEX, **_SEALED},
            choices={"mac": sending.MACS},
            preparation=False,
            keeps=("challenge",),
            defaults={"mac": "right"},
        ),
        "tear": Action(
            tearing.tear,
            Text(
                "命令执行中断电（{moments} 个时刻）",
                "cut the power in a command at {moments} moments",
            ),
            {
                "tear": _HEX,
                **_SEALED,
                "ne": _NUMBER,
                "sealed": _FLAG,
                "prepare": _STEPS,
                "look": _STEPS,
                "undo": _STEPS,
                "check": _TEXT,
                "moments": _NUMBER,
            },
            choices={"mac": sending.MACS, "check": tearing.CHECKS},
            preparation=False,
            defaults={"moments": 8},
        ),
        **financial.ACTIONS,
        **secrets.ACTIONS,
        **replacing.ACTIONS,
        **certificates.ACTIONS,
    }
)
#: Said by a field of their own name, and not by ``do``.
BY_FIELD = ("tear", "send", "raw", "sealed")
