"""Photos made for the purpose: portraits of nobody, and what offices get instead of them.

    python tests/issuance/photo/make_photos.py FOLDER

writes them all, to look at.  The tests make them in memory: every one is drawn from a seed, so a
failure can be repeated, and nothing has to be committed that is large or harmful to open.
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 358, 441
WHITE = (255, 255, 255)
#: What the rule asks for.
RULE = {"quality": 70, "dpi": (350, 350)}


# Drawing


def noise(random: Random, size: tuple[int, int], blur: float, strength: int) -> Image.Image:
    """Grain around a middle grey, as skin, hair and cloth have it."""
    grain = Image.frombytes("L", size, random.randbytes(size[0] * size[1]))
    grain = grain.filter(ImageFilter.GaussianBlur(blur))
    low, high = grain.getextrema()
    scale = strength / max(high - low, 1)
    return grain.point(lambda value: int(128 + (value - (low + high) / 2) * scale))


def textured(layer: Image.Image, grain: Image.Image, mask: Image.Image) -> Image.Image:
    bands = [ImageChops.add(band, grain, 1, -128) for band in layer.split()]
    return Image.composite(Image.merge("RGB", bands), layer, mask)


def mask(draw: Callable[[ImageDraw.ImageDraw], None], blur: float = 1.2) -> Image.Image:
    image = Image.new("L", (WIDTH, HEIGHT), 0)
    draw(ImageDraw.Draw(image))
    return image.filter(ImageFilter.GaussianBlur(blur))


@cache
def portrait(seed: int = 1, background: tuple[int, int, int] = WHITE) -> Image.Image:
    """Head, hair and shoulders of nobody, where the rule of face geometry wants them."""
    random = Random(seed)
    skin, hair = random.choice(SKINS), random.choice(HAIRS)
    cloth = tuple(random.randrange(30, 200) for _ in range(3))
    image = Image.new("RGB", (WIDTH, HEIGHT), background)
    shoulders = mask(lambda d: d.ellipse((20, 340, 338, 640), fill=255))
    image.paste(cloth, (0, 0), shoulders)
    image = textured(image, noise(random, image.size, 0.8, 90), shoulders)
    neck = mask(lambda d: d.rectangle((140, 290, 218, 365), fill=255), 4)
    image.paste(tuple(value * 4 // 5 for value in skin), (0, 0), neck)
    _head(image, random, skin, hair)
    return textured(image, noise(random, image.size, 1.0, 46), image_mask(image, background))


def image_mask(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    """Where something was drawn."""
    plain = Image.new("RGB", image.size, background)
    return ImageChops.difference(image, plain).convert("L").point(lambda v: 255 * (v > 12))


def _head(image: Image.Image, random: Random, skin: object, hair: object) -> None:
    image.paste(hair, (0, 0), mask(lambda d: d.ellipse((70, 14, 288, 290), fill=255)))  # type: ignore[arg-type]
    strands = ImageDraw.Draw(image)
    for _ in range(220):
        x = random.randrange(85, 273)
        shade = tuple(max(0, value + random.randrange(-25, 45)) for value in hair)  # type: ignore[attr-defined]
        top = 22 + abs(x - 179) ** 2 // 140
        strands.line((x, top, x + random.randrange(-20, 20), top + 90), fill=shade, width=1)
    face = mask(lambda d: d.ellipse((80, 60, 278, 340), fill=255), 2)
    light = Image.radial_gradient("L").resize((WIDTH, HEIGHT)).point(lambda v: 255 - v // 3)
    shaded = [Image.new("L", image.size, v) for v in skin]  # type: ignore[attr-defined]
    lit = Image.merge("RGB", [ImageChops.multiply(band, light) for band in shaded])
    image.paste(lit, (0, 0), face)
    _features(ImageDraw.Draw(image), hair)


def _features(draw: ImageDraw.ImageDraw, hair: object) -> None:
    for x in (138, 220):
        draw.ellipse((x - 20, 196, x + 20, 216), fill=(245, 243, 240))
        draw.ellipse((x - 9, 197, x + 9, 215), fill=(50, 35, 25))
        draw.ellipse((x - 3, 199, x + 1, 203), fill=WHITE)
        draw.arc((x - 26, 176, x + 26, 206), 200, 340, fill=hair, width=5)  # type: ignore[arg-type]
    draw.line((179, 215, 170, 255, 186, 260), fill=(150, 100, 80), width=2)
    draw.ellipse((150, 284, 208, 304), fill=(170, 80, 80))
    draw.line((150, 294, 208, 294), fill=(110, 40, 45), width=2)


SKINS = [(236, 200, 175), (224, 184, 150), (205, 160, 125)]
HAIRS = [(28, 24, 24), (48, 34, 26), (90, 88, 90)]


# Files


def jpeg(image: Image.Image, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", **{**RULE, **options})
    return out.getvalue()


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def good(seed: int = 1) -> bytes:
    """A photo as the rule wants it."""
    return jpeg(portrait(seed))


def with_segment(raw: bytes, marker: int, content: bytes) -> bytes:
    """One more segment, right behind SOI and JFIF."""
    at = 20 if raw[2:4] == b"\xff\xe0" else 2
    segment = bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content
    return raw[:at] + segment + raw[at:]


def exif(*entries: tuple[int, int, int], order: str = ">") -> bytes:
    """An EXIF segment's content; a RATIONAL (5) is the given number over 1."""
    count = len(entries)
    rationals = b""
    directory = struct.pack(f"{order}H", count)
    for tag, kind, value in entries:
        directory += struct.pack(f"{order}HHI", tag, kind, 1)
        if kind == 5:
            directory += struct.pack(f"{order}I", 8 + 2 + 12 * count + 4 + len(rationals))
            rationals += struct.pack(f"{order}II", value, 1)
        else:
            form = {1: "B3x", 4: "I"}.get(kind, "H2x")  # BYTE, LONG, SHORT
            directory += struct.pack(order + form, value)
    start = b"MM\0*" if order == ">" else b"II*\0"
    return b"Exif\0\0" + start + struct.pack(f"{order}I", 8) + directory + bytes(4) + rationals


