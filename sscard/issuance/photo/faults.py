"""Why a photo goes back: one fault a rule, with the figures found and wanted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from sscard.errors import SscardError
from sscard.issuance.reasons import Reason


@unique
class Fault(Enum):
    """What can be wrong with a photo (issuance 4 [S]): code of the office, Chinese, English."""

    NO_FILE = (Reason.PHOTO_MISSING, "未找到文件", "no file was found")
    SEVERAL_FILES = (Reason.PHOTO_MISSING, "文件不唯一", "there is more than one file")
    SHARED_FILE = (
        Reason.PHOTO_MISSING,
        "文件或其编号属于多人",
        "the file, or the number it is named by, belongs to several people",
    )
    OUTSIDE_FOLDER = (
        Reason.PHOTO_MISSING,
        "名单所写文件或链接的目标不在目录内",
        "the list, or a link in the folder, names a file outside the folder",
    )
    UNREADABLE = (Reason.PHOTO_MISSING, "文件无法读取", "the file cannot be read")
    FILE_SIZE = (Reason.PHOTO_QUALITY, "文件大小不符", "size of the file")
    FORMAT = (Reason.PHOTO_QUALITY, "文件格式不符", "format of the file")
    DAMAGED = (Reason.PHOTO_QUALITY, "文件损坏或不完整", "the file is damaged or cut off")
    CODING = (Reason.PHOTO_QUALITY, "JPEG编码方式不符", "way of JPEG coding")
    COLOUR_MODE = (Reason.PHOTO_QUALITY, "色彩模式不符", "colour mode")
    DIMENSIONS = (Reason.PHOTO_QUALITY, "像素尺寸不符", "width and height in pixels")
    ORIENTATION = (Reason.PHOTO_QUALITY, "照片被旋转(EXIF方向)", "turned by its EXIF orientation")
    DPI_MISSING = (Reason.PHOTO_QUALITY, "缺少分辨率(DPI)", "the file does not state its DPI")
    DPI = (Reason.PHOTO_QUALITY, "分辨率不符", "DPI")
    JPEG_QUALITY = (Reason.PHOTO_QUALITY, "JPEG质量不符", "JPEG quality, estimated")
    BACKGROUND = (Reason.PHOTO_QUALITY, "背景不是白色", "the background is not white")
    FACE_WIDTH = (Reason.PHOTO_QUALITY, "脸部宽度不符", "width of the face")
    FACE_CENTRE = (Reason.PHOTO_QUALITY, "人像未水平居中", "the face is not centred")
    HAIR_TOP = (Reason.PHOTO_QUALITY, "头顶距上边距离不符", "top of the hair from the upper edge")
    EYES_CENTRE = (
        Reason.PHOTO_QUALITY,
        "两眼中点距左边距离不符",
        "midpoint of the eyes from the left edge",
    )
    EYE_LINE = (Reason.PHOTO_QUALITY, "眼睛距下边距离不符", "eye line from the lower edge")
    CARD_QUALITY = (
        Reason.PHOTO_QUALITY,
        "卡内照片质量过低",
        "JPEG quality at which it fits into the card",
    )

    @property
    def code(self) -> Reason:
        """PHOTO_MISSING or PHOTO_QUALITY: decision 26 knows no other."""
        return self.value[0]

    @property
    def zh(self) -> str:
        """What the office reads in Chinese."""
        return self.value[1]

    @property
    def en(self) -> str:
        """What the office reads in English."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one photo.  ``found`` and ``wanted`` hold figures, never a name of a file."""

    fault: Fault
    found: str = ""
    wanted: str = ""

    @property
    def zh(self) -> str:
        """The fault in Chinese, with the figures."""
        parts = (f"实际 {self.found}" * bool(self.found), f"应为 {self.wanted}" * bool(self.wanted))
        figures = "，".join(filter(None, parts))
        return f"{self.fault.zh}:{figures}" if figures else self.fault.zh

    @property
    def en(self) -> str:
        """The fault in English, with the figures."""
        parts = (
            f"found {self.found}" * bool(self.found),
            f"wanted {self.wanted}" * bool(self.wanted),
        )
        figures = ", ".join(filter(None, parts))
        return f"{self.fault.en}: {figures}" if figures else self.fault.en


class PhotoRefused(SscardError):
    """A photo that cannot be put on a card; ``problems`` say why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(each.en for each in problems))
        self.problems = problems

    @classmethod
    def of(cls, fault: Fault) -> PhotoRefused:
        """A refusal without figures."""
        return cls(Problem(fault))
