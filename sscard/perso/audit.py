"""Is the social-security side what the profile says?  Asked from outside, after a fresh power-up.

Every readable element and FCI is read; IRK, PIN, PUK and every version of every update and read key
are proven by authentication, each with one attempt; STKs by a MACed command that changes nothing.
Master keys, BK and LKs cannot be proven without harm and are reported as such (decision 23).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from sscard.apdu import atr, iso7816, ssc, tlv
from sscard.apdu.status import StatusWord
from sscard.channel.ssc import authenticate, wrap
from sscard.dialects.rights import Condition
from sscard.errors import NotVerified
from sscard.keys import TDES_SUITE
from sscard.perso import expected, handover
from sscard.perso.data import show_key
from sscard.perso.findings import Finding, Proof
from sscard.perso.order import MF, CardOrder
from sscard.perso.plan import POWER_UP, Plan, attempt
from sscard.perso.read_files import probe, read_file, refused
from sscard.profiles import Directory, File, Key

#: Keys that only block something: trying them would do the harm they are for.
_HARMFUL = ("BK", "LK")
_ID_SIZE = 8

Random = Callable[[int], bytes]
Findings = tuple[Finding, ...]


def audit(order: CardOrder, random: Random, *, handed_over: bool = True) -> Plan[Findings]:
    """Every finding about SSSE, its directories and the hand-over area.

    ``random`` makes factors and data for the IRK; ``handed_over`` says whether the area must be
    closed by now.  A refusal by the card is a finding that does not agree, never an exception.
    """
    answer = (yield POWER_UP).require("power up")
    found = [Finding("ATR", Proof.READING, answer == atr.build(order.historical))]
    if handed_over:
        closed = yield from attempt(handover.closed(order.profile))
        found.append(Finding("hand-over area closed", Proof.READING, closed is True))
    directories = order.profile.directories
    for directory in directories:
        found += yield from _rights(directory)
    for directory in directories:
        found += yield from _directory(order, directory, random)
    found += [
        Finding(f"MK{name}", Proof.NOT_PROVEN) for name in (MF, *(d.name for d in directories))
    ]
    return tuple(found)


def require(findings: Findings) -> None:
    """Raises NotVerified naming every finding that does not agree."""
    wrong = [finding.subject for finding in findings if not finding.agrees]
    if wrong:
        raise NotVerified("the card is not what its profile says: " + ", ".join(wrong))


def _rights(directory: Directory) -> Plan[Findings]:
    """Before anything is shown: whatever is not free to read must be refused with 6982."""
    found = [(yield from _select(directory))]
    for file in directory.files:
        if file.read.condition is not Condition.FREE:
            response = yield from probe(file)
            subject = f"{directory.name}/{file.fid:04X} refuses reading without right"
            found.append(Finding(subject, Proof.READING, refused(response)))
    return tuple(found)


def _directory(order: CardOrder, directory: Directory, random: Random) -> Plan[Findings]:
    found = [(yield from _select(directory))]
    for key in directory.keys:
        found += yield from _key(order, key, random)
    if directory.name == "SSSE":
        pin = (yield iso7816.verify(order.pin.encoded())).sw == StatusWord.OK
        found.append(Finding("PIN", Proof.AUTHENTICATION, pin))
    for file in directory.files:
        if file.read.condition is not Condition.NEVER:
            content = yield from attempt(read_file(file))
            agrees = content == expected.records(file, order.values)
            found.append(Finding(f"{directory.name}/{file.fid:04X}", Proof.READING, agrees))
    found += yield from _maintenance(order, directory)
    return tuple(found)


def _select(directory: Directory) -> Plan[Finding]:
    """The FCI must be ``6F { 84 name, A5 … }`` with what the profile says (ssc 1.2 [S])."""
    response = yield iso7816.select(directory.df_name)
    name = tlv.encode(0x84, directory.df_name)
    more = directory.fci_proprietary
    fci = tlv.encode(0x6F, name + (tlv.encode(0xA5, more) if more else b""))
    return Finding(f"FCI of {directory.name}", Proof.READING, response.data == fci)


def _key(order: CardOrder, key: Key, random: Random) -> Plan[Findings]:
    if key.name.startswith(_HARMFUL):
        return (Finding(key.name, Proof.NOT_PROVEN),)
    if key.type == "maintenance":
        return ()
    found = []
    for version in range(1, order.profile.versions(key) + 1):
        proven = (
            _internal(order, key, version, random)
            if key.type == "internal"
            else _external(order, key, version)
        )
        agrees = (yield from attempt(proven)) is True
        found.append(Finding(f"{key.name} v{version}", Proof.AUTHENTICATION, agrees))
    return tuple(found)


def _internal(order: CardOrder, key: Key, version: int, random: Random) -> Plan[bool]:
    factor, data = random(_ID_SIZE), random(_ID_SIZE)
    answer = (yield ssc.internal_authenticate(factor, data, version=version)).require(key.name)
    right = authenticate(TDES_SUITE, order.key(key, version), factor, data)
    return hmac.compare_digest(answer, right)


def _external(order: CardOrder, key: Key, version: int) -> Plan[bool]:
    yield from show_key(order.key(key, version), key.kid, key.name, version=version)
    return True


def _maintenance(order: CardOrder, directory: Directory) -> Plan[Findings]:
    """Write what is already there, under a MAC: the rights for it have just been shown."""
    file = _rewritable(directory)
    found = []
    for key in (key for key in directory.keys if key.type == "maintenance"):
        if file is None:
            found.append(Finding(key.name, Proof.NOT_PROVEN))
            continue
        agrees = (yield from attempt(_rewrite(order, file, key))) is True
        found.append(Finding(key.name, Proof.MACED_COMMAND, agrees))
    return tuple(found)


def _rewrite(order: CardOrder, file: File, key: Key) -> Plan[bool]:
    record = expected.records(file, order.values)[0]
    challenge = (yield iso7816.get_challenge(8)).require(f"{key.name}: challenge")
    command = iso7816.update_record(1, record, sfi=file.fid & 0x1F)
    (yield wrap(command, TDES_SUITE, order.key(key), challenge)).require(key.name)
    return True


def _rewritable(directory: Directory) -> File | None:
    """A file whose first record may be written with a key that has just been shown."""
    for file in directory.files:
        if file.structure in ("variable", "fixed") and file.update.condition.needs_key:
            return file
    return None
