"""The social-security side: files as they are read, keys as they are proven; nothing is changed.

First everything that needs nothing is read, and what needs something is asked for in vain.  Then
the PIN is shown, and each version of each key once.  If the card's own proof is not of these keys,
they are another card's, and none of them is shown: a wrong one would be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sscard.apdu import iso7816
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusWord
from sscard.conformance.report.page import Words
from sscard.conformance.validation import contents, names, reasons
from sscard.conformance.validation.expected import Expected
from sscard.conformance.validation.judged import Judged, Verdict, verdict_of
from sscard.perso import key_proofs
from sscard.perso.audit_directory import Visit, rights_of
from sscard.perso.data import sealed, show_key
from sscard.perso.findings import Finding, Proof, merged
from sscard.perso.key_proofs import HARMFUL, IN_THE_LOG, Random
from sscard.perso.order import MF, SHOWN, key_at
from sscard.perso.plan import Plan, tried
from sscard.perso.rights import Access, Right, read
from sscard.profiles import Directory, Key

_FEWEST_TRIES = 2


@dataclass(slots=True)
class Stay:
    """What has been found out so far, and what may still be tried."""

    expected: Expected
    random: Random
    rights: dict[str, tuple[Right, ...]]
    found: dict[str, list[Finding]]
    open: dict[str, list[tuple[str, Words]]] = field(default_factory=dict)
    #: Why keys are not shown any more; None while they are.
    without_keys: Words | None = None
    pin: bool = False
    #: A version of each key that the card has taken.
    proven: dict[str, int] = field(default_factory=dict)

    def visit(self, directory: Directory, *, reads: Iterable[Right] = ()) -> Visit:
        """A stay in one directory; its findings are kept here."""
        made = Visit(self.expected.card, directory, tuple(reads), pin=self.pin)
        made.found = self.found[directory.name]
        return made

    def leave(self, directory: str, subject: str, why: Words) -> None:
        """Say that something is not proven."""
        self.open.setdefault(directory, []).append((subject, why))


def directories(expected: Expected, random: Random) -> Plan[list[Judged]]:
    """SSSE and what is below it."""
    card = expected.card
    known = {each.name: rights_of(card, each) for each in card.profile.directories}
    stay = Stay(expected, random, known, {name: [] for name in known})
    if not expected.keys:
        stay.without_keys = reasons.NO_KEYS
    for directory in card.profile.directories:
        yield from _with_nothing(stay, directory)
    pin = yield from _pin(stay)
    for directory in card.profile.directories:
        yield from _with_everything(stay, directory)
    told = [each for each in _told(stay) if each.subject != "PIN"]
    return [pin, *told]


def _reads(stay: Stay, directory: Directory) -> tuple[Right, ...]:
    return tuple(each for each in stay.rights[directory.name] if each.access is Access.READ)


def _with_nothing(stay: Stay, directory: Directory) -> Plan[None]:
    visit = stay.visit(directory)
    if not (yield from visit.begin()):
        return
    yield from visit.attempt(_reads(stay, directory))
    if stay.without_keys is not None:
        return
    own = [key for key in directory.keys if key.type == "internal"]
    for key in own:
        for version in _versions(stay, key):
            proven = yield from tried(
                key_proofs.internal(stay.expected.card, key, version, stay.random)
            )
            visit.found.append(_authenticated(key, version, proven is True))
    if own and not any(each.agrees for each in visit.found if _is_of(each, own)):
        stay.without_keys = reasons.OTHER_KEYS


def _with_everything(stay: Stay, directory: Directory) -> Plan[None]:
    reads = _reads(stay, directory)
    visit = stay.visit(directory, reads=reads)
    if not (yield from visit.begin()):
        _leave_all(stay, directory)
        return
    yield from _read_new(visit, reads)
    for key in _keys(visit):
        if key.name.startswith(HARMFUL):
            stay.leave(directory.name, key.name, reasons.HARMFUL)
        elif stay.without_keys is not None:
            _leave_key(stay, directory, key, stay.without_keys)
        elif (yield from _show(stay, visit, key)):
            yield from _read_new(visit, reads)
    yield from _other_keys(stay, visit)
    _leave_rest(stay, visit)


def _show(stay: Stay, visit: Visit, key: Key) -> Plan[bool]:
    """Show a key, every version; one of the parent's again, in a version that was right there."""
    if key in visit.directory.keys:
        begun = len(visit.found)
        shown = yield from visit.show(key)
        right = [each.agrees for each in visit.found[begun:]]
        if shown:
            stay.proven[key.name] = right.index(True) + 1
        return shown
    version = stay.proven.get(key.name)
    if version is None:
        return False
    card = stay.expected.card
    own = card.key(key, version)
    again = show_key(card.suite, own, key.kid, key.name, version=version)
    if (yield from tried(again)) is not None:
        return False
    visit.keys.add(key.kid)
    return True


