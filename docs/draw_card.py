"""Draws docs/images/card-certificates.svg: what ``sscard card show`` tells of certificates.

PYTHONPATH=. python docs/draw_card.py
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from hashlib import shake_256
from io import StringIO
from pathlib import Path

from rich.console import Console

from simulator import VirtualCard
from simulator.virtual_card import INITIAL_CERTIFICATE_MASTER
from sscard.cli.card_tree import tree
from sscard.issuance.ca.load import load_authority
from sscard.keys import SM4, Pin
from sscard.keys.x509 import CertificateRequest
from sscard.perso.certificates import BlankCard, make_key, write
from sscard.perso.inventory_certificates import certificate_application
from sscard.perso.plan import run
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip

_PICTURE = Path(__file__).parent / "images" / "card-certificates.svg"
_WIDTH = 128
_DAY = date(2026, 11, 22)
_CARD_ID = f"{'510100':0<32}"
_BLANK = BlankCard(Pin("123456"), Pin("12345678"), SM4(INITIAL_CERTIFICATE_MASTER))


def drawn() -> str:
    """The picture: an invented holder's card, certified by the TEST CA."""
    profile, authority = load_profile("gen3"), load_authority()
    application = profile.certificates
    if application is None:
        raise ValueError("gen3 declares a certificate application")
    card = VirtualCard.blank(load_chip(profile.chip), random=shake_256(b"an invented card").digest)
    made = run(make_key(application, _BLANK), card)
    request = CertificateRequest(_CARD_ID, "诸葛验收", "510100", "T0000001X", made.public, _DAY)
    at = datetime(2026, 11, 23, tzinfo=UTC)
    chain = {"root": authority.root, "issuers": authority.issuers}
    run(write(application, _BLANK, request, authority.answer(request), **chain, at=at), card)
    found = run(certificate_application(application, _BLANK.master), card)
    console = Console(record=True, width=_WIDTH, file=StringIO())
    console.print(tree(found, f"{found.name} {found.identifier}", console.width))
    picture = console.export_svg(title="sscard card show T0000001X.card --profile gen3")
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)  # no network
    return re.sub(r"<text [^>]*>[^<]*", _natural, picture)


def _natural(text: re.Match[str]) -> str:
    """rich takes a Chinese character for as wide as a letter: such texts have their own width."""
    wide = re.search("[\u2e80-\u9fff\uff00-\uffef]", text[0])
    return re.sub(' textLength="[^"]*"', "", text[0]) if wide else text[0]


if __name__ == "__main__":
    _PICTURE.write_text(drawn(), encoding="utf-8")
