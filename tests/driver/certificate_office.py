"""A CA for the desk, and what a card's own files say: with TEST keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from simulator.virtual_card import INITIAL_CERTIFICATE_MASTER
from sscard.apdu import iso7816, pki
from sscard.apdu.response import ResponseAPDU
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.types import SM4
from sscard.keys.x509 import CertificateRequest
from sscard.terminal.driver import Driver
from sscard.terminal.driver.certificates.desk import CertificateDesk
from tests.certified_card import authority

if TYPE_CHECKING:
    from tests.driver.conftest import Desk

MASTER = SM4(INITIAL_CERTIFICATE_MASTER)
ISSUED = date(2026, 11, 1)
NOW = datetime(2026, 11, 22, 16, 30, 5, tzinfo=UTC)
#: In the order of iWriteCA.
NAMES = ("QMZS", "JMZS", "JMMY", "GLYPIN", "ZKMY")


@dataclass(frozen=True)
class Office:
    """Whoever writes certificates at this desk."""

    desk: Desk
    certificates: CertificateDesk

    def driver(self, **changes: Any) -> Driver:
        """A driver; ``changes`` are of what it has for certificates."""
        return self.desk.with_(
            certificates=replace(self.certificates, **changes), clock=lambda: NOW
        )

    def key(self) -> str:
        """The card's signature key, made if need be."""
        code, key = self.driver().iReadSignatureKey(1)
        assert code == 0
        return key

    def answer(self, key: str = "", *, seed: int = 11, **changes: str) -> Mapping[str, str]:
        """What the CA answers for a key, by default the card's."""
        public = SM2PublicKey(bytes.fromhex(key or self.key()))
        identification, number, _ = self.desk.info.split("|")
        request = CertificateRequest(identification, "张三", "639900", number, public, ISSUED)
        fields = {name: changes.pop(name) for name in ("card_number", "name") if name in changes}
        return {**authority(seed).answer(replace(request, **fields)).texts(), **changes}

    def write(self, texts: Mapping[str, str], **changes: Any) -> tuple[int, str]:
        """iWriteCA."""
        return self.driver(**changes).iWriteCA(1, *(texts[name] for name in NAMES))

    def written(self) -> Mapping[str, str]:
        """A card with its certificates; the answer that was written."""
        texts = self.answer()
        assert self.write(texts) == (0, "")
        return texts

    def file(self, fid: int) -> bytes:
        """A file as the card reads it, without the driver."""
        card, content = self.desk.raw, b""
        card.reset()
        for command in (
            *map(iso7816.select, (pki.DDF_NAME, pki.ADF_NAME)),
            iso7816.select_fid(fid),
            *(iso7816.read_binary(255, offset=at) for at in range(0, 1020, 255)),
        ):
            answer = ResponseAPDU.parse(card.transmit(bytes(command)))
            content += answer.data if command.ins == 0xB0 else b""
        card.power_off()
        return content


def office(desk: Desk) -> Office:
    """At a desk for the third generation; cards sign in the assumed way."""
    trusted = authority()
    return Office(desk, CertificateDesk(MASTER, trusted.root, trusted.issuers, "gmt0016"))
