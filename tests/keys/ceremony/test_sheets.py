"""Custodian sheets: what stands on them, that each stands alone, and how they get to the disk."""

from __future__ import annotations

import os
import re
import stat
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sscard.keys import KeyReference
from sscard.keys.ceremony import (
    KINDS,
    CeremonyError,
    Desk,
    Form,
    Label,
    PersonalPassphrase,
    exporting,
    making,
)
from sscard.keys.ceremony.groups import grouped, read_line
from sscard.keys.ceremony.sheets import Sheet, remove_sheets, render, require_new, write_sheets

KEY = KeyReference("ledger-id-hash", 1)
HOLDERS = ("李四", "王五", "赵六")
LINE = re.compile(r'<td class="no">(\d)</td>(.*?)<td class="digits check">(\w{4})</td>')
GROUP = re.compile(r'<td class="digits">(\w{4})</td>')


@pytest.fixture
def components(desk: Desk) -> tuple[Sheet, ...]:
    return making.generate(desk, KEY, KINDS["hmac256"], HOLDERS)


@pytest.fixture
def shares(desk: Desk, store: Any, passphrases: dict[str, PersonalPassphrase]) -> tuple[Sheet, ...]:
    store.put(*KEY, KINDS["sm4"].key(bytes(range(16))))
    proposal = exporting.propose(desk, store, KEY, Form.SHARE, 2, HOLDERS)
    first = proposal.consent("李四", passphrases["李四"])
    second = proposal.consent("王五", passphrases["王五"], [first])
    return exporting.export(desk, store, proposal.agreed([first, second]))


def test_the_value_can_be_typed_back_from_the_page(
    desk: Desk, components: tuple[Sheet, ...], shares: tuple[Sheet, ...]
) -> None:
    for sheet in (*components, *shares):
        page = render(desk.heading(), [sheet])
        label = re.search('<code class="label">(.*?)</code>', page)
        assert label is not None
        context = Label.parse(label[1]).context
        value = b"".join(
            read_line("".join(GROUP.findall(groups)) + check, int(number), context, "it")
            for number, groups, check in LINE.findall(page)
        )
        assert sheet.value is not None
        assert value == sheet.value.reveal()


def test_what_else_stands_on_it(desk: Desk, components: tuple[Sheet, ...]) -> None:
    page = render(desk.heading(), [components[1]])
    minutes = desk.minutes
    assert components[1].label is not None
    assert components[1].key_kcv is not None
    for text in (
        minutes.ceremony,
        minutes.title,
        "ledger-id-hash",
        "HMAC256",
        "<b>2 / 3</b>",
        "王五",
        "张主任",
        "2026-11-30 10:15",
        components[1].label.kcv.hex().upper(),
        components[1].key_kcv.hex().upper(),
        grouped(minutes.officer.fingerprint),
        desk.record.head.hex().upper(),
        "签名",
        "signature",
        "密钥分量保管单",
        "all 3 are needed",
    ):
        assert text in page, text
    assert not any(name in page for name in ("李四", "赵六")), "nobody sees who has the others"


def test_a_share_says_how_many_recover_the_key_and_with_what(
    desk: Desk, shares: tuple[Sheet, ...]
) -> None:
    page = render(desk.heading(), [shares[2]])
    for text in ("密钥分片保管单", "any 2 recover the key", "ssss-combine -t 2 -x -D", "“3-”"):
        assert text in page, text


def test_one_custodian_reads_nothing_of_another(desk: Desk, components: tuple[Sheet, ...]) -> None:
    values = [sheet.value.reveal().hex().upper() for sheet in components if sheet.value]
    for at, sheet in enumerate(components):
        digits = re.sub("<[^>]*>|\\s", "", render(desk.heading(), [sheet]))
        for other, value in enumerate(values):
            lines = [value[place : place + 16] for place in range(0, len(value), 16)]
            assert all((line in digits) == (other == at) for line in lines)


class Links(HTMLParser):
    """Everything a page could fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag] if tag in {"link", "script", "img", "iframe", "object"} else []
        self.found += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "action"}]


def test_the_page_needs_nothing_else(desk: Desk, components: tuple[Sheet, ...]) -> None:
    page = render(desk.heading(), components)
    links = Links()
    links.feed(page)
    assert links.found == []
    assert "url(" not in page
    assert "default-src 'none'; style-src 'unsafe-inline'" in page


def test_names_cannot_become_markup(desk: Desk) -> None:
    sheet = Sheet(KEY, "sm4", Form.COMPONENT, 1, 2, 2, "<b onload=x>&")
    page = render(desk.heading(), [sheet])
    assert "<b onload" not in page
    assert "&lt;b onload=x&gt;&amp;" in page


@pytest.mark.parametrize(("kind", "lines"), [("3des", 2), ("hmac256", 4)])
def test_an_empty_sheet_has_boxes_and_no_digits(desk: Desk, kind: str, lines: int) -> None:
    sheets = [Sheet(KEY, kind, Form.COMPONENT, at, 2, 2, "李四") for at in (1, 2)]
    page = render(desk.heading(), sheets)
    assert page.count('<section class="sheet">') == 2
    assert page.count("<td></td><td></td><td></td><td></td></tr>") == 2 * lines
    assert 'class="digits check"' not in page


def test_sheets_get_to_the_disk_together(
    desk: Desk, tmp_path: Path, components: tuple[Sheet, ...]
) -> None:
    folder = tmp_path / "sheets"
    files = write_sheets(folder, desk.heading(), components)
    assert [file.name for file in files] == [f"component-{at}.html" for at in (1, 2, 3)]
    assert sorted(files) == sorted(folder.iterdir())
    with pytest.raises(CeremonyError, match="new folder"):
        write_sheets(folder, desk.heading(), components)
    remove_sheets(folder)
    assert not folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_only_the_owner_reads_them(
    desk: Desk, tmp_path: Path, components: tuple[Sheet, ...]
) -> None:
    files = write_sheets(tmp_path / "sheets", desk.heading(), components)
    assert stat.S_IMODE((tmp_path / "sheets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_full_disk_leaves_no_sheet(
    desk: Desk,
    tmp_path: Path,
    components: tuple[Sheet, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    def full(path: Path, _: bytes) -> None:
        if path.name == "component-2.html":
            raise OSError("no space")
        path.write_bytes(b"first")

    monkeypatch.setattr("sscard.keys.ceremony.sheets.replace_file", full)
    with pytest.raises(OSError, match="no space"):
        write_sheets(folder / "sheets", desk.heading(), components)
    assert list(folder.iterdir()) == []


def test_what_a_killed_ceremony_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".sheets.123.new"
    other = tmp_path / ".elsewhere.123.new"
    for folder in (left, other):
        folder.mkdir()
        (folder / "component-1.html").write_text("value")
    require_new(tmp_path / "sheets")
    assert list(tmp_path.iterdir()) == [other]
    with pytest.raises(CeremonyError, match="no such folder"):
        require_new(tmp_path / "nowhere" / "sheets")
