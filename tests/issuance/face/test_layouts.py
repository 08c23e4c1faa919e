"""Layouts: those that come with sscard, overlays, and files with mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sscard.errors import ProfileError
from sscard.issuance.face import layout_names, layouts, load_face_layout

HERE = Path(layouts.__path__[0])
PNG = b"\x89PNG\r\n\x1a\n"


def test_the_published_sample_is_in_both_generations() -> None:
    """ssc-more 6.7 [1]: mm from left and top, 8 pt, 300 dpi."""
    sample = {"name": (36, 15.5), "id_number": (47, 20), "card_number": (36, 24.5)}
    for name in ("gen2", "gen3"):
        layout = load_face_layout(name)
        photo = layout.photo
        assert (photo.x_mm, photo.y_mm, photo.width_mm, photo.height_mm) == (4, 12, 20, 25)
        for field, place in {**sample, "issue_date": (41, 29)}.items():
            box = layout.fields[field]  # type: ignore[index]
            assert (box.x_mm, box.y_mm, box.pt, box.mark) == (*place, 8, "1")
        assert (layout.dpi, layout.typeface) == (300, "song")
        assert (layout.width_mm, layout.height_mm) == (85.60, 53.98)


def test_validity_is_on_the_second_generation_only() -> None:
    assert layout_names() == ("demo-province", "gen2", "gen3")
    assert [("valid_date" in load_face_layout(each).printed) for each in layout_names()] == [
        False,
        True,
        False,
    ]


def test_an_overlay_changes_what_it_says_and_nothing_else() -> None:
    below, above = load_face_layout("gen3"), load_face_layout("demo-province")
    assert above.base == "gen3"
    assert above.fields["name"].x_mm == 38
    assert above.fields["name"].y_mm == below.fields["name"].y_mm
    assert above.fields["id_number"] == below.fields["id_number"]
    assert above.photo == below.photo
    assert above.sha256 != below.sha256
    # What an overlay has moved is no longer what the sample says.
    assert (below.fields["name"].mark, above.fields["name"].mark) == ("1", "assumed")


OVERLAY = 'name = "ours"\ntitle_zh = "省"\ntitle_en = "ours"\nbase = "gen3"\n'
MARK = "x_mm = 50\ny_mm = 40\nwidth_mm = 9\nheight_mm = 9\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[fields.name]\nx_mm = 80\n", "fields.name reaches out of the card"),
        ("[fields.name]\ny_mm = 18\n", "fields.name and fields.id_number are in the same place"),
        ("[photo]\nx_mm = 20\n", "photo and fields.name are in the same place"),
        ("[fields.name]\nx = 30\n", r"fields.name.x: Extra inputs are not permitted"),
        ('[fields.name]\nx_mm = "a"\n', r"fields.name.x_mm: Input should be a valid number"),
        ("[fields.name]\nx_mm = nan\n", r"fields.name.x_mm: "),
        ("[fields.name]\nmin_pt = 9\n", "fields.name: .*min_pt is more than pt"),
        ("[fields.name]\nprinted = false\n", "fields.name is on every card"),
        ("[fields.nam]\nx_mm = 30\n", r"fields.nam"),
        (
            "[fields.valid_date]\n" + MARK.replace("40", "34") + "pt = 8\n",
            "valid_date is printed on cards of gen",
        ),
        ("[watermark]\n" + MARK, "watermark: .*a text or a picture"),
        ('[watermark]\ntext = "省"\npicture = "p.png"\n' + MARK, "p.png: No such file"),
        ('[watermark]\npicture = "ours.toml"\n' + MARK, "watermark.picture: is no PNG or JPEG"),
        ("fields = 3\n", "fields: Input should be a valid dictionary"),
        ("[fields\n", "ours.toml: "),
        ('photo = "p"\n', "photo: Input should be a valid dictionary"),
    ],
)
def test_mistakes_name_file_and_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(OVERLAY + text, encoding="utf-8")
    with pytest.raises(ProfileError, match=said) as caught:
        load_face_layout(path)
    assert str(tmp_path) in str(caught.value)


def test_a_base_is_a_layout_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    for base, said in (
        ("demo-province", "is an overlay itself"),
        ("gen9", "no face layout gen9; there are demo-province, gen2, gen3"),
        ("x.toml", "base: is the name of a layout"),
    ):
        path.write_text(OVERLAY.replace("gen3", base), encoding="utf-8")
        with pytest.raises(ProfileError, match=said):
            load_face_layout(path)
    path.write_bytes(b"\xff")
    with pytest.raises(ProfileError, match=r"ours\.toml: "):
        load_face_layout(path)
    with pytest.raises(ProfileError, match=r"none\.toml: No such file"):
        load_face_layout(tmp_path / "none.toml")


def test_a_whole_layout_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    text = (HERE / "gen2.toml").read_text(encoding="utf-8")
    path.write_text(text.replace('name = "gen2"', 'name = "own"'), encoding="utf-8")
    assert load_face_layout(path).name == "own"
    path.write_text(text.replace("generation = 2", "generation = 3"), encoding="utf-8")
    with pytest.raises(ProfileError, match="valid_date is printed on cards of generation 2"):
        load_face_layout(path)


def test_the_picture_of_a_watermark_counts_in_the_hash(tmp_path: Path) -> None:
    path, picture = tmp_path / "ours.toml", tmp_path / "p.png"
    path.write_text(OVERLAY + '[watermark]\npicture = "p.png"\n' + MARK, encoding="utf-8")
    hashes = set()
    for content in (PNG, PNG + b"2"):
        picture.write_bytes(content)
        hashes.add(load_face_layout(path).sha256)
    assert len(hashes) == 2
