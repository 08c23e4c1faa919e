"""Whether a ceremony's key has a name that its store's users will ask for."""

from __future__ import annotations

from pathlib import Path

from sscard.cli.ceremony_talk import ask, say
from sscard.keys.ceremony.errors import CeremonyError
from sscard.keys.names import KEY_NAMES

#: A profile gives the exchange key its name.
_ANY_NAME = "exchange"


def require_listed(name: str, *, unlisted: bool) -> None:
    """Ask whether a name is meant that no kind of store has.  Raises CeremonyError where not."""
    _require(name, frozenset().union(*KEY_NAMES.values()), unlisted=unlisted)


def require_listed_in(name: str, store: Path | None, kind: str, *, unlisted: bool) -> None:
    """The same for the store that the key goes into; without one, for all."""
    if store is None:
        require_listed(name, unlisted=unlisted)
    elif kind != _ANY_NAME and kind in KEY_NAMES:
        _require(name, KEY_NAMES[kind], unlisted=unlisted)


def _require(name: str, known: frozenset[str], *, unlisted: bool) -> None:
    if unlisted or name in known:
        return
    say(f"密钥表中没有此名 no key of the key table is called {name}", color="yellow")
    if ask("仍用此名 use this name all the same? (y/N)").strip().lower() != "y":
        raise CeremonyError(f"{name} is in no key table; --unlisted takes it all the same")
