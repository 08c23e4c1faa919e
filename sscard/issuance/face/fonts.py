"""The typeface of a face: found by fontconfig, or in a file that the caller names."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sscard.issuance.face.error import FaceError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Typeface = Literal["song", "hei"]
#: What fontconfig is asked for, best first: Debian's fonts-noto-cjk, then what Windows brings.
_FAMILIES: dict[Typeface, tuple[str, ...]] = {
    "song": ("Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "Noto Sans CJK SC"),
    "hei": ("Noto Sans CJK SC", "Source Han Sans SC", "SimHei", "Noto Serif CJK SC"),
}
_FORMAT = "%{file}\n%{index}\n%{family}"
#: No font has a glyph for what is no character: what it draws stands for any that it lacks.
_NO_CHARACTER = "\U0010ffff"
#: Pixels a character when glyphs are looked at.
_LOOK = 24


@dataclass(frozen=True, slots=True)
class FaceFont:
    """One font of a file.  ``loaded`` keeps the sizes that were used."""

    path: Path
    index: int = 0
    loaded: dict[float, FreeTypeFont] = field(default_factory=dict, repr=False, compare=False)

    def at(self, pixels: float) -> FreeTypeFont:
        """The font with characters this high.  Raises FaceError when the file is no font."""
        from PIL import ImageFont  # heavy: only where something is drawn (decision 32)

        if pixels not in self.loaded:
            try:
                self.loaded[pixels] = ImageFont.truetype(
                    str(self.path), pixels, self.index, layout_engine=ImageFont.Layout.BASIC
                )
            except OSError:
                raise FaceError(
                    str(self.path), "不是可用的字体文件 is no font that can be used"
                ) from None
        return self.loaded[pixels]

    def require_glyphs(self, place: str, text: str) -> None:
        """FaceError naming the field and which of its characters the font does not have."""
        font = self.at(_LOOK)
        nothing = font.getmask(_NO_CHARACTER)
        for at, each in enumerate(text, start=1):
            found = font.getmask(each)
            if each != " " and found.size == nothing.size and bytes(found) == bytes(nothing):
                raise FaceError(place, f"字体缺字 the font {self.path.name} lacks character {at}")


def find_font(typeface: Typeface, path: Path | None = None) -> FaceFont:
    """The font at ``path``, else the best that fontconfig knows.

    Raises FaceError when there is none that has Chinese.
    """
    if path is not None:
        if not path.is_file():
            raise FaceError(str(path), "没有此字体文件 there is no such font file")
        return FaceFont(path)
    for family in _FAMILIES[typeface]:
        found = _matched(family)
        if found is not None:
            return found
    raise FaceError(
        "font",
        "未找到中文字体 no Chinese font was found: install fonts-noto-cjk (Debian) with "
        "fontconfig, or name a font file with --font",
    )


def _matched(family: str) -> FaceFont | None:
    """What fontconfig has of this family: it always answers, so its answer is compared."""
    command = shutil.which("fc-match")
    if command is None:
        return None
    done = subprocess.run(  # noqa: S603 - fixed arguments, nothing of a user in them
        [command, "--format", _FORMAT, f"{family}:lang=zh-cn"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    path, _, rest = done.stdout.partition("\n")
    index, _, families = rest.partition("\n")
    if done.returncode or family not in families or not index.isdigit():
        return None
    return FaceFont(Path(path), int(index) & 0xFFFF)
