"""What a pre-made blank holds, and where it can be torn."""

from __future__ import annotations

from sscard.perso.standing import TEARS, Standing
from sscard.profiles import load_profile
from tables.markdown import table

_PROFILE = "gen3"
_BLANK, _PERSON = "预制卡 the blank", "本人 the person"


def premade_elements() -> str:
    """The elements of SSSE by who brings them."""
    profile = load_profile(_PROFILE)
    named = profile.setting("premade_elements").text.split()
    rows = []
    for file in profile.directory("SSSE").files:
        for element in file.elements:
            nobody = element.name in named or file.content == "dir"
            tag = "" if element.tag is None else f"{element.tag:02X}"
            name = f"`{element.name}`"
            who = _BLANK if nobody else _PERSON
            rows.append((f"SSSE/{file.fid:04X}", tag, name, element.zh, who))
    return table(("file", "tag", "element", "数据项", "written with"), rows)


def premade_tears() -> str:
    """What each step of a counter can leave."""
    rows = [
        (
            each.zh,
            each.en,
            " or ".join(f"`{found.value}`" for found in Standing if found in each.found),
        )
        for each in TEARS.values()
    ]
    return table(("步骤", "torn in this step", "the card says"), rows)
