"""Challenges, EXTERNAL and INTERNAL AUTHENTICATE, versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.environment import Environment
from sscard.cos.ssse import authentication
from sscard.dialects.operations import KeyType
from sscard.keys import TDES_SUITE, SecretKey, Suite
from wrong_cards.hands import Handler, Hands, mutant

EXTERNAL, INTERNAL = (0x00, INS.EXTERNAL_AUTHENTICATE), (0x00, INS.INTERNAL_AUTHENTICATE)
_VERSIONS = (1, 2, 3)


def _said(change: Callable[[Environment, bytes], bytes]) -> Callable[[Handler], Handler]:
    """Change the data of a command before the card sees it."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            return handler(env, replace(command, data=change(env, command.data)))

        return run

    return around


def _answered(hands: Hands, prove: Callable[[Environment, SecretKey, bytes], bytes]) -> None:
    """Let INTERNAL AUTHENTICATE answer by this, with the IRK of the version asked for."""

    def around(_right: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            key = env.key(KeyType.INTERNAL, 0, authentication._version(command))
            return prove(env, env.secret(key), command.data)

        return run

    hands.around(around, INTERNAL)


@mutant
def any_proof_accepted(hands: Hands) -> None:
    hands.compares(authentication, lambda one, other: True)


@mutant
def half_a_proof_accepted(hands: Hands) -> None:
    hands.compares(authentication, lambda one, other: one[:4] == other[:4])


@mutant
def any_proof_after_a_right_one(hands: Hands) -> None:
    shown: list[bool] = []

    def equal(one: bytes, other: bytes) -> bool:
        shown.extend([True] * (one == other))
        return bool(shown)

    hands.compares(authentication, equal)


@mutant
def original_data_ignored(hands: Hands) -> None:
    """The proof is judged as if the challenge were also the original data."""

    def change(env: Environment, data: bytes) -> bytes:
        challenge = env.challenges._last or bytes(8)
        return data[:8] + challenge[:8].ljust(8, b"\0") + data[16:]

    hands.around(_said(change), EXTERNAL)


@mutant
def first_challenge_counts(hands: Hands) -> None:
    challenges = hands.social.challenges
    give = challenges.give

    def first(size: int) -> bytes:
        before = challenges._last
        given = give(size)
        challenges._last = before or given
        return given

    hands.patch.setattr(challenges, "give", first)


@mutant
def challenge_serves_twice(hands: Hands) -> None:
    challenges = hands.social.challenges
    take = challenges.take

    def taken() -> bytes:
        challenges._last = last = take()
        return last

    hands.patch.setattr(challenges, "take", taken)


@mutant
def challenge_stays_after_a_wrong_proof(hands: Hands) -> None:
    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            last = env.challenges._last
            try:
                return handler(env, command)
            except StatusError:
                env.challenges._last = last
                raise

        return run

    hands.around(around, EXTERNAL)


@mutant
def no_challenge_needed(hands: Hands) -> None:
    """Without a challenge the card judges the proof against zeros."""
    challenges = hands.social.challenges
    take = challenges.take
    hands.patch.setattr(challenges, "take", lambda: take() if challenges._last else bytes(8))


@mutant
def challenge_outlives_power_off(hands: Hands) -> None:
    hands.patch.setattr(hands.social.challenges, "forget", lambda: None)


@mutant
def constant_challenge(hands: Hands) -> None:
    for env in (hands.social, hands.main):
        hands.patch.setattr(env.challenges, "_random", lambda size: b"\x5a" * size)


@mutant
def half_the_challenge_constant(hands: Hands) -> None:
    right = hands.social.challenges._random
    half = lambda size: bytes(size // 2) + right(size - size // 2)  # noqa: E731
    hands.patch.setattr(hands.social.challenges, "_random", half)


@mutant
def version_ignored(hands: Hands) -> None:
    """Whatever version is asked for, the first is used."""
    hands.patch.setattr(authentication, "_version", lambda command: 1)


@mutant
def any_version_accepted(hands: Hands) -> None:
    """The proof of any version is good for any other."""

    def around(handler: Handler) -> Handler:
        def run(env: Environment, command: CommandAPDU) -> bytes:
            last, refused = env.challenges._last, StatusError(StatusWord.KEY_NOT_FOUND)
            for version in _VERSIONS:
                env.challenges._last = last
                try:
                    return handler(
                        env, replace(command, data=command.data[:16] + bytes((version,)))
                    )
                except StatusError as refusal:
                    refused = refusal
            raise refused

        return run

    hands.around(around, EXTERNAL)


@mutant
def unknown_version_is_the_first(hands: Hands) -> None:
    right = authentication._version
    known = lambda command: right(command) if right(command) in _VERSIONS else 1  # noqa: E731
    hands.patch.setattr(authentication, "_version", known)


@mutant
def internal_ignores_the_factor(hands: Hands) -> None:
    hands.around(_said(lambda env, data: bytes(8) + data[8:]), INTERNAL)


@mutant
def internal_ignores_the_data(hands: Hands) -> None:
    hands.around(_said(lambda env, data: data[:8] + bytes(8) + data[16:]), INTERNAL)


@mutant
def internal_ignores_the_version(hands: Hands) -> None:
    hands.around(_said(lambda env, data: data[:16]), INTERNAL)


@mutant
def internal_without_session_key(hands: Hands) -> None:
    """The proof is made under the key of the card itself and not under a session key."""

    def prove(env: Environment, key: SecretKey, data: bytes) -> bytes:
        block = env.suite.session_key(key, data[8:16]).reveal()  # the data enciphered, no more
        left, right = block[:8], block[8:].ljust(8, b"\0")
        return bytes(one ^ other for one, other in zip(left, right, strict=True))

    _answered(hands, prove)


@mutant
def sm4_card_answers_in_3des(hands: Hands) -> None:
    def prove(env: Environment, key: SecretKey, data: bytes) -> bytes:
        return _proof(TDES_SUITE, TDES_SUITE.key(key.reveal()), data)

    _answered(hands, prove)


@mutant
def sm4_halves_not_folded(hands: Hands) -> None:
    """The left half alone is answered, not left XOR right."""

    def prove(env: Environment, key: SecretKey, data: bytes) -> bytes:
        session = env.suite.session_key(key, data[:8])
        return env.suite.encipher(session, b"\x0f" + data[8:16])[:8]

    _answered(hands, prove)


def _proof(suite: Suite, key: SecretKey, data: bytes) -> bytes:
    return suite.authentication_data(suite.session_key(key, data[:8]), data[8:16])