def _read_new(visit: Visit, reads: Iterable[Right]) -> Plan[None]:
    """Read in full what is open now and was not read before."""
    for right in reads:
        before = any(each.subject == right.place for each in visit.found)
        if not before and right.opens(pin=visit.pin, keys=visit.keys):
            visit.found += yield from read(right)


def _keys(visit: Visit) -> list[Key]:
    """Keys to show here, those that let read first; a parent's where a file here names it."""
    profile, own = visit.order.profile, visit.directory.keys
    needed = {right.rule.kid for right in visit.rights if right.rule.kid is not None}
    others = needed - {key.kid for key in own if key.type in SHOWN}
    keys = [*own, *(key_at(profile, visit.directory, kid) for kid in sorted(others))]
    return sorted((key for key in keys if key.type in SHOWN), key=lambda key: key.kid not in needed)


def _other_keys(stay: Stay, visit: Visit) -> Plan[None]:
    for key in visit.directory.keys:
        if key.type in IN_THE_LOG:
            stay.leave(visit.directory.name, key.name, reasons.IN_THE_LOG)
        elif key.type == "load":
            yield from _load_keys(stay, visit, key)
        elif key.type == "maintenance":
            yield from _maintenance(stay, visit, key)
        elif key.type == "internal" and stay.without_keys is reasons.NO_KEYS:
            _leave_key(stay, visit.directory, key, reasons.NO_KEYS)


def _load_keys(stay: Stay, visit: Visit, key: Key) -> Plan[None]:
    why = stay.without_keys or (None if stay.pin else reasons.NO_PIN)
    if why is not None:
        _leave_key(stay, visit.directory, key, why)
        return
    for version in _versions(stay, key):
        proven = yield from tried(key_proofs.load(stay.expected.card, key, version))
        visit.found.append(_authenticated(key, version, proven is True))


def _maintenance(stay: Stay, visit: Visit, key: Key) -> Plan[None]:
    """Write what was read, as it was read, under a MAC, where a key that was shown lets it."""
    contents_read = {each.subject: each.read for each in visit.found if each.read}
    for right in stay.rights[visit.directory.name]:
        content = contents_read.get(right.place)
        if content and _may_write(right, visit):
            command = iso7816.update_record(1, content[0], sfi=right.file.fid & 0x1F)
            taken = yield from tried(_sealed(stay, visit, command))
            visit.found.append(Finding(key.name, Proof.MACED_COMMAND, taken is True))
            return
    why = stay.without_keys or reasons.NO_RECORD
    stay.leave(visit.directory.name, key.name, why)


def _sealed(stay: Stay, visit: Visit, command: CommandAPDU) -> Plan[bool]:
    """Whether the card takes a command under the directory's STK."""
    command = yield from sealed(command, stay.expected.card, visit.directory)
    return (yield command).sw == StatusWord.OK


def _may_write(right: Right, visit: Visit) -> bool:
    """Records of a kind that can be written as they are, opened by a key that was shown."""
    written = right.access is Access.UPDATE and right.file.structure in ("variable", "fixed")
    return written and right.opens(pin=visit.pin, keys=visit.keys)


