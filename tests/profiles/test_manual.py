"""The manual says everything that the profile says, in both languages, on pages that hold up."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sscard.profiles import Element, Profile, load_profile, profile_names
from sscard.profiles.certificates import CertificateFile, Right
from sscard.profiles.composition import LayerKind
from sscard.profiles.element import UNCONFIRMED, Mark
from sscard.profiles.facts import stated
from sscard.profiles.file import Structure
from sscard.profiles.groupings import Grouping
from sscard.profiles.interfaces import Over, SetBy
from sscard.profiles.loader import profile_layers
from sscard.profiles.manual import DIAGRAMS, GENERATOR, LANGUAGES, manual, page_name
from sscard.profiles.manual.access import in_words, key_names, matrix
from sscard.profiles.manual.details import code_tables
from sscard.profiles.manual.drawing import fitted, text_width
from sscard.profiles.manual.layout import fci, lines, rows, tlv_cells
from sscard.profiles.manual.places import file_anchor, slug, spaced
from sscard.profiles.manual.texts import texts

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "sscard/profiles/manual/texts.toml"
NAMESPACE = "http://www.w3.org/2000/svg"
SPECS = (*profile_names(), "gen3+sichuan+demo-bank")
VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """A page read strictly: every element is closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.at: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        assert len(found) == len(attributes), tag
        self.tags[tag] += 1
        if tag in VOID:
            return
        self.open.append(tag)
        self.at.append(found.get("id") or (self.at[-1] if self.at else ""))
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert "svg" in self.open, tag
        self.tags[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.at.pop()

    def handle_data(self, data: str) -> None:
        if self.at and "svg" not in self.open:
            self.texts.setdefault(self.at[-1], []).append(data)

    def told(self, anchor: str) -> str:
        """What stands below this anchor."""
        return " ".join("".join(self.texts[anchor]).split())


@pytest.fixture(scope="module")
def manuals() -> Mapping[str, Mapping[str, str]]:
    return {spec: manual(load_profile(spec), profile_layers(spec)) for spec in SPECS}


@pytest.fixture(scope="module")
def pages(manuals: Mapping[str, Mapping[str, str]]) -> Mapping[tuple[str, str], Page]:
    return {
        (spec, language): Page(files[page_name(language)])
        for spec, files in manuals.items()
        for language in LANGUAGES
    }


@pytest.fixture(params=SPECS)
def spec(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=LANGUAGES)
def page(request: pytest.FixtureRequest, spec: str, pages: Mapping[tuple[str, str], Page]) -> Page:
    return pages[spec, request.param]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_every_element_is_told_where_its_file_is(spec: str, page: Page) -> None:
    profile = load_profile(spec)
    shown = 0
    for directory in profile.directories:
        for file in directory.files:
            told = page.told(file_anchor(directory, file))
            for part in _all(file.elements):
                for word in (part.name, part.zh, part.en, part.source, part.codec or ""):
                    assert flat(word) in told, (directory.name, file.fid, part.name)
                assert part.tag is None or re.search(rf"\b{part.tag:02X}\b", told)
                shown += 1
                if part.elements:
                    continue
                for value, raw in part.examples:
                    assert flat(str(value)) in told, part.name
                    assert spaced(raw) in told, part.name
    assert shown == sum(part.kind == "elements" for part in stated(profile)) > 100


def _all(elements: tuple[Element, ...]) -> Iterator[Element]:
    for element in elements:
        yield element
        yield from _all(element.elements)


def test_every_code_is_told(spec: str, page: Page) -> None:
    """Those without a public meaning and the ends of ranges, too."""
    tables = code_tables(load_profile(spec))
    assert spec == "gen1" or any(each.ranges for each in tables)
    for each in tables:
        told = page.told(f"code-{slug(each.name)}")
        for code in each.samples:
            assert re.search(rf"(?<![0-9]){code}(?![0-9])", told), (each.name, code)
        assert each.meanings_source in told


def test_every_key_is_told(spec: str, page: Page) -> None:
    profile = load_profile(spec)
    for directory in profile.directories:
        for key in directory.keys:
            told = page.told(f"key-{slug(directory.name)}-{slug(key.name)}")
            assert re.match(rf"{re.escape(key.name)} ?{key.kid:02X}", told)
            assert key.source in told


def test_every_setting_grouping_and_right_is_told(spec: str, page: Page) -> None:
    profile = load_profile(spec)
    for anchor, settings in (("settings", profile.settings), ("bank", profile.bank)):
        told = page.told(anchor)
        for name, setting in settings.items():
            assert name in told
            assert flat(setting.note) in told
            if isinstance(setting.value, str):
                assert flat(setting.value) in told
    assert [g.name for g in profile.groupings if g.shown not in page.told("bank")] == []
    assert [f.place for f in profile.contact.historical if f.place not in page.told("reset")] == []
    for reach in profile.contactless.reach if profile.contactless else ():
        assert reach.target in page.told("reset")


def test_every_place_that_is_unconfirmed_is_listed_and_marked(spec: str, page: Page) -> None:
    profile = load_profile(spec)
    told = page.told("assumptions")
    assert [place for place in profile.unconfirmed() if flat(place) not in told] == []
    marked = "".join("".join(each) for each in page.texts.values()).count("⚠")
    assert marked > len(profile.unconfirmed())


def test_the_certificate_application_has_a_chapter_of_its_own(
    pages: Mapping[tuple[str, str], Page],
) -> None:
    found = load_profile("gen3").certificates
    assert found is not None
    for language, words in (("zh", "已声明，未建模"), ("en", "declared, not modelled")):
        told = pages["gen3", language].told("certificates")
        assert "sscard personalize --certificates" in told
        for part in (*found.files, *found.pins, *found.keys):
            assert (part.name_zh if language == "zh" else part.name_en) in told
        assert [e.oid for e in found.certificate.extensions if e.oid not in told] == []
        assert words not in pages["gen3", language].told("overview")
    assert "certificates" not in pages["gen2", "en"].ids


def test_title_page_has_the_hashes_of_all_layers(spec: str, page: Page) -> None:
    told = page.told("overview")
    layers = profile_layers(spec)
    assert layers
    assert [layer.name for layer in layers if layer.sha256.hex() not in told] == []
    profile = load_profile(spec)
    for fact in (profile.name, profile.card_version, profile.suite, profile.chip):
        assert fact in told


def test_parts_without_a_chapter_are_told_all_the_same(
    pages: Mapping[tuple[str, str], Page],
) -> None:
    removed = [part.place for part in stated(load_profile("gen1")) if part.kind == "removals"]
    assert removed
    assert [place for place in removed if place not in pages["gen1", "en"].told("other")] == []


def test_anchors_are_unique_and_links_lead_somewhere(page: Page) -> None:
    assert [each for each, count in Counter(page.ids).items() if count > 1] == []
    inside = [link[1:] for link in page.links if link.startswith("#")]
    assert len(inside) > 50
    assert sorted(set(inside) - set(page.ids)) == []
    outside = {link for link in page.links if not link.startswith("#")}
    assert outside < {page_name(language) for language in LANGUAGES}


def test_both_languages_have_the_same_parts(
    spec: str, pages: Mapping[tuple[str, str], Page]
) -> None:
    chinese, english = (pages[spec, language] for language in LANGUAGES)
    assert chinese.ids == english.ids
    rows_of = [(page.tags["tr"], page.tags["td"], page.tags["svg"]) for page in (chinese, english)]
    assert rows_of[0] == rows_of[1]
    assert chinese.links != english.links


def test_nothing_is_fetched(manuals: Mapping[str, Mapping[str, str]], spec: str) -> None:
    for name, text in manuals[spec].items():
        bare = text.replace(f'"{NAMESPACE}"', "")
        assert "://" not in bare, name
        assert not re.search(r"\bsrc=|url\(|@import|<script|<link|javascript:", bare), name


def test_nothing_of_python_shows(manuals: Mapping[str, Mapping[str, str]], spec: str) -> None:
    for language in LANGUAGES:
        text = manuals[spec][page_name(language)]
        assert not re.search(r"built-in|&lt;[A-Z]\w+\.|object at 0x|\bNone\b|Undefined", text)


def test_every_file_says_what_made_it(manuals: Mapping[str, Mapping[str, str]], spec: str) -> None:
    assert [name for name, text in manuals[spec].items() if GENERATOR not in text[:1024]] == []


def test_the_same_profile_gives_the_same_bytes() -> None:
    code = (
        "from sscard.profiles import load_profile; from sscard.profiles.manual import manual;"
        "from sscard.profiles.loader import profile_layers; import sys, hashlib;"
        "m = manual(load_profile('gen3'), profile_layers('gen3'));"
        "print(hashlib.sha256(repr(sorted(m.items())).encode()).hexdigest())"
    )
    found = manual(load_profile("gen3"), profile_layers("gen3"))
    expected = sha256(repr(sorted(found.items())).encode()).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "PYTHONUTF8": "1"},
        check=False,
    )
    assert done.stdout.strip() == expected, done.stderr


