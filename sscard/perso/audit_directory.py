"""One directory of the social-security side, visited once with the PIN and once without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sscard.apdu import iso7816, tlv
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusWord
from sscard.dialects.rights import Condition
from sscard.perso import expected, key_proofs, rights
from sscard.perso.data import sealed, show_key
from sscard.perso.findings import Finding, Proof
from sscard.perso.key_proofs import HARMFUL, IN_THE_LOG, Random
from sscard.perso.order import SHOWN, WantedCard, key_at
from sscard.perso.plan import Plan, tried
from sscard.perso.rights import Access, Right
from sscard.profiles import Directory, Key


@dataclass(slots=True)
class Visit:
    """A stay in a directory: what has been shown there so far, and what was found out."""

    order: WantedCard
    directory: Directory
    rights: tuple[Right, ...]
    pin: bool
    keys: set[int] = field(default_factory=set)
    found: list[Finding] = field(default_factory=list)

    def begin(self) -> Plan[bool]:
        """Select; a directory that is not there is one finding, its keys are not tried elsewhere.

        The FCI must be ``6F { 84 name, A5 … }`` with what the profile says (ssc 1.2 [S]), also when
        it is selected by its FID.
        """
        name, more = self.directory.df_name, self.directory.fci_proprietary
        inside = tlv.encode(0x84, name) + (tlv.encode(0xA5, more) if more else b"")
        expected = tlv.encode(0x6F, inside)
        response = yield iso7816.select(name)
        agrees = response.sw == StatusWord.OK and response.data == expected
        if agrees:
            agrees = (yield iso7816.select_fid(self.directory.fid)) == response
        subject, read = f"FCI of {self.directory.name}", (response.data,)
        self.found.append(Finding(subject, Proof.READING, agrees, (expected,), read))
        return response.sw == StatusWord.OK

    def show(self, key: Key) -> Plan[bool]:
        """Show every version of a key, each once; whether its right is given now."""
        for version in range(1, self.order.profile.versions(key) + 1):
            own, suite = self.order.key(key, version), self.order.suite
            proof = show_key(suite, own, key.kid, key.name, version=version)
            shown = (yield from tried(proof)) is None
            self.found.append(_authenticated(key, version, shown))
            if shown:
                self.keys.add(key.kid)
        return key.kid in self.keys

    def attempt(self, each: Iterable[Right]) -> Plan[None]:
        """Try these rights; with what has been shown, each must be granted or refused."""
        for right in each:
            granted = right.opens(pin=self.pin, keys=self.keys)
            if granted and right.access is Access.READ and self._reads(right):
                self.found += yield from rights.read(right)
            else:
                self.found.append((yield from rights.tried(right, self.seal, granted=granted)))

    def seal(self, command: CommandAPDU) -> Plan[CommandAPDU]:
        """The command with a MAC under the directory's STK."""
        return sealed(command, self.order, self.directory)

    def _reads(self, right: Right) -> bool:
        """What the PIN and a key can read is read in full once, with the PIN."""
        return self.pin or right.rule.condition is not Condition.PIN_OR_KEY


def with_pin(visit: Visit) -> Plan[None]:
    """The PIN has been shown: what does it open alone, and what only together with a key?"""
    if not (yield from visit.begin()):
        return
    closed = [right for right in visit.rights if right.rule.condition is not Condition.FREE]
    yield from visit.attempt(right for right in closed if not _hides(right))
    both = [right for right in closed if right.rule.condition is Condition.PIN_AND_KEY]
    for key in _keys(visit):
        named = [right for right in both if right.rule.kid == key.kid]
        if named and (yield from visit.show(key)):
            yield from visit.attempt(named)
    if visit.keys:
        yield from visit.attempt(r for r in closed if r.rule.condition is Condition.NEVER)
    yield from _transaction_keys(visit)


