"""The manual as files: one page for each language, and every diagram on its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

from sscard.apdu import atr
from sscard.apdu.emv_tags import DATA_OBJECTS
from sscard.profiles import facts
from sscard.profiles.element import UNCONFIRMED
from sscard.profiles.manual import access, details, layout, places
from sscard.profiles.manual.drawn import drawn
from sscard.profiles.manual.texts import LANGUAGES, Language, Section, Words, other
from sscard.profiles.model import Profile

if TYPE_CHECKING:
    from jinja2 import Environment


class Source(Protocol):
    """A file that the profile was made from: its kind (profile, region …), name and hash."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> bytes: ...


#: Stands in every file, so that a later run knows which files are its own.
GENERATOR = "sscard profile docs"
DIAGRAMS = "diagrams"


def page_name(language: Language) -> str:
    """The file of the page in this language."""
    return f"index.{language}.html"


def manual(profile: Profile, layers: Sequence[Source]) -> Mapping[str, str]:
    """The files of the manual: path below its folder, and content.

    A pure function of ``profile`` and ``layers``, which say what the profile was made from.
    """
    found: dict[str, str] = {}
    for language in LANGUAGES:
        words = Words.of(language)
        pictures = dict(drawn(profile, words))
        found[page_name(language)] = _page(profile, layers, words, pictures)
        for name, svg in pictures.items():
            found[f"{DIAGRAMS}/{name}.{language}.svg"] = _alone(svg)
    return found


def _page(
    profile: Profile, layers: Sequence[Source], words: Words, pictures: Mapping[str, str]
) -> str:
    from markupsafe import Markup

    inline = {name: Markup(svg) for name, svg in pictures.items()}  # noqa: S704 - our own, escaped
    return (
        _environment()
        .get_template("manual.html.j2")
        .render(
            _about(profile, layers, words)
            | _functions(profile, words)
            | {"diagrams": inline, "generator": GENERATOR}
        )
    )


def _about(profile: Profile, layers: Sequence[Source], words: Words) -> dict[str, Any]:
    parts = facts.stated(profile)
    zh, second = words.language == "zh", other(words.language)
    titles = (profile.title_zh, profile.title_en)
    return {
        "profile": profile,
        "title": titles[not zh],
        "other_title": titles[zh],
        "layers": layers,
        "supplements": [layer for layer in layers if layer.kind == "supplement"],
        "language": words.language,
        "zh": zh,
        "other": second,
        "other_page": page_name(second),
        "t": words.ui,
        "words": words.texts,
        "counts": list(_counts(parts, words.ui)),
        "mark_counts": details.mark_counts(parts),
        "unconfirmed": facts.resting_on_assumption(parts),
        "unconfirmed_marks": UNCONFIRMED,
        "anchors": details.anchors(parts),
        "rest": details.without_chapter(parts),
        "memory": details.memory(profile),
        "file_memory": details.file_memory(profile),
        "code_tables": details.code_tables(profile),
        "psam_root": profile.settings["psam_root"].value if "psam_root" in profile.settings else "",
        "pin_settings": details.pin_settings(profile),
        "pin_files": details.pin_files(profile),
    }


def _functions(profile: Profile, words: Words) -> dict[str, Any]:
    """What the templates ask for part by part."""
    return {
        "file_anchor": places.file_anchor,
        "file_lines": layout.lines,
        "fci": layout.fci,
        "tlv_items": layout.tlv_items,
        "ats_of": lambda contactless: contactless.ats(bytes(atr.HISTORICAL_SIZE)),
        "certificate_facts": lambda found: details.certificate_facts(
            found, words.texts["certificate"]
        ),
        "key_names": partial(access.key_names, profile),
        "in_words": lambda rule, names: access.in_words(rule, names, words.texts["conditions"]),
        "key_rows": partial(details.key_rows, profile),
        "key_size": partial(details.key_size, profile),
        "objects_asked": details.objects_asked,
        "object_name": lambda tag: _object_name(tag, words),
        "hexadecimal": facts.hexadecimal,
    }


def _object_name(tag: str, words: Words) -> str:
    """What a tag of a data object list stands for; empty when nobody has named it."""
    own = DATA_OBJECTS.get(int(tag, 16))
    if own is not None:
        return own.zh if words.language == "zh" else own.en
    return words.texts["terminal_objects"].get(tag, "")


def _counts(parts: Iterable[facts.Stated], ui: Section) -> Iterator[tuple[str, int]]:
    counts = facts.counted(tuple(parts))
    for kind in ("directories", "files", "elements", "keys"):
        yield ui[f"count_{kind}"], counts.get(kind, 0)
    yield ui["count_settings"], counts.get("settings", 0) + counts.get("bank", 0)


def _alone(svg: str) -> str:
    """A diagram as a file: with its style, and known as ours."""
    style = _template("diagram.css")
    head, inside = svg.split(">", 1)
    return f"<!-- {GENERATOR} -->\n{head}><style>{style}</style>{inside}\n"


def _template(name: str) -> str:
    folder = files("sscard.profiles.manual") / "templates"
    return (folder / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_template),
    )
    environment.filters |= {
        "slug": places.slug,
        "spaced": places.spaced,
        "shown": places.shown,
    }
    return environment
