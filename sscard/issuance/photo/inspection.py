"""Everything that is wrong with a collected photo (issuance 4 [S]), in one pass.

Dimensions, colours and coding are read from the file's header; nothing is decoded that is not what
the rule asks for.  So a file costs at most ``read_bytes`` and the pixels of one photo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sscard.errors import MalformedData
from sscard.issuance.photo.background import Background, measured
from sscard.issuance.photo.decode import decoded
from sscard.issuance.photo.faults import Fault, Problem
from sscard.issuance.photo.geometry import Landmarks, face_problems
from sscard.issuance.photo.jpeg import Frame, Jpeg, parse_jpeg
from sscard.issuance.photo.quality import QualityEstimate, estimated_quality
from sscard.issuance.photo.reading import wanted_bytes
from sscard.issuance.photo.resolution import Stated, stated
from sscard.issuance.photo.rules import PhotoRules

if TYPE_CHECKING:
    from PIL.Image import Image

#: Baseline, extended and progressive Huffman coding; the others are lossless or arithmetic.
_PROCESSES = frozenset({0, 1, 2})
_MODES = {1: "灰度 grayscale", 3: "RGB", 4: "CMYK"}
#: A rounding of whole dots per cm: 138 of them are 350.52 DPI.
_DPI_ROUNDING = 2.54 / 2
#: The first bytes of what comes instead of a JPEG.
_FORMATS = {
    b"\x89PNG": "PNG",
    b"BM": "BMP",
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"RIFF": "WebP",
    b"\0\0\0\x0cjP": "JPEG 2000",
    b"%PDF": "PDF",
}


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found; ``image`` only when the pixels were worth decoding."""

    problems: tuple[Problem, ...] = ()
    frame: Frame | None = None
    stated: Stated | None = None
    quality: QualityEstimate | None = None
    background: Background | None = None
    image: Image | None = field(default=None, repr=False)


def inspect(raw: bytes, rules: PhotoRules, landmarks: Landmarks | None = None) -> Inspection:
    """All problems of the file ``raw``; none means that it is a photo to make a card of.

    Face geometry is judged only with ``landmarks``.  An EXIF orientation other than upright is
    a problem: figures of the rule are those of the picture as it lies in the file, cards know no
    orientation, and a picture turned by us would be another one than the office has seen.
    """
    if len(raw) > rules.read_bytes:
        return Inspection(tuple(_file_size(len(raw), rules)))
    if raw[:2] != b"\xff\xd8":
        return Inspection((Problem(Fault.FORMAT, _format(raw), "JPEG"),))
    try:
        return _of_jpeg(raw, parse_jpeg(raw), rules, landmarks)
    except MalformedData as broken:
        return Inspection((Problem(Fault.DAMAGED, str(broken)),))


def _file_size(size: int, rules: PhotoRules) -> Iterator[Problem]:
    if not rules.min_bytes <= size <= rules.max_bytes:
        yield Problem(Fault.FILE_SIZE, f"{size:,} bytes", wanted_bytes(rules))


def _format(raw: bytes) -> str:
    if not raw:
        return "空文件 an empty file"
    if raw[4:8] == b"ftyp":  # as telephones make them, often under the name of a JPEG
        return "HEIF/AVIF"
    return next((name for start, name in _FORMATS.items() if raw.startswith(start)), "?")


def _of_jpeg(raw: bytes, jpeg: Jpeg, rules: PhotoRules, landmarks: Landmarks | None) -> Inspection:
    undecodable = tuple(_header_problems(jpeg, rules))
    says, quality = stated(jpeg), estimated_quality(jpeg)
    problems = (
        *_file_size(len(raw), rules),
        *undecodable,
        *_statements(says, rules),
        *_quality(quality, rules),
    )
    found = Inspection(problems, jpeg.frame, says, quality)
    if undecodable:
        return found
    image = decoded(raw, jpeg)
    background = measured(image, rules)
    faces = face_problems(landmarks, rules) if landmarks else ()
    problems = (*problems, *_white(background, rules), *faces)
    return replace(found, problems=problems, image=image, background=background)


def _header_problems(jpeg: Jpeg, rules: PhotoRules) -> Iterator[Problem]:
    """Whatever makes decoding useless or dear."""
    frame = jpeg.frame
    if frame.process not in _PROCESSES or frame.bits != 8:
        coding = f"SOF{frame.process}, {frame.bits} bits"
        yield Problem(Fault.CODING, coding, "SOF0–SOF2, 8 bits")
    if jpeg.scans > rules.scans:
        yield Problem(Fault.CODING, f"{jpeg.scans} scans", f"≤ {rules.scans} scans")
    components = len(frame.components)
    if components != 3:
        mode = _MODES.get(components, f"{components} components")
        yield Problem(Fault.COLOUR_MODE, mode, "24 bit RGB")
    if (frame.width, frame.height) != (rules.width, rules.height):
        size, wanted = f"{frame.width}×{frame.height} px", f"{rules.width}×{rules.height} px"
        yield Problem(Fault.DIMENSIONS, size, wanted)


def _statements(says: Stated, rules: PhotoRules) -> Iterator[Problem]:
    if says.orientation != 1:
        yield Problem(Fault.ORIENTATION, str(says.orientation), "1")
    if says.dpi is None:
        yield Problem(Fault.DPI_MISSING, wanted=str(rules.dpi))
    elif any(abs(each - rules.dpi) > _DPI_ROUNDING for each in says.dpi):
        across, down = says.dpi
        yield Problem(Fault.DPI, f"{across:.4g}×{down:.4g}", str(rules.dpi))


def _quality(estimate: QualityEstimate, rules: PhotoRules) -> Iterator[Problem]:
    low, high = (rules.jpeg_quality + sign * rules.quality_tolerance for sign in (-1, 1))
    if not low <= estimate.quality <= high:
        found = f"{estimate.quality}" if estimate.standard else f"≈ {estimate.quality}"
        yield Problem(Fault.JPEG_QUALITY, found, f"{low}–{high}")


def _white(background: Background, rules: PhotoRules) -> Iterator[Problem]:
    if background.white_percent < rules.white_percent:
        colour = ", ".join(map(str, background.mean))
        found = f"白 white {background.white_percent:.0f} %, RGB {colour}"
        yield Problem(Fault.BACKGROUND, found, f"白 white ≥ {rules.white_percent} %")
