"""Runs the whole conformance suite over every wrong card, and over the right ones.

    python tests/conformance/mutants/run.py [--only GLOB] [--jobs 2] [--write]

Prints which cases fail on which card; ``--write`` keeps the figures in ``found.json``, from which
the documentation is made.  Exit code 0, or 1 when a mutant is not caught by the cases named for it,
or a right card has a failure.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[2])]

from wrong_cards.judging import NEUTRAL, OWN, cases_of, failing, judge, like, ways_to  # noqa: E402
from wrong_cards.right_cards import right_card  # noqa: E402
from wrong_cards.table import Mutant, mutants  # noqa: E402

FOUND = HERE / "found.json"
GENERATIONS = ("gen1", "gen2", "gen3")
Row = dict[str, Any]


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="*", help="pattern of mutants' ids")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--write", action="store_true", help="keep the figures")
    arguments = parser.parse_args()
    cards = [(way, each) for each in GENERATIONS for way in ways_to(each)]
    wanted = [(m, g) for m in mutants() if fnmatchcase(m.id, arguments.only) for g in m.generations]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        right = dict(pool.map(of_right_card, *zip(*cards, strict=True)))
        wrong = {}
        for name, row in pool.map(of_wrong_card, *zip(*wanted, strict=True)):
            wrong[name] = row
            print(name, row["failing"], row["groups"], *row["missing"], flush=True)
    if arguments.write:
        keep(right, wrong)
    return told(right, wrong)


def keep(right: Row, wrong: Row) -> None:
    """Write the figures; of cards that were not judged this time those from before stay."""
    before = json.loads(FOUND.read_text(encoding="utf-8"))["wrong"] if FOUND.exists() else {}
    names = [f"{mutant.id} {each}" for mutant in mutants() for each in mutant.generations]
    rows = {name: (before | wrong)[name] for name in names if name in before | wrong}
    text = json.dumps({"right": right, "wrong": rows}, ensure_ascii=False, indent=1)
    FOUND.write_text(text + "\n", encoding="utf-8")


def told(right: dict[str, Row], wrong: dict[str, Row]) -> int:
    """The end of the report; the exit code."""
    missed = [name for name, row in wrong.items() if row["missing"]]
    sound = not any(verdicts.get("FAILED", 0) for verdicts in right.values())
    for name, verdicts in right.items():
        print("right card:", name, verdicts)
    print(f"{len(wrong) - len(missed)} of {len(wrong)} caught by the cases named", *missed)
    return 0 if sound and not missed else 1


def of_right_card(way: str, generation: str) -> tuple[str, Row]:
    """The verdicts of a right card."""
    card = right_card(generation).copy()
    results = judge(card, generation, way, cases_of(generation, OWN))
    for each in failing(results):
        print("RIGHT CARD", generation, way, each.case.id, each.reason, flush=True)
    return f"{generation}, {way}", dict(Counter(each.verdict.name for each in results))


def of_wrong_card(mutant: Mutant, generation: str) -> tuple[str, Row]:
    """What fails on a wrong card.

    ``neutral`` are the named cases that fail by what every card must answer, too.
    """
    with mutant.card(generation) as card:
        wrong = failing(judge(card, generation, mutant.way, cases_of(generation, OWN)))
    with mutant.card(generation) as card:
        named = like(cases_of(generation, NEUTRAL), mutant.caught)
        neutral = failing(judge(card, generation, mutant.way, named))
    ids = [each.case.id for each in wrong]
    row = {
        "failing": len(ids),
        "groups": dict(Counter(each.case.group for each in wrong)),
        "missing": [each for each in mutant.caught if not any(fnmatchcase(i, each) for i in ids)],
        "first": ids[:5],
        "neutral": [each.case.id for each in neutral][:5],
    }
    return f"{mutant.id} {generation}", row


if __name__ == "__main__":
    sys.exit(main())
