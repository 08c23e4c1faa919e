"""Keys shown to the card, and what the card proves."""

from __future__ import annotations

from dataclasses import replace

from sscard.apdu import iso7816, ssc
from sscard.conformance.case import Step
from sscard.conformance.expectation import Verdict
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, Stop, lacking, not_applicable, not_run
from sscard.conformance.trust import key_name
from sscard.errors import KeyStoreError
from sscard.keys.hierarchy import Factors
from sscard.profiles import Directory, Key, Profile

_SIZE = 8
_CHALLENGE = "challenge"


def challenge(play: Play, step: Step) -> Script[Reply | None]:
    """GET CHALLENGE of ``size`` bytes."""
    return (yield from asked(play, step.number("size", _SIZE)))


def asked(play: Play, size: int) -> Script[Reply]:
    """A new challenge, kept as ``challenge``."""
    reply = yield from play.ask(iso7816.get_challenge(size))
    if reply.ok:
        play.variables[_CHALLENGE] = reply.data
    return reply


def key(play: Play, step: Step) -> Script[Reply | None]:
    """GET CHALLENGE and EXTERNAL AUTHENTICATE.

    ``proof`` wrong: one bit is another one; ``as_version``: the byte says another version than the
    proof is of; ``factors`` other card: the key of a card with another serial number.
    """
    own, directory = found(play.bench.profile, step.text("key"))
    version = step.number("version", 1)
    counted = counted_version(play.bench.profile, own, step)
    name = key_name(own.name, counted)
    right = _right(step, version)
    if right and step.tested and play.case.about.key == own.name:
        _require_own(play, name)
    _require_trust(play, name, right=right)
    refused = yield from _challenged(play, step)
    if refused is not None:
        return refused
    proof, data = _proof(play, step, own, version)
    said = step.number("as_version", version) if step.fields.get("version_byte", True) else None
    body = proof + data + (b"" if said is None else bytes((said,)))
    kid = step.number("kid", own.kid)
    reply = yield from play.ask(_external(kid, body))
    if right and step.text("challenge") not in ("none", "old"):
        play.session.trust.shown(name, reply.sw, play.case.id)
    else:
        play.session.trust.failed(name, reply.sw)
        play.keys_touched[own.name, counted] = directory.name
    return reply


def counted_version(profile: Profile, own: Key, step: Step) -> int:
    """The version whose tries a wrong proof may use: the one that is named, if the card has it."""
    version = step.number("version", 1)
    named = step.number("as_version", version)
    return named if named <= profile.versions(own) else version


def shown(play: Play, name: str, version: int) -> Script[Reply]:
    """Show a key right, for the runner's own purposes."""
    own, _ = found(play.bench.profile, name)
    yield from asked(play, _SIZE)
    proof, data = _made(play, own, version, play.factors)
    reply = yield from play.ask(_external(own.kid, proof + data + bytes((version,))))
    play.session.trust.shown(key_name(name, version), reply.sw, play.case.id)
    return reply


def internal(play: Play, step: Step) -> Script[Reply | None]:
    """INTERNAL AUTHENTICATE; the card's answer is compared with the key source's.

    What is wrong with it is said by the step's data check ``internal authentication``.
    """
    version = step.number("version", 1)
    factor, data = play.bench.random(_SIZE), play.bench.random(_SIZE)
    said = version if step.fields.get("version_byte", True) else None
    name = step.text("key", "IRK")
    try:
        wanted = play.keys.authentication(name, version, play.factors, factor, data)
    except KeyStoreError as error:
        raise lacking(error) from None
    play.variables["wanted"] = wanted
    body = factor + data + (b"" if said is None else bytes((said,)))
    command = ssc.internal_authenticate(factor, data)
    return (yield from play.ask(replace(command, data=body)))


def found(profile: Profile, name: str) -> tuple[Key, Directory]:
    """A key of the profile by its name, with its directory.  Stops."""
    for directory in profile.directories:
        for own in directory.keys:
            if own.name == name:
                return own, directory
    raise not_applicable(f"profile {profile.name} has no key {name}")


def _right(step: Step, version: int) -> bool:
    return (
        step.text("proof", "right") == "right"
        and step.text("factors", "own") == "own"
        and step.number("as_version", version) == version
        and "kid" not in step.fields
    )


def _require_trust(play: Play, name: str, *, right: bool) -> None:
    trust = play.session.trust
    reason = trust.why_not(name) if right else trust.why_not_wrong(name)
    if reason:
        raise not_run(reason)


def _require_own(play: Play, name: str) -> None:
    """A case about a key fails without trying it again, where it was refused before."""
    if name in play.session.trust.refused:
        raise Stop(Verdict.FAILED, play.session.trust.why_not(name))


def _challenged(play: Play, step: Step) -> Script[Reply | None]:
    """Ask for a challenge, unless the step says otherwise; the card's refusal, if any."""
    wanted = step.fields.get("challenge", _SIZE)
    if not isinstance(wanted, int):
        return None
    reply = yield from asked(play, wanted)
    return None if reply.ok else reply


def _proof(play: Play, step: Step, own: Key, version: int) -> tuple[bytes, bytes]:
    factors = play.factors
    if step.text("factors") == "other card":
        factors = replace(factors, card=bytes(byte ^ 0xFF for byte in factors.card))
    proof, data = _made(play, own, version, factors)
    if step.text("proof") == "wrong":
        proof = proof[:-1] + bytes((proof[-1] ^ 1,))
    return proof, data


def _made(play: Play, own: Key, version: int, factors: Factors) -> tuple[bytes, bytes]:
    data = play.bench.random(_SIZE)
    last = play.variables.get(_CHALLENGE, bytes(_SIZE))
    given = last if isinstance(last, bytes) else bytes(_SIZE)
    try:
        return play.keys.authentication(own.name, version, factors, given, data), data
    except KeyStoreError as error:
        raise lacking(error) from None


def _external(kid: int, body: bytes) -> bytes:
    return bytes((0x00, iso7816.INS.EXTERNAL_AUTHENTICATE, 0x00, kid, len(body))) + body
