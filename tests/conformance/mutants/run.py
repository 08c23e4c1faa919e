"""Runs the whole conformance suite over every wrong card, and over the right ones.

    python tests/conformance/mutants/run.py [--only GLOB] [--write]

Prints which cases fail on which card; ``--write`` keeps the figures in ``found.json``, from which
the documentation is made.  Exit code 0, or 1 when a mutant is not caught by the cases named for it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[2])]

from wrong_cards.judging import (  # noqa: E402
    NEUTRAL,
    OWN,
    cases_of,
    failing,
    judge,
    ways_to,
)
from wrong_cards.right_cards import right_card  # noqa: E402
from wrong_cards.table import Mutant, mutants  # noqa: E402

FOUND = HERE / "found.json"
GENERATIONS = ("gen1", "gen2", "gen3")


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="*", help="pattern of mutants' ids")
    parser.add_argument("--write", action="store_true", help="keep the figures")
    arguments = parser.parse_args()
    wrong = dict(of_wrong_cards(arguments.only))
    if arguments.write:
        kept = {"right": of_right_cards(), "wrong": wrong}
        FOUND.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    missed = [each for each, row in wrong.items() if row["missing"]]
    print(f"{len(wrong) - len(missed)} of {len(wrong)} caught by the cases named", *missed)
    return 1 if missed else 0


def of_right_cards() -> dict[str, dict[str, int]]:
    """Verdicts of the right cards, by generation and way; whatever fails is printed."""
    found = {}
    for generation in GENERATIONS:
        for way in ways_to(generation):
            results = judge(
                right_card(generation).copy(), generation, way, cases_of(generation, OWN)
            )
            for each in failing(results):
                print("RIGHT CARD", generation, way, each.case.id, each.reason)
            found[f"{generation} {way}"] = dict(Counter(each.verdict.name for each in results))
    return found


def of_wrong_cards(only: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What fails on each wrong card."""
    for mutant in mutants():
        for generation in mutant.generations if fnmatchcase(mutant.id, only) else ():
            row = whole(mutant, generation)
            yield f"{mutant.id} {generation}", row
            print(mutant.id, generation, row["failing"], "neutral", row["neutral"], end=" ")
            print(row["groups"], "MISSING" if row["missing"] else "", *row["missing"], flush=True)


def whole(mutant: Mutant, generation: str) -> dict[str, Any]:
    """The suite over one wrong card: with our model's exact values, and without."""
    counted = {}
    for name, quirks in (("own", OWN), ("neutral", NEUTRAL)):
        with mutant.card(generation) as card:
            results = judge(card, generation, mutant.way, cases_of(generation, quirks))
        counted[name] = failing(results)
    ids = [each.case.id for each in counted["own"]]
    groups = Counter(each.case.group for each in counted["own"])
    missing = [each for each in mutant.caught if not any(fnmatchcase(id_, each) for id_ in ids)]
    return {
        "failing": len(ids),
        "neutral": len(counted["neutral"]),
        "groups": dict(groups),
        "missing": missing or ([] if mutant.caught else ["nothing is named"]),
        "first": ids[:12],
        "first neutral": [each.case.id for each in counted["neutral"]][:3],
    }


if __name__ == "__main__":
    sys.exit(main())
