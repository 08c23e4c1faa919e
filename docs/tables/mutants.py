"""The negative controls of the conformance suite: their list, and the figures of its last run."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tables.markdown import table

_HERE = Path(__file__).parents[2] / "tests" / "conformance" / "mutants"
_DIRECTORIES = {"SSSE", *(f"DF0{number}" for number in range(1, 8))}
_HEAD = ("card", "what is wrong", "named by", "cases that fail", "of them in groups")


def wrong_os() -> str:
    """Cards whose operating system is wrong."""
    return _table("cos")


def wrong_personalization() -> str:
    """Cards that were personalized wrongly."""
    return _table("order")


def groups_without_mutant() -> str:
    """Groups that catch none, and why."""
    rows = [(f"`{group}`", why) for group, why in _listed()["without_mutant"].items()]
    return table(("group", "why no card is wrong for it"), rows)


def summary() -> str:
    """How many there are, and how many are caught."""
    listed, found = _listed()["mutant"], _found()["wrong"]
    caught = [each for each in found.values() if not each["missing"]]
    neutral = [each for each in listed if each.get("neutral", True)]
    kinds = {made: sum(each["made"] == made for each in listed) for made in ("cos", "order")}
    return (
        f"{len(listed)} wrong cards ({kinds['cos']} by their operating system, {kinds['order']} by "
        f"their personalization), judged {len(found)} times on the generations that they are made "
        f"for: {len(caught)} of {len(found)} caught by the cases named.  {len(neutral)} of "
        f"{len(listed)} are caught as well without the exact values of our own model.\n"
    )


def right_cards() -> str:
    """What the suite says of the right cards."""
    rows = []
    for name, verdicts in _found()["right"].items():
        others = {each: n for each, n in verdicts.items() if each not in ("PASSED", "FAILED")}
        told = ", ".join(f"{n} {each.lower().replace('_', ' ')}" for each, n in others.items())
        failed = str(verdicts.get("FAILED", 0) + verdicts.get("BROKEN", 0))
        rows.append((name, str(sum(verdicts.values())), str(verdicts["PASSED"]), failed, told))
    return table(("card", "cases", "passed", "failed", "others"), rows)


def _table(made: str) -> str:
    rows = (each for each in _listed()["mutant"] if each["made"] == made)
    return table(_HEAD, [tuple(_row(each)) for each in rows])


def _row(listed: Mapping[str, Any]) -> Iterable[str]:
    generations = listed.get("generations", ["gen2"])
    found = [_found()["wrong"].get(f"{listed['id']} {each}", {}) for each in generations]
    exact = "" if listed.get("neutral", True) else " (by our model's exact values only)"
    yield f"`{listed['id']}` {', '.join(generations)}"
    yield listed["what"]
    yield ", ".join(f"`{each}`" for each in listed.get("caught", ())) + exact
    yield ", ".join(str(each.get("failing", "–")) for each in found)
    yield ", ".join(_short({group for each in found for group in each.get("groups", {})}))


def _short(groups: Iterable[str]) -> Iterator[str]:
    """Groups that there are for every directory, said at once."""
    kinds: dict[str, list[str]] = {}
    for group in sorted(groups):
        directory, _, kind = group.rpartition("_")
        kinds.setdefault(kind if directory in _DIRECTORIES else group, []).append(directory)
    for kind, directories in kinds.items():
        several = "SSSE, DF01–DF07" if set(directories) == _DIRECTORIES else ", ".join(directories)
        yield f"{kind} of {several}" if kind in ("RECORD", "SAFETY") else kind


@cache
def _listed() -> Mapping[str, Any]:
    return tomllib.loads((_HERE / "mutants.toml").read_text(encoding="utf-8"))


@cache
def _found() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((_HERE / "found.json").read_text(encoding="utf-8"))
    return found
