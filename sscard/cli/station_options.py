"""Options that several commands of ``sscard station`` have."""

from __future__ import annotations

from typing import Annotated

import typer

Batch = Annotated[str, typer.Option("--batch", help="The batch that is worked on (批次号).")]
Readers = Annotated[
    list[str],
    typer.Option(
        "--readers",
        metavar="READER[,READER…]",
        help="Readers of this station (读卡器): tray:DIR for a tray of simulated cards, 4xtray:DIR "
        "for four readers at one tray; else as --reader of other commands.",
    ),
]
Name = Annotated[
    str | None,
    typer.Option("--name", help="Name of this station (工位名).  Without it kind and host name."),
]
Body = Annotated[
    list[str] | None,
    typer.Option(
        "--body",
        metavar="KIND[,length=A-B][,check=luhn|mod43]",
        help="What identifies a card body (卡体识别): stripe, barcode, typed, camera or tray; two "
        "of them must name the same body.",
    ),
]
Lease = Annotated[
    float,
    typer.Option(min=20, help="Seconds after which a station that says nothing loses its jobs."),
]
InARow = Annotated[
    int, typer.Option("--failures-in-a-row", min=1, help="So many take a reader out.")
]
Window = Annotated[
    int, typer.Option("--failures-window", min=1, help="Of so many cards made last at a reader …")
]
Tolerated = Annotated[
    int, typer.Option("--failures-tolerated", min=0, help="… so many may fail before it is out.")
]
FirstArticle = Annotated[
    bool,
    typer.Option(
        "--first-article/--no-first-article",
        help="The first card of a batch is checked and signed before the second (首件).",
    ),
]
PatrolCards = Annotated[
    int, typer.Option("--patrol-cards", min=0, help="A check after so many cards (巡检); 0: none.")
]
PatrolMinutes = Annotated[
    float, typer.Option("--patrol-minutes", min=0, help="A check after so many minutes; 0: none.")
]
By = Annotated[str, typer.Option("--by", help="Who signs (经办人).")]
Witness = Annotated[str, typer.Option("--witness", help="Who saw it and signs, too (见证人).")]
Reason = Annotated[str, typer.Option("--reason", help="Why (原因): kept with the event.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs, a line for each event.")]
Production = Annotated[
    bool, typer.Option("--production", help="Refuse TEST keys and unconfirmed facts.")
]