HOSTILE = "<script>alert('1')</script>&\"' \x07"


def test_titles_cannot_become_markup() -> None:
    gen3 = load_profile("gen3")
    first = gen3.directories[1]
    file = first.files[0]
    element = file.elements[0].model_copy(
        update={"zh": HOSTILE, "en": HOSTILE, "source": HOSTILE, "examples": ((HOSTILE, b"1"),)}
    )
    named = file.model_copy(update={"name_zh": HOSTILE, "name_en": HOSTILE, "elements": (element,)})
    key = first.keys[0].model_copy(update={"name": HOSTILE})
    directory = first.model_copy(
        update={
            "name": HOSTILE,
            "label_zh": HOSTILE,
            "label_en": HOSTILE,
            "keys": (key, *first.keys[1:]),
            "files": (named,),
        }
    )
    setting = gen3.settings["initial_pin"].model_copy(update={"value": HOSTILE, "note": HOSTILE})
    hostile = gen3.model_copy(
        update={
            "name": HOSTILE,
            "title_zh": HOSTILE,
            "title_en": HOSTILE,
            "settings": {**gen3.settings, "initial_pin": setting},
            "directories": (gen3.directories[0], directory),
        }
    )
    for name, text in manual(hostile, profile_layers("gen3")).items():
        assert "<script" not in text
        assert "/" not in name.removeprefix(f"{DIAGRAMS}/")
        if name.endswith(".svg"):
            ElementTree.fromstring(text)
        else:
            page = Page(text)
            assert page.tags["script"] == 0
            assert page.told("overview").count("<script>alert('1')</script>") >= 3


