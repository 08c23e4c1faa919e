"""Rows of ``records``: each record of each file, as it lies on the card (ssc 1.3 [S])."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sscard.conformance.expansions.file_rows import Row, file_row, reading
from sscard.conformance.expansions.security_states import Step, needs, way_in
from sscard.profiles import Directory, File, Profile, RecordTemplate


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
    seen: Counter[int | None] = Counter()
    for template in templates:
        seen[template.tag] += 1
        yield _row(template, seen[template.tag], final=template is templates[-1])


def _row(template: RecordTemplate, occurrence: int, *, final: bool) -> Row:
    element = template.element
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
        "skipped": [_next(template)] * (occurrence - 2),
    }


def _next(template: RecordTemplate) -> Step:
    """Read the next record with the same tag."""
    return {"send": f"00B2{template.tag or 0:02X}02", "ne": template.size}


def writing(profile: Profile, directory: Directory, file: File) -> Row:
    """How a file comes to be updated: the steps, and what the bench must have for them."""
    steps = way_in(profile, directory, file.update)
    return {
        "writable": bool(steps),
        "way_to_update": list(steps),
        **needs("updating", *steps),
        "secured": file.update.secured,
    }
