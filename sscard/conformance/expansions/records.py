"""Rows of ``records``: each record of each file, as it lies on the card (ssc 1.3 [S])."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sscard.conformance.expansions.file_rows import Row, file_row, reading, writing
from sscard.conformance.expansions.security_states import Step
from sscard.profiles import File, Profile, RecordTemplate


def records(profile: Profile) -> Iterator[Row]:
    """One row for each record of the profile; transparent and internal files have none.

    ``occurrence`` counts the records with the same tag from 1.
    """
    for directory in profile.directories:
        for file in directory.files:
            about = file_row(directory, file) | reading(profile, directory, file)
            about |= writing(profile, directory, file)
            yield from (about | row for row in _records(file))


def _records(file: File) -> Iterator[Row]:
    templates = file.record_templates()
    for template in templates:
        before = [e for e in templates[: template.number - 1] if e.tag == template.tag]
        yield _row(template, before, final=template is templates[-1])


def _row(template: RecordTemplate, before: Sequence[RecordTemplate], *, final: bool) -> Row:
    element, occurrence = template.element, len(before) + 1
    return {
        "record": template.number,
        "tag": template.tag or 0,
        "size": template.size,
        "value_size": element.size,
        "element": element.name,
        "element_zh": element.zh,
        "element_en": element.en,
        "type": element.type or "constructed",
        "occurrence": occurrence,
        "by_identifier": template.tag is not None and occurrence == 1,
        "again": occurrence > 1,
        "final": final,
        "skipped": [_read(each, first=each is before[0]) for each in before],
    }


def _read(template: RecordTemplate, *, first: bool) -> Step:
    """Read the first record with a tag, or the next one with the same."""
    return {"send": f"00B2{template.tag or 0:02X}{0 if first else 2:02X}", "ne": template.size}
