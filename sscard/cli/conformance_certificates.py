"""What ``sscard conformance`` brings to the certificate application of a card."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sscard.apdu import t0
from sscard.cli.card_pin import asked_pin
from sscard.conformance.certificate_card import certificate_card
from sscard.conformance.certificates import NONE, CertificateMeans
from sscard.errors import KeyStoreError, MalformedData
from sscard.perso.plan import Connection, run
from sscard.profiles import Profile

if TYPE_CHECKING:
    from sscard.keys.x509 import CertificateAnswer
    from sscard.profiles.certificates import CertificateApplication


_ANSWER = "--certificate-answer"


def certificate_means(
    profile: Profile,
    card: Connection,
    *,
    known: bool,
    line: bool,
    ask_pin: bool,
    answer: Path | None,
    root: Path | None,
) -> CertificateMeans:
    """PINs, master key and CA.  ``known``: the card has TEST secrets, as far as its CA tells.

    ``line``: 61xx and 6Cxx of T=0 are not followed by whoever carries the commands.

    Raises BadParameter, KeyStoreError naming a file, MalformedData, TransportError.
    """
    application = profile.certificates
    if application is None:
        return NONE
    reached = _Followed(card) if line else card
    found = _test_means(profile, application, reached) if known else NONE
    user_pin = asked_pin("用户PIN user PIN").encoded() if ask_pin else found.user_pin
    admin_pin, master = found.admin_pin, found.master
    if answer is not None:
        said = _answer(answer)
        admin_pin, master = said.admin_pin.encoded(), said.master
    roots, issuers = found.root, found.issuers
    if root is not None:
        from sscard.issuance.ca.trusted import read_trusted

        trusted = read_trusted(root)
        roots, issuers = trusted.root, trusted.issuers
    return CertificateMeans(user_pin, admin_pin, master, roots, issuers)


@dataclass(frozen=True, slots=True)
class _Followed:
    """A card on T=0, as a reader makes it reachable."""

    inside: Connection

    def reset(self) -> bytes:
        """Power off and on."""
        return self.inside.reset()

    def transmit(self, command: bytes, /) -> bytes:
        """One command with all its TPDUs."""
        return t0.exchange(self.inside.transmit, command)


def _test_means(
    profile: Profile, application: CertificateApplication, card: Connection
) -> CertificateMeans:
    """What the TEST CA says of the card, or what blank cards of the TEST lot have."""
    from sscard.issuance.ca.known import known_test_card

    shown = run(certificate_card(application), card)
    found = known_test_card(profile, shown.card_id, shown.content)
    if found is None:
        return NONE
    return CertificateMeans.of(
        found.user_pin, found.admin_pin, found.master, found.root, found.issuers
    )


def _answer(path: Path) -> CertificateAnswer:
    """The answer of a CA in a JSON file.  Raises KeyStoreError naming it, MalformedData."""
    from sscard.keys.x509 import CertificateAnswer

    try:
        texts = json.loads(path.read_bytes())
    except OSError as error:
        raise KeyStoreError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise KeyStoreError(f"{path}: is no JSON") from None
    if not isinstance(texts, dict) or not all(isinstance(each, str) for each in texts.values()):
        raise typer.BadParameter(
            f"{path}: is no object of texts", param_hint="--certificate-answer"
        )
    try:
        return CertificateAnswer.from_texts(texts)
    except MalformedData as error:
        raise KeyStoreError(f"{path}: {error}") from None
