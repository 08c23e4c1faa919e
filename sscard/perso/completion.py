"""Instant completion (即时制卡): a pre-made blank becomes a person's card (issuance 3, flow E [S]).

Only keys of the social-security side are needed.  The blank is surveyed before anything is written
to it, and every key that writing will need is shown first: one that is not complete is refused as
it came.  What a tear leaves, ``standing`` says; the same plan goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from sscard.apdu import iso7816
from sscard.apdu.card_identity import belongs
from sscard.apdu.status import StatusError
from sscard.dialects.rights import Condition
from sscard.errors import NotVerified, ProfileError
from sscard.perso import audit, bank_shown, data, handover, premade
from sscard.perso.completion_files import FileGoal, IncompleteBlank, goals, holder_goal
from sscard.perso.data import DirectoryWrites, FileWrites, show_key
from sscard.perso.order import WantedCard, key_at
from sscard.perso.plan import POWER_UP, Plan, attempt
from sscard.perso.read_files import read_file
from sscard.perso.standing import Standing
from sscard.profiles import Directory

_PIN = (Condition.PIN, Condition.PIN_AND_KEY)


class AnotherCard(NotVerified):
    """The card in the reader is not the one that was bound; nothing was written to it."""


@dataclass(frozen=True, slots=True)
class Completion:
    """All that one blank will be told, encoded, and the account by which it is known."""

    card: WantedCard
    bank_number: str = field(repr=False)
    goals: tuple[FileGoal, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Completed:
    """How the card stood before, and files that were written now or by an earlier run."""

    before: Standing
    written: tuple[str, ...]
    earlier: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Survey:
    standing: Standing
    left: tuple[tuple[FileGoal, data.Contents], ...] = field(repr=False)
    there: tuple[str, ...]


def prepare(card: WantedCard, bank_number: str) -> Completion:
    """Encode everything: a bad applicant costs no blank.  Raises FieldError, ProfileError."""
    if not card.values.get("id_number"):
        raise ProfileError("a card without an ID number would be nobody's")
    data.encode(card)
    return Completion(card, bank_number, goals(card))


def probe(completion: Completion) -> Plan[Standing]:
    """Where the card stands.  Raises as ``complete`` does for one that it would not go on with."""
    yield from _recognize(completion)
    return (yield from _survey(completion)).standing


def complete(completion: Completion) -> Plan[Completed]:
    """Write what is missing and read it back; done twice, the second time writes nothing.

    Before the first write: AnotherCard, OtherHolder for a card that is somebody's already,
    IncompleteBlank naming what is missing.  Then StatusError, and NotVerified for data that the
    card does not hold.
    """
    yield from _recognize(completion)
    before = yield from _survey(completion)
    writes = tuple(_writes(before.left))
    yield from _show_update_keys(completion.card, writes)
    yield from data.write(completion.card, writes)
    after = yield from _survey(completion)
    if after.standing is not Standing.COMPLETE:
        places = ", ".join(goal.place for goal, _ in after.left)
        raise NotVerified(f"the card does not hold what was written: {places}")
    written = tuple(dict.fromkeys(goal.place for goal, _ in before.left))
    return Completed(before.standing, written, before.there)


def _recognize(completion: Completion) -> Plan[None]:
    """The card that was bound, by ATR and account, with everything that is not in a directory."""
    card = completion.card
    if not belongs((yield POWER_UP).require("power up"), card.historical):
        raise AnotherCard("the card in the reader is not the one that was bound: another ATR")
    closed = premade.closes(card.profile)
    findings = yield from audit.outside(card, handed_over=closed)
    missing = [each.subject for each in findings if not each.agrees]
    if not closed and (yield from attempt(handover.never_used(card.profile))) is not True:
        missing.append("hand-over area never used")
    if missing:
        raise IncompleteBlank(missing)
    shown = yield from bank_shown.read(card.profile)
    if shown.number != completion.bank_number:
        raise AnotherCard("the card in the reader is not the one that was bound: another account")


def _survey(completion: Completion) -> Plan[_Survey]:
    """Read all that will be written, and all that says whose the card is."""
    ours = False
    left: list[tuple[FileGoal, data.Contents]] = []
    there: list[str] = []
    for directory, each in groupby(completion.goals, key=lambda goal: goal.directory):
        yield from _select(directory)
        shown: set[int] = set()
        for goal in each:
            found = yield from _found(completion.card, goal, shown)
            if goal is holder_goal(completion.goals):
                ours = goal.names_holder(found)
            missing = goal.left(found, ours=ours)
            if missing:
                left.append((goal, missing))
            elif goal.changes:
                there.append(goal.place)
    standing = (Standing.BEGUN if left else Standing.COMPLETE) if ours else Standing.BLANK
    return _Survey(standing, tuple(left), tuple(there))


def _select(directory: Directory) -> Plan[None]:
    answer = yield from attempt(_selected(directory))
    if isinstance(answer, StatusError):
        raise IncompleteBlank([directory.name])


def _selected(directory: Directory) -> Plan[bytes]:
    return (yield iso7816.select(directory.df_name)).require(f"select {directory.name}")


def _found(card: WantedCard, goal: FileGoal, shown: set[int]) -> Plan[tuple[bytes, ...]]:
    """The file's records, with the right that reading it asks for; a key rather than the PIN."""
    rule = goal.file.read
    if rule.condition in _PIN:
        (yield iso7816.verify(card.pin.encoded())).require("PIN")
    if rule.kid is not None:
        yield from _show(card, goal.directory, rule.kid, shown)
    content = yield from attempt(read_file(goal.file))
    if isinstance(content, StatusError):
        raise IncompleteBlank([goal.place])
    return content


def _show_update_keys(card: WantedCard, writes: Iterable[DirectoryWrites]) -> Plan[None]:
    """A key that is missing must be found out while the card is still nobody's."""
    for each in writes:
        yield from _select(each.directory)
        shown: set[int] = set()
        for file in each.files:
            yield from _show(card, each.directory, file.kid, shown)


def _show(card: WantedCard, directory: Directory, kid: int, shown: set[int]) -> Plan[None]:
    if kid in shown:
        return
    key = key_at(card.profile, directory, kid)
    doing = f"{directory.name}/{key.name}"
    if (yield from attempt(show_key(card.suite, card.key(key), kid, doing))) is not None:
        raise IncompleteBlank([doing])
    shown.add(kid)


def _writes(left: Iterable[tuple[FileGoal, data.Contents]]) -> Iterator[DirectoryWrites]:
    """In the order of the goals, the ID number first of all."""
    for directory, each in groupby(left, key=lambda pair: pair[0].directory):
        files: tuple[FileWrites, ...] = tuple(
            data.file_writes(directory, goal.file, contents) for goal, contents in each
        )
        yield DirectoryWrites(directory, files)