def test_diagrams_stand_on_the_page_and_alone(
    manuals: Mapping[str, Mapping[str, str]], pages: Mapping[tuple[str, str], Page], spec: str
) -> None:
    for language in LANGUAGES:
        alone = [name for name in manuals[spec] if name.endswith(f".{language}.svg")]
        assert len(alone) == pages[spec, language].tags["svg"] > 30
        for directory in load_profile(spec).directories:
            anchors = {file_anchor(directory, file) for file in directory.files if file.elements}
            assert {f"{DIAGRAMS}/{each}.{language}.svg" for each in anchors} <= set(alone)


def test_a_matrix_of_rights_fits_the_page_and_cuts_no_title(
    manuals: Mapping[str, Mapping[str, str]], spec: str
) -> None:
    """A window of 1280 pixels has room for 890 beside the contents."""
    found = [name for name in manuals[spec] if name.startswith(f"{DIAGRAMS}/access-")]
    assert len(found) == 2 * sum(bool(each.files) for each in load_profile(spec).directories)
    for name in found:
        root = ElementTree.fromstring(manuals[spec][name])
        assert float(root.attrib["width"]) <= 890, name
        assert not root.findall(f".//{{{NAMESPACE}}}title"), name


def test_on_paper_no_heading_stands_alone_at_the_foot(
    manuals: Mapping[str, Mapping[str, str]], spec: str
) -> None:
    """Headings, the line of facts and the sentence behind them go with what follows."""
    style = manuals[spec][page_name("en")].partition("@media print")[2]
    rule = re.search(r"([^{};]*) \{ break-after: avoid; \}", style)
    assert rule
    assert {each.strip() for each in rule[1].split(",")} >= {"h2", "h3", ".line", "h3 + p"}