def _pin(stay: Stay) -> Plan[Judged]:
    """Look at the tries first; show it once, and only if one more would be left."""
    words = names.fixed("PIN")
    root = stay.expected.card.profile.directories[0]
    yield iso7816.select(root.df_name)
    state = (yield iso7816.verify(b"")).sw
    why = _why_no_pin(stay.expected, state)
    if why is not None:
        open_, proof = Verdict.NOT_PROVEN, Proof.NOT_PROVEN
        return Judged(root.name, "PIN", words, open_, proof, why=why)
    if state.tries_left is not None:
        shown = (yield iso7816.verify(stay.expected.card.pin.encoded())).sw
        stay.pin = shown == StatusWord.OK
    verdict = verdict_of(Proof.AUTHENTICATION, stay.pin)
    return Judged(root.name, "PIN", words, verdict, Proof.AUTHENTICATION)


def _why_no_pin(expected: Expected, state: StatusWord) -> Words | None:
    if not expected.pin:
        return reasons.NO_PIN
    few = state.tries_left is not None and 0 < state.tries_left < _FEWEST_TRIES
    return reasons.FEW_TRIES if few else None


def _versions(stay: Stay, key: Key) -> range:
    return range(1, stay.expected.card.profile.versions(key) + 1)


def _leave_key(stay: Stay, directory: Directory, key: Key, why: Words) -> None:
    if key not in directory.keys:
        return
    for version in _versions(stay, key):
        stay.leave(directory.name, f"{key.name} v{version}", why)


def _leave_rest(stay: Stay, visit: Visit) -> None:
    """Files that nothing opened, and what is not tried on any card."""
    name = visit.directory.name
    for right in visit.rights:
        tried = any(each.subject == right.place for each in visit.found)
        if not tried and right.found(False) not in visit.found:
            stay.leave(name, right.place, reasons.NO_RIGHT)
    if stay.rights[name]:
        stay.leave(name, f"{name}: rights to update", reasons.NOT_WRITTEN)
    stay.leave(name, f"MK{name}", reasons.REPLACED)


def _leave_all(stay: Stay, directory: Directory) -> None:
    """The directory is not there: so are neither its files nor its keys."""
    for key in directory.keys:
        stay.leave(directory.name, key.name, reasons.NOT_THERE)


def _is_of(found: Finding, keys: Iterable[Key]) -> bool:
    return found.subject.startswith(tuple(f"{key.name} v" for key in keys))


def _authenticated(key: Key, version: int, agrees: bool) -> Finding:
    return Finding(f"{key.name} v{version}", Proof.AUTHENTICATION, agrees)


def _told(stay: Stay) -> Iterator[Judged]:
    for directory in stay.expected.card.profile.directories:
        files = {f"{directory.name}/{file.fid:04X}": file for file in directory.files}
        for found in merged(stay.found[directory.name]):
            file = files.get(found.subject)
            if file is not None and found.read is not None:
                yield from contents.of_file(stay.expected, directory, file, found)
            else:
                yield from _named(directory, found)
        for subject, why in stay.open.get(directory.name, ()):
            words = names.of_left(subject)
            yield Judged(
                directory.name, subject, words, Verdict.NOT_PROVEN, Proof.NOT_PROVEN, why=why
            )
    master = names.of_key(f"MK{MF}")
    why = reasons.REPLACED
    yield Judged(MF, f"MK{MF}", master, Verdict.NOT_PROVEN, Proof.NOT_PROVEN, why=why)


def _named(directory: Directory, found: Finding) -> Iterator[Judged]:
    place, colon, what = found.subject.partition(": ")
    if found.subject.startswith("FCI of "):
        yield from contents.of_answer(directory.name, found, names.fixed("FCI"))
        return
    words = names.of_file(what, place) if colon else names.of_key(found.subject)
    verdict = verdict_of(found.proof, found.agrees)
    yield Judged(directory.name, found.subject, words, verdict, found.proof)