def _transaction_keys(visit: Visit) -> Plan[None]:
    """Keys of off-line transactions, which begin with the PIN."""
    for key in visit.directory.keys:
        if key.type == "load":
            for version in range(1, visit.order.profile.versions(key) + 1):
                proven = yield from tried(key_proofs.load(visit.order, key, version))
                visit.found.append(_authenticated(key, version, proven is True))
        elif key.type in IN_THE_LOG:
            visit.found.append(Finding(key.name, Proof.NOT_PROVEN))


def _hides(right: Right) -> bool:
    """Whether trying it now would put right what has not been read yet."""
    unread = right.file.read.condition in (Condition.FREE, Condition.KEY)
    return right.access is Access.UPDATE and unread and right.opens(pin=True, keys=set())


def without_pin(visit: Visit, random: Random) -> Plan[None]:
    """Nothing is shown, then one key after the other, those for reading first.

    A right is tried right before its key and right after: no other key opens it, and this one does.
    """
    if not (yield from visit.begin()):
        return
    free = [right for right in visit.rights if right.rule.condition is Condition.FREE]
    yield from visit.attempt(right for right in free if right.access is Access.READ)
    yield from visit.attempt(right for right in visit.rights if right not in free)
    for key in _keys(visit):
        named = [right for right in visit.rights if right.rule.kid == key.kid]
        if visit.keys:
            yield from visit.attempt(named)
        if (yield from visit.show(key)):
            yield from visit.attempt(named)
    rest = [right for right in visit.rights if right.rule.kid not in visit.keys]
    yield from visit.attempt(r for r in rest if r not in free or r.access is Access.UPDATE)
    yield from _other_keys(visit, random)


def _keys(visit: Visit) -> list[Key]:
    """The external keys to show here, those that let read first; also the parent's, where named."""
    profile, own = visit.order.profile, visit.directory.keys
    reads = {right.rule.kid for right in visit.rights if right.access is Access.READ}
    named = {right.rule.kid for right in visit.rights if right.rule.kid is not None}
    others = named - {key.kid for key in own}
    keys = [*own, *(key_at(profile, visit.directory, kid) for kid in sorted(others))]
    shown = [key for key in keys if key.type in SHOWN and not key.name.startswith(HARMFUL)]
    return sorted(shown, key=lambda key: key.kid not in reads)


def _other_keys(visit: Visit, random: Random) -> Plan[None]:
    for key in visit.directory.keys:
        if key.name.startswith(HARMFUL):
            visit.found.append(Finding(key.name, Proof.NOT_PROVEN))
        elif key.type == "internal":
            for version in range(1, visit.order.profile.versions(key) + 1):
                proven = yield from tried(key_proofs.internal(visit.order, key, version, random))
                visit.found.append(_authenticated(key, version, proven is True))
        elif key.type == "maintenance":
            visit.found.append((yield from _maintenance(visit, key)))


def _maintenance(visit: Visit, key: Key) -> Plan[Finding]:
    """Write what is already there, under a MAC, where the card has just let it be written."""
    for right in visit.rights:
        written = right.access is Access.UPDATE and right.file.structure in ("variable", "fixed")
        granted = right.opens(pin=False, keys=visit.keys) and right.found(False) not in visit.found
        if written and granted:
            proven = yield from tried(_rewrite(visit, right, key))
            return Finding(key.name, Proof.MACED_COMMAND, proven is None)
    return Finding(key.name, Proof.NOT_PROVEN)


def _rewrite(visit: Visit, right: Right, key: Key) -> Plan[None]:
    command = iso7816.update_record(1, right.content[0], sfi=right.file.fid & 0x1F)
    (yield (yield from visit.seal(command))).require(key.name)


def _authenticated(key: Key, version: int, agrees: bool) -> Finding:
    return Finding(f"{key.name} v{version}", Proof.AUTHENTICATION, agrees)


def rights_of(order: WantedCard, directory: Directory) -> tuple[Right, ...]:
    """Every right in a directory, with what its file must hold."""
    return tuple(
        right
        for file in directory.files
        if file.structure != "internal"
        for right in rights.rights(
            f"{directory.name}/{file.fid:04X}", file, expected.records(file, order.values)
        )
    )
