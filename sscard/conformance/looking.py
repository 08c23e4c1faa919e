"""What a card has of the certificate application, asked once in a run: nothing is shown for it."""

from __future__ import annotations

from sscard.apdu import iso7816, pki
from sscard.conformance.actions.secrets import state
from sscard.conformance.actions.selecting import selected
from sscard.conformance.certificates import ADF, ON_CARD, PINS
from sscard.conformance.moves import Script
from sscard.conformance.play import Play, not_applicable
from sscard.profiles.certificates import CertificateApplication, CertificateFile

_HEAD, _DER = 4, 0x30


def require_on_card(play: Play) -> Script[None]:
    """Stops where the card has not what the case needs of the application."""
    for need in play.case.needs:
        wanted = need.removeprefix("not ")
        if wanted not in ON_CARD:
            continue
        written = yield from _written(play)
        if (wanted in written) is not (wanted == need):
            there = f"needs: {need}" if wanted in written else ON_CARD[wanted].lacking
            raise not_applicable(there)


def _written(play: Play) -> Script[frozenset[str]]:
    if play.session.written is None:
        play.session.written = yield from _look(play)
    return play.session.written


def _look(play: Play) -> Script[frozenset[str]]:
    application = play.bench.profile.certificates
    if application is None or not (yield from play.power_up()).ok:
        return frozenset()
    if not (yield from selected(play, ADF)).ok:
        return frozenset()
    for name in PINS:
        if play.bench.certificates.has(name):
            yield from state(play, name)  # how many tries it has before anything is shown
    found = ["written application"]
    for file in application.files:
        if file.holds == "public key" and (yield from _has_key(play, file)):
            found.append(f"written {file.pair} key")
    if (yield from _has_certificates(play, application)):
        found.append("written certificates")
    return frozenset(found)


def _has_certificates(play: Play, application: CertificateApplication) -> Script[bool]:
    begun = []
    for file in application.files:
        if file.holds == "certificate":
            begun.append((yield from _begin(play, file))[:1] == bytes((_DER,)))
    return bool(begun) and all(begun)


def _has_key(play: Play, file: CertificateFile) -> Script[bool]:
    content = yield from _begin(play, file, file.size)
    return any(content[-pki.POINT :])


def _begin(play: Play, file: CertificateFile, size: int = _HEAD) -> Script[bytes]:
    chosen = yield from play.ask(iso7816.select_fid(file.fid))
    if not chosen.ok:
        return b""
    return (yield from play.ask(iso7816.read_binary(size))).data
