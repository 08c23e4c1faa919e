"""Pictures of faces: what is where, and that nothing leaves its place."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from sscard.issuance.face import (
    FaceData,
    FaceError,
    FaceFont,
    FaceLayout,
    find_font,
    fonts,
    load_face_layout,
    print_record,
    render,
)
from sscard.issuance.face.layout import Box

LONG = "阿卜杜热合曼·阿卜杜拉热合曼·买买提明江·吐尔逊古丽"
FIFTY_BYTES = "买买提明江吐尔逊古丽阿卜杜热合曼阿卜杜拉热合曼买买提明"[:25]

Draw = Callable[..., Image.Image]


@pytest.fixture(scope="module")
def draw(font: FaceFont) -> Draw:
    """Draws somebody's face, without the red word unless it is asked for."""

    def made(person: FaceData, layout: FaceLayout, specimen: bool = False) -> Image.Image:
        record = print_record(person, layout)
        raw = render(record, layout, font, photo=jpeg(), specimen=specimen)
        assert raw.count(b"tEXt") == raw.count(b"tIME") == raw.count(b"eXIf") == 0
        return Image.open(BytesIO(raw))

    return made


def jpeg() -> bytes:
    """Red in the middle, 20:25; green at the left and the right, which a crop takes away."""
    image = Image.new("RGB", (600, 400), (30, 220, 30))
    image.paste((220, 30, 30), (136, 0, 464, 400))
    raw = BytesIO()
    image.save(raw, "JPEG", quality=95, subsampling=0)
    return raw.getvalue()


def area(box: Box, layout: FaceLayout) -> tuple[int, int, int, int]:
    edges = (each * layout.dpi / 25.4 for each in box.edges)
    left, top, right, bottom = edges
    return int(left), int(top), int(right) + 1, int(bottom) + 1


