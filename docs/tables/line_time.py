"""What goes over the wire in a personalization, as ``benchmarks/wire_bytes.py`` counts it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from runpy import run_path

from tables.markdown import table

_BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "wire_bytes.py"
#: How far above the bound a personalization should be at most.
_AIM = 1.03
_GROUPINGS = "data groupings"
#: Header, MAC of the channel and status word of a STORE DATA.
_AROUND = 5 + 8 + 2


@cache
def wire_bytes() -> str:
    """A card of each generation: its bytes, the bound, and how many would have to go."""
    measured = run_path(str(_BENCHMARK))["measured"]
    rows = []
    for name in ("gen2", "gen3"):
        _, wire, bound, stores = measured(name)
        least = bound.total
        packed = sum(each.times for each in bound.parts if each.name == _GROUPINGS)
        above, saved = wire - int(_AIM * least), (stores - packed) * _AROUND
        ratio = f"{wire / least:.3f}"
        rows.append((name, f"{wire:,}", f"{least:,}", ratio, f"{above:,}", f"{saved:,}"))
    head = (
        "profile",
        "wire",
        "bound",
        "ratio",
        f"above {_AIM} × bound",
        "groupings packed would save",
    )
    return table(head, rows)
