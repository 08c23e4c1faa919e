"""PINs and master keys of the certificate application: shown, and asked for (ssc-more 1.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.channel import pki as channel
from sscard.conformance.actions.action import Action, Kind
from sscard.conformance.case import Step, Text
from sscard.conformance.certificates import (
    ADF,
    DDF,
    DDF_MASTER,
    PINS,
    SECRETS,
    reference,
)
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, not_applicable, not_run
from sscard.keys.types import SM4, SecretKey

CHALLENGE, FORMER = "challenge", "former_challenge"
#: Its own; with one bit another; half of it; under another key; under the tester's where it is
#: replaced; the digits of a PIN.
PROOFS = ("right", "wrong", "first half", "other secret", "as brought", "digits")
_WITHOUT_NEW = ("none", "used")


def directory_of(name: str) -> str:
    """Where a secret is shown, as cases call the directory."""
    return DDF if name == DDF_MASTER else ADF


def key_of(play: Play, name: str) -> SecretKey:
    """The key of a secret, as the card has it now.  Stops where the tester has none."""
    if name not in play.session.secrets:
        raise not_applicable(f"测试者没有 the bench has no {name} of this card")
    return play.session.secrets[name]


def is_right(step: Step) -> bool:
    """Whether a step shows a secret as it must be shown."""
    return step.text("proof", "right") == "right" and not step.text("challenge")


def show(play: Play, step: Step) -> Script[Reply | None]:
    """GET CHALLENGE, then VERIFY or EXTERNAL AUTHENTICATE with SM4(K, challenge).

    ``challenge`` none: it proves zeros; used: the last one again; old: a new one is asked for, and
    the one before it proved.
    """
    name = step.text("secret")
    right = is_right(step)
    reason = play.session.trust.why_not(name) if right else play.session.trust.why_not_wrong(name)
    if reason:
        raise not_run(reason)
    if (refused := (yield from challenged(play, step))) is not None:
        return refused
    reply = yield from play.ask(_command(play, name, _proof(play, step, name)))
    if right:
        play.session.trust.shown(name, reply.sw, play.case.id)
    else:
        play.session.trust.failed(name, reply.sw)
        play.secrets_touched.add(name)
    return reply


def shown(play: Play, name: str) -> Script[Reply]:
    """Show a secret right, for the runner's own purposes.  Stops where that must not be tried."""
    if reason := play.session.trust.why_not(name):
        raise not_run(reason)
    key = key_of(play, name)
    refused = yield from asked(play, pki.CHALLENGE)
    if not refused.ok:
        return refused
    reply = yield from play.ask(_command(play, name, channel.cryptogram(key, last(play))))
    play.session.trust.shown(name, reply.sw, play.case.id)
    return reply


def challenged(play: Play, step: Step) -> Script[Reply | None]:
    """Ask for a challenge, unless the step says otherwise; the card's refusal, if any."""
    if step.text("challenge") in _WITHOUT_NEW:
        return None
    reply = yield from asked(play, step.number("challenge", pki.CHALLENGE))
    return None if reply.ok else reply


def asked(play: Play, size: int) -> Script[Reply]:
    """A new challenge, kept as ``challenge``; the one before it as ``former_challenge``."""
    former = play.variables.get(CHALLENGE)
    reply = yield from play.ask(pki.get_challenge(size))
    if reply.ok and len(reply.data) not in (8, pki.CHALLENGE):
        raise not_run(f"GET CHALLENGE was answered {len(reply.data)} bytes")
    if reply.ok:
        play.variables[CHALLENGE] = reply.data
        play.variables[FORMER] = former if isinstance(former, bytes) else reply.data
    return reply


def tries(play: Play, step: Step) -> Script[Reply | None]:
    """VERIFY without data: 63Cx says the tries that are left (assumed)."""
    return (yield from state(play, step.text("secret")))


def state(play: Play, name: str) -> Script[Reply]:
    """The tries of a PIN, which the run remembers; master keys tell none."""
    if name not in PINS:
        return Reply()
    reply = yield from play.ask(pki.tries_left(_reference(play, name)))
    if reply.sw is not None and reply.sw & 0xFFF0 == 0x63C0:
        play.session.trust.counted(reply.sw & 0x0F, name)
    return reply


def _proof(play: Play, step: Step, name: str) -> bytes:
    proof, given = step.text("proof", "right"), _CHALLENGES[step.text("challenge")](play)
    key = key_of(play, name)
    if proof == "digits":
        return (play.bench.certificates.user_pin or b"").ljust(pki.CHALLENGE, b"\xff")
    if proof == "other secret":
        key = other_key(key)
    if proof == "as brought":
        key = play.bench.certificates.secrets()[name]
    made = channel.cryptogram(key, given)
    return _SPOILT.get(proof, bytes)(made)


_SPOILT: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "wrong": lambda made: made[:-1] + bytes((made[-1] ^ 1,)),
        "first half": lambda made: made[:8] + bytes(byte ^ 0xFF for byte in made[8:]),
    }
)


def _command(play: Play, name: str, proof: bytes) -> CommandAPDU:
    if name in PINS:
        return pki.verify(_reference(play, name), proof)
    return pki.external_authenticate(proof)


def _reference(play: Play, name: str) -> int:
    application = play.bench.profile.certificates
    if application is None:
        raise not_applicable(f"profile {play.bench.profile.name} has no {name}")
    return reference(application, name)


def last(play: Play) -> bytes:
    """The last challenge, zeros where there was none."""
    return _kept(play, CHALLENGE)


#: What a proof is made of, by the word of ``challenge``; a number is a new one.
_CHALLENGES: Mapping[str, Callable[[Play], bytes]] = MappingProxyType(
    {
        "": last,
        "used": last,
        "old": lambda play: _kept(play, FORMER),
        "none": lambda _: bytes(pki.CHALLENGE),
    }
)


def _kept(play: Play, name: str) -> bytes:
    given = play.variables.get(name)
    return given if isinstance(given, bytes) and given else bytes(pki.CHALLENGE)


def other_key(key: SecretKey) -> SM4:
    """Each bit another."""
    return SM4(bytes(byte ^ 0xFF for byte in key.reveal()))


_SHOWN = {"secret": Kind.TEXT, "proof": Kind.TEXT, "challenge": Kind.SIZE}
ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "secret": Action(
            show,
            Text("出示证书应用的 {secret}（{proof}）", "show the {secret} ({proof})"),
            _SHOWN,
            ("secret",),
            {"secret": SECRETS, "proof": PROOFS},
            keeps=(CHALLENGE, FORMER),
            defaults={"proof": "right"},
        ),
        "secret tries": Action(
            tries,
            Text("查询 {secret} 剩余次数", "ask for the tries of the {secret}"),
            {"secret": Kind.TEXT},
            ("secret",),
            {"secret": PINS},
        ),
        "pki challenge": Action(
            lambda play, step: asked(play, step.number("size", pki.CHALLENGE)),
            Text("证书应用取随机数 {size} 字节", "ask for {size} random bytes"),
            {"size": Kind.NUMBER},
            keeps=(CHALLENGE, FORMER),
            defaults={"size": pki.CHALLENGE},
        ),
    }
)