def test_texts_stay_in_their_boxes_and_pictures(
    manuals: Mapping[str, Mapping[str, str]], spec: str
) -> None:
    boxes = 0
    for name, text in manuals[spec].items():
        if not name.endswith(".svg"):
            continue
        root = ElementTree.fromstring(text)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for found in root.iter(f"{{{NAMESPACE}}}text"):
            left, right = _span(found)
            assert -1 <= left <= right <= width + 1, (name, found.text)
            assert 0 < float(found.attrib["y"]) <= height, (name, found.text)
        for box in root.iter(f"{{{NAMESPACE}}}g"):
            boxes += 1
            rect = box.find(f"{{{NAMESPACE}}}rect")
            assert rect is not None
            x, y, w, h = (float(rect.attrib[each]) for each in ("x", "y", "width", "height"))
            assert (x + w <= width + 1, y + h <= height + 1) == (True, True), name
            for found in box.iter(f"{{{NAMESPACE}}}text"):
                left, right = _span(found)
                assert x - 0.5 <= left <= right <= x + w + 0.5, (name, found.text)
                assert y < float(found.attrib["y"]) < y + h, (name, found.text)
    assert boxes > 500


def _span(found: ElementTree.Element) -> tuple[float, float]:
    """Where a text begins and ends, by widths of its own."""
    kind = found.attrib.get("class", "").split()
    narrow = 0.61 if "mono" in kind else 0.58
    wide = [unicodedata.east_asian_width(char) in "WF" for char in found.text or ""]
    size = float(found.attrib["font-size"])
    width = size * sum(1 if each else narrow for each in wide)
    x = float(found.attrib["x"])
    start = x - width / 2 if "mid" in kind else x - width if "end" in kind else x
    return start, start + width


def test_a_text_is_cut_to_its_room_however_long_it_is() -> None:
    """A name of 20,000 characters once took a minute: each cut measured the whole again."""
    for size, kind in ((11, ""), (12.5, "mono"), (12, "strong")):
        cut = fitted("性x" * 500_000, 100, size, kind)
        assert cut.endswith("…")
        assert 100 - size * 2 < text_width(cut, size, kind) <= 100
    assert fitted("abc", 0, 12) == "…"
    assert fitted("abc", 100, 12) == "abc"


def test_every_word_is_there_in_both_languages() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    for section, words in table.items():
        for key, pair in words.items():
            assert [bool(text.strip()) for text in pair] == [True, True], (section, key)
            holes = [sorted(re.findall(r"\{\w+\}", text)) for text in pair]
            assert holes[0] == holes[1], (section, key)
    same = {key for key, (zh, en) in table["ui"].items() if zh == en}
    assert same == {"cid_nad", "matrix_PIN"}


def test_every_literal_of_the_model_has_a_word() -> None:
    words = texts("zh")
    for section, literal in (
        ("marks", Mark),
        ("structures", Structure),
        ("set_by", SetBy),
        ("over", Over),
        ("rights", Right),
        ("layer_kinds", LayerKind),
        ("algorithms", Grouping.model_fields["algorithms"].annotation),
        ("holds", CertificateFile.model_fields["holds"].annotation),
        ("pairs", CertificateFile.model_fields["pair"].annotation),
    ):
        assert set(words[section]) == set(get_args(literal)), section


