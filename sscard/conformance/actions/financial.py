"""Steps of a terminal in front of the bank's applications (pboc 5, 6 [H])."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sscard.apdu import afl, dol, iso7816, pboc, tlv
from sscard.apdu.cryptogram import Cryptogram
from sscard.apdu.status import StatusWord
from sscard.conformance.actions.action import Action
from sscard.conformance.case import Step, Text
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, not_applicable, not_run
from sscard.errors import MalformedData

#: What the bank's PIN is called among what has been shown.
BANK_PIN = "PIN of the bank"
_OK = int(StatusWord.OK)
_TEMPLATE, _AID, _AFL, _PDOL, _CDOL, _TRIES = 0x70, 0x4F, 0x94, 0x9F38, 0x8C, 0x9F17
_FORMAT_1, _FORMAT_2 = 0x80, 0x77
_DIRECTORY = (0x6F, 0xA5, 0x88)
#: A terminal on line and off line, on the contacts and qPBOC; 1 fen in yuan, in China (pboc 2.4).
_TERMINAL = {
    0x9F66: bytes.fromhex("36000080"),
    0x9F02: bytes.fromhex("000000000001"),
    0x9F1A: bytes.fromhex("0156"),
    0x5F2A: bytes.fromhex("0156"),
    0x9A: bytes.fromhex("260101"),
    0x9F21: bytes.fromhex("120000"),
}
_LAST_SFI, _MOST_RECORDS = 30, 32


def directory_records(play: Play, step: Step) -> Script[Reply | None]:
    """All records of the directory whose SFI the FCI ``of`` tells, kept one behind the other.

    The answer is that to the record behind the last one.
    """
    place = tlv_find(_kept(play, step), *_DIRECTORY)
    sfi = int.from_bytes(place or b"")
    if not 1 <= sfi <= _LAST_SFI:
        raise not_run("the FCI names no directory (tag 88)")
    found, reply = yield from _file(play, sfi)
    play.variables[step.text("keep", "records")] = found
    return reply


def select_entries(play: Play, step: Step) -> Script[Reply | None]:
    """SELECT of every application (tag 4F) that the entries ``of`` name; the first refusal."""
    names = list(_below(_kept(play, step), _AID))
    if not names:
        raise not_run("no application is named")
    reply = Reply()
    for name in names:
        reply = yield from play.ask(iso7816.select(name))
        if not reply.ok:
            return reply
    return reply


def options(play: Play, step: Step) -> Script[Reply | None]:
    """GET PROCESSING OPTIONS with what the PDOL in the FCI ``of`` asks for."""
    asked = tlv_find(_kept(play, step), 0x6F, 0xA5, _PDOL) or b""
    number = {0x9F37: play.bench.random(4)}
    try:
        return (
            yield from play.ask(pboc.get_processing_options(dol.fill(asked, _TERMINAL | number)))
        )
    except (MalformedData, ValueError) as error:
        raise not_run(f"the PDOL cannot be answered: {error}") from None


def records(play: Play, step: Step) -> Script[Reply | None]:
    """READ RECORD of all that the AFL in ``of`` names; together, or the first refusal."""
    try:
        places = list(afl.records(locator(_kept(play, step))))
    except MalformedData as error:
        raise not_run(f"the AFL cannot be read: {error}") from None
    found = b""
    for sfi, number in places:
        reply = yield from play.ask(iso7816.read_record(number, sfi=sfi))
        if not reply.ok:
            return reply
        found += reply.data
    return Reply(None, found, _OK)


def every_record(play: Play, step: Step) -> Script[Reply | None]:
    """READ RECORD of every file from SFI 1 on, named by an AFL or not; all that could be read."""
    del step
    found = b""
    for sfi in range(1, _LAST_SFI + 1):
        more, _ = yield from _file(play, sfi)
        found += more
    return Reply(None, found, _OK)


def look_at(play: Play, step: Step) -> Script[Reply | None]:
    """Nothing is sent: what was kept as ``of`` is the answer, for a check to look at."""
    return Reply(None, _kept(play, step), _OK)
    yield b""


def decline(play: Play, step: Step) -> Script[Reply | None]:
    """GENERATE AC that asks for an AAC, with what CDOL1 in the records ``of`` asks for."""
    lists = list(_below(_kept(play, step), _CDOL))
    if not lists:
        raise not_run("the records have no CDOL1 (tag 8C)")
    values = _TERMINAL | {0x9F37: play.bench.random(4)}
    try:
        command = pboc.generate_ac(Cryptogram.AAC, dol.fill(lists[0], values))
    except (MalformedData, ValueError) as error:
        raise not_run(f"CDOL1 cannot be answered: {error}") from None
    return (yield from play.ask(command))


def bank_pin(play: Play, step: Step) -> Script[Reply | None]:
    """VERIFY with the bank's off-line PIN, unless it was refused before."""
    del step
    if reason := play.session.trust.why_not(BANK_PIN):
        raise not_run(reason)
    reply = yield from play.ask(pboc.verify(_block(play, 0)))
    play.session.trust.shown(BANK_PIN, reply.sw, play.case.id)
    return reply


