"""``sscard trace replay``: a trace, another card, and a key store joined."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from sscard.apdu.card_identity import historical_bytes
from sscard.channel.ssc import authenticate
from sscard.cli.console import stdout
from sscard.cli.passphrase import ask
from sscard.cli.readers import reader as card_reader
from sscard.cli.summary import announce_test_keys
from sscard.driver.reader_kinds import OpenCard, SimulatedInReader
from sscard.errors import KeyStoreError, MalformedData
from sscard.keys import SUITES, Factors, SocialSecurityStore
from sscard.keys.stores import load_social_security
from sscard.profiles import Profile, load_profile
from sscard.trace.entries import Entry, Exchange, PowerUp
from sscard.trace.explainer import Explainer
from sscard.trace.replay import Compared, Outcome, replay
from sscard.trace.row import Row

_STATUS = 4  # digits
_HIDDEN = "不同之处已遮盖 what differs is hidden"
_STYLES = {Outcome.SAME: "green", Outcome.ALIKE: "green", Outcome.DIFFERENT: "bold red"}


def replayed(
    entries: Sequence[Entry], reader: str, profile: str, keystore: Path | None, *, as_json: bool
) -> bool:
    """Whether no answer was different.  Raises KeyStoreError, ProfileError, TransportError.

    TEST keys are shown to simulated cards only: on others a key that is not theirs costs a try.
    """
    declared = load_profile(profile)
    card = card_reader(reader).connect()
    try:
        known = isinstance(card, SimulatedInReader) or keystore is not None
        store = load_social_security(keystore, SUITES[declared.suite], ask) if known else None
        announce_test_keys(("social security",) if store and store.test else ())
        found = _run(entries, declared, card, _Prover(declared, store))
    finally:
        card.close()
    counts = Counter(each.outcome for each in found)
    if as_json:
        typer.echo(json.dumps(_document(found, counts), ensure_ascii=False, indent=2))
    else:
        _print(stdout(), found, counts, declared)
    return not counts[Outcome.DIFFERENT]


def _run(
    entries: Sequence[Entry], profile: Profile, card: OpenCard, prover: _Prover
) -> tuple[Compared, ...]:
    prover.answer = card.reset()
    plan = replay(entries, profile, prover.prove)
    try:
        said = next(plan)
        while True:
            said = plan.send(card.reset() if said is None else card.transmit(said))
    except StopIteration as finished:
        result: tuple[Compared, ...] = finished.value
        return result


class _Prover:
    """Proves the keys of the card that answers now."""

    def __init__(self, profile: Profile, store: SocialSecurityStore | None) -> None:
        self._profile, self._store = profile, store
        self.answer = b""

    def prove(self, name: str, version: int, challenge: bytes) -> bytes | None:
        """The proof; None for a key that the store does not have."""
        if self._store is None:
            return None
        city = self._profile.setting("issuing_division").text
        try:
            factors = Factors.of(city, historical_bytes(self.answer))
            key = self._store.card_key(name, version, factors)
        except (KeyStoreError, MalformedData):
            return None
        return authenticate(SUITES[self._profile.suite], key, challenge, challenge)


def _print(
    console: Console, found: Sequence[Compared], counts: Counter[Outcome], profile: Profile
) -> None:
    then, now = Explainer(profile), Explainer(profile)
    for each in found:
        (before,) = then.explain([each.entry])
        (again,) = now.explain([_answered(each)])
        console.print(_line(each, before.rows[0]))
        if each.outcome is Outcome.DIFFERENT:
            console.print(*_both(_heard(before.rows[-1]), _heard(again.rows[-1])), sep="\n")
    said = ", ".join(f"{counts[each]} {' '.join(each.value)}" for each in Outcome if counts[each])
    console.print(said)


def _both(then: str, now: str) -> tuple[Text, ...]:
    """What the one card said and the other."""
    if then == now:
        return (Text(f"    {then}"), Text(f"    {_HIDDEN}", "red"))
    return (Text(f"    {then}"), Text(f"    {now}", "red"))


def _heard(row: Row) -> str:
    return f"{row.shown}  {row.meaning}" if len(row.shown) > _STATUS else row.meaning


def _answered(each: Compared) -> Entry:
    if isinstance(each.entry, PowerUp):
        return PowerUp(each.answer)
    return Exchange(each.entry.command, each.answer or each.entry.response)


def _line(each: Compared, row: Row) -> Text:
    outcome = " ".join(each.outcome.value)
    style = _STYLES.get(each.outcome, "bright_black")
    return Text.assemble((outcome, style), f"  {row.meaning}")


def _document(found: Sequence[Compared], counts: Counter[Outcome]) -> dict[str, Any]:
    return {
        "counts": {each.name.lower(): counts[each] for each in Outcome},
        "exchanges": [
            {"line": each.entry.line, "outcome": each.outcome.name.lower()} for each in found
        ],
    }