def test_every_setting_has_a_name_in_both_languages() -> None:
    for spec in SPECS:
        profile = load_profile(spec)
        assert sorted(set(profile.settings) - set(texts("zh")["setting_names"])) == [], spec
        assert sorted(set(profile.bank) - set(texts("zh")["bank_names"])) == [], spec


def test_no_word_is_left_over() -> None:
    folder = TABLE.parent
    sources = [*folder.glob("*.py"), *folder.glob("templates/*.j2")]
    text = "".join(source.read_text(encoding="utf-8") for source in sources)
    unused = [
        key
        for key in texts("en")["ui"]
        if not re.search(rf"t\.{key}\b|\"{key}\"|'{key}'", text)
        and not key.startswith(("matrix_", "memory_", "count_", "pin_"))
    ]
    assert unused == []


def test_records_add_up() -> None:
    for spec in SPECS:
        for directory in load_profile(spec).directories:
            for file in directory.files:
                total = 0
                for row in rows(file):
                    ends = [cell.at + cell.size for cell in row.cells]
                    assert [cell.at for cell in row.cells] == [0, *ends[:-1]][: len(ends)]
                    total += row.size * (row.last - row.first + 1)
                assert total == file.length, (spec, directory.name, file.fid)
                sizes = [template.size for template in file.record_templates()]
                numbered = [row.size for row in rows(file) for _ in range(row.first, row.last + 1)]
                assert file.structure in ("transparent", "internal") or numbered == sizes


def test_bytes_of_one_file_by_hand() -> None:
    """SSSE/EF05 has 64 bytes in 7 records (ssc 2.1 [S]); tag 01 is 16 bytes behind two."""
    file = load_profile("gen2").directory("SSSE").file(0xEF05)
    assert [(row.first, row.at, row.size) for row in rows(file)] == [
        (1, 0, 18),
        (2, 18, 3),
        (3, 21, 6),
        (4, 27, 14),
        (5, 41, 6),
        (6, 47, 6),
        (7, 53, 11),
    ]
    degree = load_profile("gen2").directory("DF01").file(0xEF15)
    assert [(line.first, line.last, line.at, line.depth) for line in lines(degree)] == [
        (1, 1, 2, 0),
        (2, 4, 2, 0),
        (2, 4, 4, 1),
        (2, 4, 9, 1),
        (2, 4, 14, 1),
    ]


def test_elements_of_a_transparent_file_lie_one_behind_the_other() -> None:
    photo = load_profile("gen2").directory("SSSE").file(0xEF08)
    parts = tuple(
        photo.elements[0].model_copy(update={"name": name, "size": size, "examples": ()})
        for name, size in (("head", 3), ("body", 5))
    )
    file = photo.model_copy(update={"size": 10, "elements": parts})
    assert [(line.element.name, line.at) for line in lines(file)] == [("head", 0), ("body", 3)]
    (row,) = rows(file)
    cells = [(cell.role, cell.at, cell.size) for cell in row.cells]
    assert cells == [("value", 0, 3), ("value", 3, 5), ("unused", 8, 2)]


def test_fci_is_that_of_real_cards() -> None:
    """As read from a card of the third generation (ssc 1.2 [T])."""
    real = "6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860103"
    found = fci(load_profile("gen3").directory("SSSE"))
    assert found.hex().upper() == real
    told = [(c.role, c.at, c.size, c.meaning) for c in tlv_cells(found) if c.meaning]
    assert told == [
        ("value", 4, 15, "sx1.sh.社会保障"),
        ("value", 23, 1, "SFI 30"),
        ("value", 29, 1, "SM4"),
    ]


