"""The draft of a supplement: every fact that a real card may not rest on yet, ready to be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

from sscard.profiles.facts import PROVENANCE, Stated, hexadecimal, stated
from sscard.profiles.model import Profile

_HEAD = """\
# 补充文件草稿 Draft of a supplement
#
# 下面每一项都是配置所依据、而公开资料不能确定的事实。请逐项核对:
# Each entry below is a fact that the profile rests on and that public sources leave open.
# Read every one of them:
#
#   属实则保留 it is so:       keep the entry; a note may say how you know
#   不属实 it is otherwise:    take the entry away and write what is so, without source and mark:
#
#       [settings.pin_tries]              [[changes]]
#       value = 3                         target = "SSSE/EF06"
#                                         read = "RKSSSE"
#
#   不知道 you do not know:    take the entry away; production refuses what nobody confirmed
#
# 然后填写发卡机构、签名 Then fill in the issuer, and sign:
#       sscard profile supplement sign THIS_FILE --key PRIVATE.pem
# 签名后不得再改动一个字节 From then on no byte of the file may change.

"""
_TITLES = {
    "contact": "接触界面 contacts",
    "contactless": "非接触界面 contactless interface",
    "settings": "社保侧设置 settings of the social security side",
    "bank": "金融侧设置 settings of the financial side",
    "groupings": "金融侧数据分组 data groupings of the financial side",
    "certificates": "数字证书应用 certificate application",
}
#: Said elsewhere in the entry, or by its place.
_UNSAID = (*PROVENANCE, "note", "examples")


def draft(profile: Profile, profile_sha256: bytes, today: date) -> str:
    """The file, with every unconfirmed place of ``profile`` in the order of the profile."""
    name = "-".join((*re.findall("[a-z0-9]+", profile.name.lower()), "supplement"))
    head = [
        'overlay = "supplement"',
        f"name = {_text(name)}",
        "number = 1                    # 序号 serial number of your supplements",
        'issuer_zh = ""                # 发卡机构名称',
        'issuer_en = ""                # the same in English',
        f"date = {today.isoformat()}",
        f"# valid_until = {today.replace(year=today.year + 2, day=1).isoformat()}    "
        "# 最后一天 the last day; without it: until the profile changes",
        f"profile = {_text(profile.name)}",
        f"profile_sha256 = {_text(profile_sha256.hex())}",
    ]
    return _HEAD + "\n".join((*head, *_entries(profile))) + "\n"


def value_of(part: Stated) -> str:
    """What a part says, on one line: the value of a setting, the fields of anything else."""
    facts = {name: each for name, each in part.facts.items() if name not in _UNSAID}
    if facts.keys() == {"value"}:
        return _shown("value", facts["value"])
    return ", ".join(f"{name} {_shown(name, each)}" for name, each in facts.items())


def _entries(profile: Profile) -> Iterator[str]:
    parts = {part.place: part for part in stated(profile)}
    for group, places in groupby(profile.unconfirmed(), _group):
        yield from ("", f"# ======== {_TITLES.get(group, group)} ========")
        for place in places:
            part = parts[place]
            yield ""
            yield f"# 现值 value: {_line(value_of(part))}"
            yield f"# 标记 mark: {part.mark}    出处 source: {_line(str(part.facts['source']))}"
            if note := part.facts.get("note"):
                yield f"# 说明 note: {_line(str(note))}"
            yield from ("[[confirms]]", f"place = {_text(place)}")


def _group(place: str) -> str:
    return place.partition(".")[0].partition("/")[0]


def _shown(name: str, value: Any) -> str:
    return hexadecimal(name, value)


def _line(text: str) -> str:
    """One line, so that nothing runs on where it is no comment."""
    return " ".join(text.split()) or "–"


def _text(text: str) -> str:
    """A string as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)
