"""Lists written: in one step, or not at all; what is refused is named, not shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from sscard.errors import ProfileError
from sscard.issuance.exchange import (
    ListError,
    ListLayout,
    Source,
    check_list,
    encode,
    load_list_layout,
    write_list,
)

PERSON = load_list_layout("unit-application").example.records[0]
NAME, NUMBER = PERSON["name"], PERSON["id_number"]


def written(layout: ListLayout, *records: Mapping[str, str]) -> bytes:
    return b"".join(encode(layout, records))


def test_a_file_appears_whole(tmp_path: Path) -> None:
    layout, path = load_list_layout("unit-application"), tmp_path / "list.txt"
    done = write_list(path, layout, [PERSON])
    checked = check_list(path, layout)
    assert (done.records, done.size, done.sha256) == (1, checked.size, checked.sha256)
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("unit-application", {"name": ""}, "field name: is empty and required"),
        ("unit-application", {"name": "a|b"}, "field name: holds the delimiter"),
        ("unit-application", {"name": "a\nb"}, "field name: has a control character"),
        ("unit-application", {"name": " a"}, "field name: would be read back as something else"),
        ("unit-application", {"name": "㐀\U00020000"}, "field name: is no text in the encoding"),
        ("unit-application", {"sex": "1"}, "field sex: is no code"),
        ("unit-application", {"id_number": "110101199003070039"}, "field id_number: is no ID"),
        ("unit-application", {"id_number": "11010119920101002x"}, "id_number: is no ID number"),
        ("unit-application", {"nmae": "x"}, "field record: has a field that the layout has not"),
        ("return-success", {"release_date": "20260105"}, "would be read back"),
        ("return-success", {"release_date": "2026-02-30"}, "release_date: is no date"),
        ("return-success", {"atr": "3b"}, "field atr: would be read back"),
        ("return-success", {"atr": "3G"}, "field atr: is not hexadecimal"),
        ("city-bank-answer-fixed", {"name": "诸" * 16}, "name: is too long (32 > 30)"),
        ("city-bank-request-fixed", {"reserve": "x"}, "reserve: is not what always stands"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, change: dict[str, str], said: str) -> None:
    layout = load_list_layout(name)
    record = {**layout.example.records[0], **change}
    with pytest.raises(ListError) as caught:
        written(layout, layout.example.records[0], record)
    assert said in str(caught.value)
    assert "line 2, " in str(caught.value)
    assert not [value for value in change.values() if len(value) > 3 and value in str(caught.value)]


def test_nobody_is_written_twice() -> None:
    layout = load_list_layout("unit-application")
    other = {**PERSON, "id_number": "110101199201010028"}
    with pytest.raises(ListError) as caught:
        written(layout, PERSON, other, {**PERSON, "phone": "139"})
    assert "line 3, field id_number: has the key of an earlier line (record 1)" in str(caught.value)
    assert NUMBER not in str(caught.value)


def test_the_old_file_is_left_when_the_new_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"old")
    with pytest.raises(ListError):
        write_list(path, load_list_layout("unit-application"), [PERSON, {**PERSON, "sex": "x"}])
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


class Fewer(Collection[Mapping[str, str]]):
    """Says two and gives one, as a query whose rows went away between."""

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        yield PERSON

    def __contains__(self, each: object) -> bool:
        return False


def test_the_number_is_the_one_announced() -> None:
    with pytest.raises(ListError, match=r"came than were announced \(1, not 2\)"):
        list(encode(load_list_layout("unit-application"), Fewer()))


def test_a_list_that_changes_after_its_check_is_noticed(tmp_path: Path) -> None:
    layout, path = load_list_layout("unit-application"), tmp_path / "list.txt"
    write_list(path, layout, [PERSON])
    checked = check_list(path, layout)
    write_list(path, layout, [{**PERSON, "phone": "13900000000"}])
    with pytest.raises(ListError, match="changed since it was checked"):
        list(checked.records())


def test_what_is_in_a_record_is_not_in_its_repr() -> None:
    layout = load_list_layout("unit-application")
    checked = check_list(Source.within("list", written(layout, PERSON)), layout)
    (record,) = checked.records()
    assert NAME not in f"{checked!r}{record!r}"
    assert NUMBER not in f"{checked!r}{record!r}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ListError, match=r"away\.txt: cannot be read \(No such file"):
        check_list(tmp_path / "away.txt", load_list_layout("unit-application"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('name = "phone"', 'name = "name"'), "record: a name is there twice"),
        (('form = "pipe"', 'form = "fixed"'), "shape.fixed.delimiter"),
        (('key = ["id_number"]', 'key = ["x"]'), "key: record has no field x"),
        (('form = "code"', 'form = "digits"'), "and no other, has codes"),
        (('newline = "crlf"', 'headings = [""]'), "headings.0"),
        (('newline = "crlf"', 'separator = "--"'), "a group has a separator"),
        (('mark = "S"', 'mark = "S"\nmore = 1'), "more: Extra inputs"),
        (('encoding = "gbk"', 'encoding = "big5"'), "encoding"),
        (("longest = 40", "longest = 0"), "record.0.longest"),
        (('name = "unit-application"', 'name = "a b"'), "name: String should match"),
    ],
)
def test_a_mistake_in_a_layout_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    from sscard.issuance.exchange import layouts

    text = (Path(layouts.__path__[0]) / "unit-application.toml").read_text("utf-8")
    assert change[0] in text
    path = tmp_path / "own.toml"
    path.write_text(text.replace(*change, 1), "utf-8")
    with pytest.raises(ProfileError) as caught:
        load_list_layout(path)
    assert said in str(caught.value)
    assert "own.toml" in str(caught.value)


def test_a_layout_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"no list layout \.\./x"):
        load_list_layout("../x")
    with pytest.raises(ProfileError, match="No such file"):
        load_list_layout(tmp_path / "x.toml")