@given(st.binary(max_size=80))
def test_any_bytes_are_cells_side_by_side(raw: bytes) -> None:
    cells = [cell for cell in tlv_cells(raw) if cell.size]
    assert b"".join(cell.raw for cell in cells) == raw
    ends = [cell.at + cell.size for cell in cells]
    assert [cell.at for cell in cells] == [0, *ends[:-1]][: len(cells)]


@given(st.text(max_size=12), st.text(max_size=12))
def test_slugs_are_safe_and_differ(one: str, other: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]*", slug(one))
    assert (slug(one) == slug(other)) == (one == other)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"\x01\x02", "01 02"),
        (bytes(9), "00 × 9"),
        (b"\xab" + bytes(4095), "AB 00 × 4095"),
        (b"\xab" + bytes(8), "AB 00 00 00 00 00 00 00 00"),
        (bytes(range(60)), bytes(range(48)).hex(" ").upper() + " … (60)"),
    ],
)
def test_bytes_in_short(raw: bytes, text: str) -> None:
    assert spaced(raw) == text


def test_rights_by_hand() -> None:
    """DF04/EF06 asks for PIN and key together; SSSE/EF06 for a key only on a card of 3.00."""
    gen3 = load_profile("gen3")
    medical, root = gen3.directory("DF04"), gen3.directory("SSSE")
    words = texts("en")["conditions"]
    rule = medical.file(0xEF06).read
    assert in_words(rule, key_names(gen3, medical), words) == "PIN and RK1DF04"
    both = matrix(gen3, medical).cells
    assert [both[0xEF06, name][0].both for name in ("PIN", "RK1DF04")] == [True, True]
    cells = matrix(gen3, root).cells
    assert (0xEF06, "free") not in cells
    assert [right.update for right in cells[0xEF06, "RKSSSE"]] == [False]
    assert [right.update for right in cells[0xEF06, "UKSSSE"]] == [True]
    assert [right.update for right in cells[0xEF05, "free"]] == [False]


def test_every_right_is_in_the_matrix() -> None:
    for spec in SPECS:
        profile = load_profile(spec)
        for directory in profile.directories:
            found = matrix(profile, directory)
            for file in directory.files:
                rights = {
                    r.update
                    for key, cell in found.cells.items()
                    for r in cell
                    if key[0] == file.fid
                }
                assert rights == {False, True}, (spec, directory.name, file.fid)
            assert {name for _, name in found.cells} == {column.name for column in found.columns}


def test_every_object_that_a_card_asks_for_has_a_name(
    pages: Mapping[tuple[str, str], Page],
) -> None:
    for spec in SPECS:
        told = pages[spec, "en"].told("bank")
        assert "9F02 amount (6)" in told
        assert re.findall(r"[0-9A-F]{2,4} +\(\d+\)", told) == []


def test_the_region_chooses_the_usage_in_psams() -> None:
    """Usages 28 and 48 of one key are of a city's and of a province's root (ssc 3.4)."""
    gen2 = load_profile("gen2")
    for root, bold, other in (("city", "28,42", "48,42"), ("province", "48,42", "28,42")):
        setting = gen2.settings["psam_root"].model_copy(update={"value": root})
        profile = gen2.model_copy(update={"settings": {**gen2.settings, "psam_root": setting}})
        text = manual(profile, profile_layers("gen2"))[page_name("en")]
        assert f"<b><code>{bold}</code></b>" in text
        assert f"<b><code>{other}</code></b>" not in text
        assert f"<code>{other}</code>" in text


def confirmed(profile: Profile) -> Profile:
    settings = {n: s.model_copy(update={"mark": "confirmed"}) for n, s in profile.settings.items()}
    return profile.model_copy(update={"settings": settings})


def test_confirmed_facts_do_not_stand_out() -> None:
    found = manual(confirmed(load_profile("gen2")), profile_layers("gen2"))
    page = Page(found[page_name("en")])
    assert "confirmed" not in UNCONFIRMED
    assert "unconfirmed" not in page.told("settings")
    assert "settings.pin_tries" not in page.told("assumptions")