def density(raw: bytes, unit: int, across: int, down: int | None = None) -> bytes:
    """The photo with another JFIF density: unit 0 none, 1 inch, 2 cm."""
    stated = struct.pack(">BHH", unit, across, across if down is None else down)
    return raw[:13] + stated + raw[18:]


def without_jfif(raw: bytes) -> bytes:
    return raw[:2] + raw[20:]


def frame_size(raw: bytes, width: int, height: int) -> bytes:
    """The photo with another size in its frame header; the pixels stay."""
    at = raw.index(b"\xff\xc0") + 5
    return raw[:at] + struct.pack(">HH", height, width) + raw[at + 4 :]


def png_bomb() -> bytes:
    """10,000 by 30,000 black pixels, 900 MB, in a sound PNG of less than 900 KB."""
    width, rows, times = 10_000, 1_000, 30
    squeeze = zlib.compressobj(9)
    line = bytes(1 + 3 * width)
    start = squeeze.flush(zlib.Z_FULL_FLUSH)
    block = b"".join(squeeze.compress(line) for _ in range(rows))
    block += squeeze.flush(zlib.Z_FULL_FLUSH)  # forgets what came before: it can be repeated
    adler = len(line) * rows * times % 65521 << 16 | 1  # of zeros
    pixels = start + block * times + b"\x03\0" + struct.pack(">I", adler)
    head = struct.pack(">IIBBBBB", width, rows * times, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def scan_bomb() -> bytes:
    """A progressive photo that says its last scan 2,000 times."""
    raw = jpeg(portrait(), progressive=True)
    last = raw.rindex(b"\xff\xda")
    scan = raw[last:-2]
    return raw[:last] + scan[:14] * 300 + scan + raw[-2:]


def scene(noisy: bool = False) -> bytes:
    """Leaves to the edge: no white border, or grain that no 4,096 bytes hold."""
    random = Random(7)
    bands = [noise(random, (WIDTH, HEIGHT), 0.6 if noisy else 2.5, 250) for _ in range(3)]
    return jpeg(Image.merge("RGB", bands))


def grainy() -> Image.Image:
    """A portrait whose clothes and hair are nothing but grain, on white."""
    image = portrait(3).copy()
    random = Random(9)
    bands = [noise(random, image.size, 0.7, 255) for _ in range(3)]
    area = mask(lambda d: d.rectangle((60, 60, 300, 441), fill=255), 0)
    image.paste(Image.merge("RGB", bands), (0, 0), area)
    return image


def gradient() -> Image.Image:
    """White above, ever greyer below: the border's upper corners are white."""
    shade = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).point(lambda v: 255 - v // 2)
    base = portrait().copy()
    return ImageChops.multiply(base, Image.merge("RGB", (shade, shade, shade)))


PHOTOS: dict[str, Callable[[], bytes]] = {
    "good": good,
    "good, another": lambda: good(2),
    "progressive": lambda: jpeg(portrait(), progressive=True),
    "with restart markers": lambda: jpeg(portrait(), restart_marker_rows=1),
    "density in dots per cm": lambda: density(good(), 2, 138),
    "no JFIF, density in EXIF": lambda: with_segment(
        without_jfif(good()), 0xE1, exif((0x11A, 5, 350), (0x11B, 5, 350), (0x128, 3, 2))
    ),
    "with ICC profile, comment and thumbnail": lambda: with_segment(
        with_segment(good(), 0xE2, b"ICC_PROFILE\0" + bytes(3000)), 0xFE, b"110105194912310021"
    ),
    "bytes behind the end": lambda: good() + b"trailer",
    "upright by EXIF": lambda: with_segment(good(), 0xE1, exif((0x112, 3, 1), order="<")),
    "greyish by lamps": lambda: jpeg(portrait(1, (240, 241, 243))),
    "quality 72": lambda: jpeg(portrait(), quality=72),
    "too wide": lambda: jpeg(portrait().resize((400, 441))),
    "size of a second-generation photo": lambda: jpeg(portrait().resize((358, 440))),
    "lying": lambda: jpeg(portrait().transpose(Image.Transpose.ROTATE_90)),
    "turned by EXIF": lambda: with_segment(good(), 0xE1, exif((0x112, 3, 6))),
    "lying and turned by EXIF": lambda: with_segment(
        jpeg(portrait().transpose(Image.Transpose.ROTATE_90)), 0xE1, exif((0x112, 3, 8))
    ),
    "upside down by EXIF": lambda: with_segment(good(), 0xE1, exif((0x112, 3, 3), order="<")),
    "300 DPI": lambda: jpeg(portrait(), dpi=(300, 300)),
    "300 DPI in dots per cm": lambda: density(good(), 2, 118),
    "350 across, 72 down": lambda: density(good(), 1, 350, 72),
    "density without unit": lambda: density(good(), 0, 350),
    "no JFIF": lambda: without_jfif(good()),
    "grayscale": lambda: jpeg(textured_grey()),
    "CMYK": lambda: jpeg(portrait().convert("CMYK")),
    "PNG": lambda: saved(portrait(), "PNG", dpi=(350, 350)),
    "palette PNG": lambda: saved(portrait().quantize(64), "PNG"),
    "GIF": lambda: saved(portrait().quantize(64), "GIF"),
    "BMP": lambda: saved(portrait(), "BMP"),
    "quality 40": lambda: jpeg(portrait(4), quality=40),
    "quality 95": lambda: jpeg(portrait(), quality=95),
    "quality of Photoshop": lambda: jpeg(portrait(), quality="web_maximum"),
    "too small a file": lambda: jpeg(flat()),
    "too large a file": lambda: with_segment(good(), 0xE2, bytes(30_000)),
    "longer than is read": lambda: good() + bytes(1 << 20),
    "blue background": lambda: jpeg(portrait(1, (67, 142, 219))),
    "grey background": lambda: jpeg(portrait(1, (205, 205, 205))),
    "yellowed background": lambda: jpeg(portrait(1, (250, 240, 205))),
    "grey from above to below": lambda: jpeg(gradient()),
    "a scene": scene,
    "cut off in the pixels": lambda: good()[:-5000],
    "cut off and closed again": lambda: good()[:-5000] + b"\xff\xd9",
    "cut off in the header": lambda: good()[:100],
    "end marker missing": lambda: good()[:-2],
    "pixels of another size": lambda: frame_size(jpeg(portrait().resize((90, 110))), 358, 441),
    "broken EXIF": lambda: with_segment(good(), 0xE1, b"Exif\0\0II*\0\xff\xff\0\0"),
    "arithmetic coding": lambda: good().replace(b"\xff\xc0", b"\xff\xc9", 1),
    "12 bits": lambda: good().replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c", 1),
    "65,535 by 65,535": lambda: frame_size(good(), 65535, 65535),
    "PNG bomb": png_bomb,
    "300 scans": scan_bomb,
    "empty": lambda: b"",
    "HEIC": lambda: b"\0\0\0\x18ftypheic" + bytes(20_000),
    "a text": lambda: "照片".encode() * 9000,
    "too much grain for the card": lambda: jpeg(grainy()),
}


def textured_grey() -> Image.Image:
    return portrait().convert("L")


def flat() -> Image.Image:
    return Image.new("RGB", (WIDTH, HEIGHT), WHITE)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, build in PHOTOS.items():
        kind = "png" if "PNG" in name else "jpg"
        (folder / f"{name.replace(' ', '-').replace(',', '')}.{kind}").write_bytes(build())