def wrong_bank_pin(play: Play, step: Step) -> Script[Reply | None]:
    """VERIFY with another PIN, where the right one is known to be right and has tries to spare."""
    del step
    counter = yield from play.ask(pboc.get_data(_TRIES))
    left = tlv_find(counter.data, _TRIES)
    if not counter.ok or not left:
        raise not_run("the tries of the bank's PIN are not told")
    play.session.trust.tries[BANK_PIN] = left[0]
    if reason := play.session.trust.why_not_wrong(BANK_PIN):
        raise not_run(reason)
    reply = yield from play.ask(pboc.verify(_block(play, 2)))
    play.session.trust.failed(BANK_PIN, reply.sw)
    return reply


def locator(options: bytes) -> bytes:
    """The AFL in an answer to GET PROCESSING OPTIONS of either format; empty where none is."""
    said = tlv_find(options, _FORMAT_1)
    return said[2:] if said is not None else tlv_find(options, _FORMAT_2, _AFL) or b""


def tlv_find(raw: bytes, *path: int) -> bytes | None:
    """The value at ``path``; None where it is not, or where ``raw`` does not parse."""
    try:
        return tlv.find(raw, *path)
    except MalformedData:
        return None


def _below(raw: bytes, tag: int) -> Iterator[bytes]:
    """Every value of a tag at any depth, in order."""
    try:
        objects = list(tlv.parse(raw))
    except MalformedData:
        return
    for each, value in objects:
        if each == tag:
            yield value
        elif (each >> 8 * (each > 0xFF)) & 0x20:
            yield from _below(value, tag)


def _file(play: Play, sfi: int) -> Script[tuple[bytes, Reply]]:
    found, reply = b"", Reply()
    for number in range(1, _MOST_RECORDS + 1):
        reply = yield from play.ask(iso7816.read_record(number, sfi=sfi))
        if not reply.ok:
            break
        found += reply.data
    return found, Reply(reply.raw, b"", reply.sw, reply.error)


def _kept(play: Play, step: Step) -> bytes:
    value = play.variables.get(step.text("of"))
    if not isinstance(value, bytes):
        raise not_run(f"nothing was kept as {step.text('of')}")
    return value


def _block(play: Play, by: int) -> bytes:
    """The PIN block: control 2, length, digits, F (pboc 1.8); each digit moved by ``by``."""
    if play.bench.bank_pin is None:
        raise not_applicable("the bench has no PIN of the bank")
    digits = play.bench.bank_pin.hex().removesuffix("f")
    moved = "".join(str((int(digit) + by) % 10) for digit in digits)
    return bytes.fromhex(f"2{len(moved):X}{moved}".ljust(16, "F"))


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "directory records": Action(
            directory_records,
            Text("读目录的全部记录", "read all records of the directory"),
            required=("of",),
        ),
        "select entries": Action(
            select_entries,
            Text("选择目录中的各应用", "select each application named"),
            required=("of",),
        ),
        "options": Action(options, Text("取处理选项", "get processing options"), required=("of",)),
        "records": Action(
            records, Text("读 AFL 中的全部记录", "read all records of the AFL"), required=("of",)
        ),
        "every record": Action(
            every_record, Text("读所有可读记录", "read every record of every file")
        ),
        "look at": Action(
            look_at, Text("检查 {of}", "look at {of}"), required=("of",), preparation=False
        ),
        "decline": Action(decline, Text("请求 AAC", "ask for an AAC"), required=("of",)),
        "bank pin": Action(bank_pin, Text("校验脱机 PIN", "show the bank's PIN")),
        "wrong bank pin": Action(
            wrong_bank_pin, Text("校验错误的脱机 PIN", "show a wrong PIN of the bank")
        ),
    }
)