def changed(one: Image.Image, other: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox()
    assert box is not None
    return box


def inside(found: tuple[int, int, int, int], box: tuple[int, int, int, int]) -> bool:
    return found[0] >= box[0] and found[1] >= box[1] and found[2] <= box[2] and found[3] <= box[3]


def test_a_card_at_300_dpi(person: FaceData, draw: Draw) -> None:
    picture = draw(person, load_face_layout("gen2"))
    assert picture.size == (1011, 638)  # 85.60 × 53.98 mm (ISO/IEC 7810)
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert picture.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert picture.getpixel((500, 0))[3] == 255  # type: ignore[index]


CHANGES = {
    "name": "张三",
    "sex": "2",
    "id_number": "11010519491231002X",
    "bank_number": "6228005000000028",
}


@pytest.mark.parametrize("layout_name", ["gen2", "gen3", "demo-province"])
@pytest.mark.parametrize("field", CHANGES)
def test_a_field_is_in_its_box_and_nowhere_else(
    person: FaceData, draw: Draw, field: str, layout_name: str
) -> None:
    layout = load_face_layout(layout_name)
    other = replace(person, **{field: CHANGES[field]})
    box = area(layout.fields[field], layout)  # type: ignore[index]
    assert inside(changed(draw(person, layout), draw(other, layout)), box)


@pytest.mark.parametrize("name", [LONG[:22], LONG, FIFTY_BYTES, "欧阳·" * 8 + "犇"])
def test_long_names_stay_in_their_box(person: FaceData, draw: Draw, name: str) -> None:
    layout = load_face_layout("gen3")
    short = draw(replace(person, name="一"), layout)
    found = changed(short, draw(replace(person, name=name), layout))
    assert inside(found, area(layout.fields["name"], layout))
    assert found[2] - found[0] > 250  # pixels: it is there


def test_a_name_that_is_too_long_is_an_error(person: FaceData, draw: Draw) -> None:
    with pytest.raises(FaceError, match=r"^name: does not fit"):
        draw(replace(person, name="王" * 60), load_face_layout("gen3"))


def test_a_character_that_the_font_lacks_is_an_error(person: FaceData, draw: Draw) -> None:
    layout = load_face_layout("gen3")
    draw(replace(person, name="刘䶮𠮷"), layout)  # not in GBK, and in the font
    with pytest.raises(FaceError, match=r"^name: 字体缺字 the font .* lacks character 2") as caught:
        draw(replace(person, name="刘\U000323af"), layout)  # the last one of Extension H
    assert "刘" not in str(caught.value)


def test_an_overlay_moves_what_it_moves(person: FaceData, draw: Draw) -> None:
    one, other = load_face_layout("gen3"), load_face_layout("demo-province")
    person = replace(person, issue_date=person.issue_date)
    found = changed(draw(person, one), draw(person, other))
    assert found[0] >= area(one.fields["name"], one)[0]  # photo and words before it stay
    mark = other.watermark
    assert mark is not None
    shade = draw(person, other).convert("RGB").crop(area(mark, other))
    plain = draw(person, one).convert("RGB").crop(area(mark, other))
    assert ImageChops.difference(shade, plain).getbbox() is not None


def test_the_photo_is_cropped_to_its_box(person: FaceData, draw: Draw) -> None:
    layout = load_face_layout("gen2")
    picture = draw(person, layout).convert("RGB")
    left, top, right, bottom = area(layout.photo, layout)
    inner = picture.crop((left + 2, top + 2, right - 2, bottom - 2))
    assert all(high - low < 60 for low, high in inner.getextrema())  # type: ignore[misc]
    assert inner.getpixel((5, 5))[0] > 180  # type: ignore[index]
    assert picture.getpixel((left - 3, top + 9)) == (0xEA, 0xF3, 0xEA)
    assert picture.getpixel((right + 3, top + 9)) == (0xEA, 0xF3, 0xEA)


def test_a_specimen_says_so(person: FaceData, draw: Draw) -> None:
    layout = load_face_layout("gen3")
    found = changed(draw(person, layout), draw(person, layout, specimen=True))
    assert found[2] - found[0] > 700  # across the card
    assert found[3] - found[1] > 300


def test_only_a_specimen_goes_without_photo(person: FaceData, font: FaceFont) -> None:
    layout = load_face_layout("gen3")
    record = print_record(person, layout)
    assert render(record, layout, font)
    with pytest.raises(FaceError, match=r"^photo: is missing"):
        render(record, layout, font, specimen=False)
    with pytest.raises(FaceError, match="the record is for gen3, not for gen2"):
        render(record, load_face_layout("gen2"), font)


@pytest.mark.parametrize("raw", [b"", b"\x89PNG\r\n", jpeg()[:-400], b"\xff\xd8\xff\xd9"])
def test_a_photo_that_is_none(person: FaceData, font: FaceFont, raw: bytes) -> None:
    layout = load_face_layout("gen3")
    with pytest.raises(FaceError, match=r"^photo: "):
        render(print_record(person, layout), layout, font, photo=raw)


def test_a_photo_of_too_many_pixels(person: FaceData, font: FaceFont) -> None:
    raw = bytearray(jpeg())
    at = raw.index(b"\xff\xc0")
    raw[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    layout = load_face_layout("gen3")
    with pytest.raises(FaceError, match=r"^photo: has too many pixels"):
        render(print_record(person, layout), layout, font, photo=bytes(raw))


def test_a_picture_as_watermark(tmp_path: Path, person: FaceData, draw: Draw) -> None:
    Image.new("RGBA", (40, 40), (0, 0, 255, 255)).save(tmp_path / "p.png")
    text = 'name = "ours"\ntitle_zh = "省"\ntitle_en = "ours"\nbase = "gen3"\n'
    text += '[watermark]\npicture = "p.png"\nx_mm = 60\ny_mm = 28\nwidth_mm = 9\nheight_mm = 9\n'
    path = tmp_path / "ours.toml"
    path.write_text(f"{text}opacity = 1\n", encoding="utf-8")
    layout = load_face_layout(path)
    picture = draw(person, layout).convert("RGB")
    middle = picture.getpixel((round(64.5 / 25.4 * 300), round(32.5 / 25.4 * 300)))
    assert middle == (0, 0, 255)
    (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    with pytest.raises(FaceError, match=r"watermark\.picture: cannot be decoded"):
        draw(person, layout)


# Fonts


def test_the_same_font_by_its_path(font: FaceFont, person: FaceData) -> None:
    layout = load_face_layout("gen3")
    record = print_record(person, layout)
    named = replace(find_font("song", font.path), index=font.index)
    assert render(record, layout, named) == render(record, layout, font)


def test_no_font_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts.shutil, "which", lambda name: None)
    with pytest.raises(FaceError, match=r"no Chinese font was found: install fonts-noto-cjk"):
        find_font("song")
    with pytest.raises(FaceError, match="there is no such font file"):
        find_font("song", tmp_path / "none.ttf")


def test_another_family_than_asked_for_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """fc-match always names some font."""

    def answer(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0, "/usr/x.ttf\n0\nDejaVu Sans", "")

    monkeypatch.setattr(fonts.shutil, "which", lambda name: "/usr/bin/fc-match")
    monkeypatch.setattr(fonts.subprocess, "run", answer)
    with pytest.raises(FaceError, match="no Chinese font"):
        find_font("hei")


def test_a_file_that_is_no_font(tmp_path: Path, person: FaceData) -> None:
    path = tmp_path / "x.ttf"
    path.write_bytes(b"no font")
    layout = load_face_layout("gen3")
    with pytest.raises(FaceError, match="is no font that can be used"):
        render(print_record(person, layout), layout, find_font("song", path))
