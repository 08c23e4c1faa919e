"""Access rules as profiles write them: ``free``, ``never``, ``PIN``, ``RK1DF04``, ``PIN or …``.

Behind the rule for updates `` with MAC`` asks for secure messaging under the STK as well.
A rule names a key; the card knows its id.  So rules are read with the keys of the directory,
and of its parent where the id is global (bit 8 clear, ssc 3.4 [S]), at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sscard.dialects.rights import AccessRule, Condition
from sscard.errors import ProfileError
from sscard.profiles.words import in_words

_PLAIN = {"free": Condition.FREE, "never": Condition.NEVER, "PIN": Condition.PIN}
_SECURED = " with MAC"
_WITH_KEY = {"PIN or ": Condition.PIN_OR_KEY, "PIN and ": Condition.PIN_AND_KEY}

Document = Mapping[str, Any]


def parse_rule(text: str, kids: Mapping[str, int]) -> AccessRule:
    """The rule in ``text``, its key found in ``kids`` (name to id).  Raises ProfileError."""
    if text.endswith(_SECURED):
        return _secured(parse_rule(text.removesuffix(_SECURED), kids))
    if text in _PLAIN:
        return AccessRule(_PLAIN[text])
    condition, name = Condition.KEY, text
    for words, with_key in _WITH_KEY.items():
        if text.startswith(words):
            condition, name = with_key, text.removeprefix(words)
    if name not in kids:
        raise ProfileError(
            f"no external authentication key {name!r} in reach; there are: {', '.join(kids)}"
        )
    if not 0 <= kids[name] <= 0xFF:
        raise ProfileError(f"the id of key {name!r} is not a single byte")
    return AccessRule(condition, kids[name])


def _secured(rule: AccessRule) -> AccessRule:
    if rule.condition is Condition.NEVER or rule.secured:
        raise ProfileError("a MAC is asked for once, and of what may happen")
    return replace(rule, secured=True)


def with_rules(document: Document) -> dict[str, Any]:
    """The document of a profile with its rules read; anything malformed is left as it is.

    Raises ProfileError with the place of the first rule that does not hold.
    """
    directories = _tables(document.get("directories"))
    if not directories:
        return dict(document)
    by_name = {directory.get("name"): directory for directory in directories}
    read = [
        {**directory, **_files(directory, by_name, in_words(f"directories[{i}]", document))}
        for i, directory in enumerate(directories)
    ]
    return {**document, "directories": read}


def _files(
    directory: Document, by_name: Mapping[Any, Document], place: str
) -> dict[str, list[Document]]:
    files = _tables(directory.get("files"))
    if not files:
        return {}
    parent = by_name.get(directory.get("parent"), {})
    kids = {n: kid for n, kid in _kids(parent).items() if kid < 0x80} | _kids(directory)
    return {
        "files": [
            {**file, **_rules(file, kids, f"{place}, {in_words(f'files[{i}]', directory)}")}
            for i, file in enumerate(files)
        ]
    }


def _rules(file: Document, kids: Mapping[str, int], place: str) -> dict[str, AccessRule]:
    rules = {}
    for right in ("read", "update"):
        text = file.get(right)
        if not isinstance(text, str):
            continue
        try:
            rules[right] = parse_rule(text, kids)
        except ProfileError as error:
            raise ProfileError(f"{place}: {right}: {error}") from None
    return rules


def _kids(directory: Document) -> dict[str, int]:
    return {
        key["name"]: key["kid"]
        for key in _tables(directory.get("keys"))
        if key.get("type") == "external"
        and isinstance(key.get("name"), str)
        and isinstance(key.get("kid"), int)
    }


def _tables(value: object) -> list[Document]:
    """``value`` when it is a list of tables; else nothing, and the model names the mistake."""
    tables = value if isinstance(value, list) else []
    return tables if all(isinstance(item, Mapping) for item in tables) else []
