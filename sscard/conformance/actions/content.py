"""What a file holds now: read once in a run, by whatever opens it, before a case begins."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.conformance.actions.keys import shown as key_shown
from sscard.conformance.actions.pins import shown as pin_shown
from sscard.conformance.actions.selecting import selected
from sscard.conformance.case import Step
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, not_applicable, not_run
from sscard.conformance.trust import PIN, key_name
from sscard.dialects.rights import Condition
from sscard.errors import ProfileError
from sscard.perso.order import key_at
from sscard.profiles import Directory, File, Key

#: How much of a transparent file is enough to try an update with.
_PART = 16


def content(play: Play, step: Step) -> Script[Reply | None]:
    """Keep what record ``record`` of file ``of`` holds; of a transparent file its beginning."""
    place, number = step.text("of"), step.number("record", 1)
    known = play.session.contents.get((place, number))
    if known is None:
        known = yield from read(play, place, number)
        play.session.contents[place, number] = known
    play.variables[step.text("keep", "content")] = known
    return None


def read(play: Play, place: str, number: int) -> Script[bytes]:
    """Read, from power-up on; the card is powered afresh behind it.  Stops."""
    directory, file = file_at(play, place)
    yield from play.power_up()
    chosen = yield from selected(play, directory.name)
    if not chosen.ok:
        raise play.refusal(f"select {directory.name}", f"answered {chosen.said}")
    yield from _open(play, directory, file)
    reply = yield from play.ask(command(file, number))
    if not reply.ok:
        raise play.refusal(f"read {place} with what opens it", f"answered {reply.said}")
    yield from play.power_up()
    return reply.data


def command(file: File, number: int) -> CommandAPDU:
    """What reads the record, or the beginning of a transparent file."""
    sfi = file.fid & 0x1F
    if file.structure == "transparent":
        return iso7816.read_binary(min(_PART, file.length), sfi=sfi)
    sizes = {each.number: each.size for each in file.record_templates()}
    if number not in sizes:
        raise not_applicable(f"file {file.fid:04X} has no record {number}")
    return iso7816.read_record(number, sfi=sfi, ne=sizes[number])


def file_at(play: Play, place: str) -> tuple[Directory, File]:
    """The file that a place such as ``DF01/EF05`` names.  Stops where the profile has none."""
    name, _, fid = place.partition("/")
    try:
        directory = play.bench.profile.directory(name)
        return directory, directory.file(int(fid, 16))
    except (ProfileError, ValueError) as error:
        raise not_applicable(f"{place}: {error}") from None


def _open(play: Play, directory: Directory, file: File) -> Script[None]:
    """Show what reading asks for."""
    rule = file.read
    if rule.condition is Condition.NEVER:
        raise not_applicable(f"{directory.name}/{file.fid:04X} is never read")
    own = key_at(play.bench.profile, directory, rule.kid) if rule.kid is not None else None
    pins = rule.condition in (Condition.PIN, Condition.PIN_AND_KEY, Condition.PIN_OR_KEY)
    if rule.condition is Condition.PIN_OR_KEY and not _has_pin(play):
        pins = False
    if own is not None and not (pins and rule.condition is Condition.PIN_OR_KEY):
        yield from _show_key(play, own)
    if pins:
        reply = yield from pin_shown(play)
        if not reply.ok:
            raise play.refusal("show the PIN", f"answered {reply.said}")


def _has_pin(play: Play) -> bool:
    return play.session.pin is not None and not play.session.trust.why_not(PIN)


def _show_key(play: Play, own: Key) -> Script[None]:
    reply = None
    for version in _versions(play, own):
        reply = yield from key_shown(play, own.name, version)
        if reply.ok:
            return
    if reply is None:
        raise not_run(f"no version of {own.name} can be shown")
    raise play.refusal(f"show {own.name}", f"answered {reply.said}")


def _versions(play: Play, own: Key) -> Iterator[int]:
    """The versions that may still be tried."""
    for version in range(1, play.bench.profile.versions(own) + 1):
        held = play.keys.holds(own.name, version)
        if held and not play.session.trust.why_not(key_name(own.name, version)):
            yield version
