"""A root, an issuing authority and a card, made of fixed numbers; certificates of any contents."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sscard.keys.sm2 import SoftwareSigner
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.keys.x509 import Certificate, Contents, Name, extensions, issue, parse

BEGIN, END = datetime(2026, 1, 31, 16, tzinfo=UTC), datetime(2036, 1, 31, 16, tzinfo=UTC)
ROOT: Name = (("C", "CN"), ("O", "sscard TEST"), ("CN", "root"))
ISSUING: Name = (("C", "CN"), ("S", "北京"), ("L", "北京"), ("O", "CN"), ("CN", "信息中心"))
HOLDER: Name = (("C", "CN"), ("S", "浙江省"), ("L", "杭州市"), ("CN", "诸葛𠮷·验收"))


def numbers(label: str) -> Callable[[int], bytes]:
    """Bytes that are the same each time."""

    def draw(size: int) -> bytes:
        return hashlib.shake_256(label.encode()).digest(size)

    return draw


def key(label: str) -> SM2PrivateKey:
    return SM2PrivateKey(numbers(label)(32))


@dataclass(frozen=True)
class World:
    """Everybody's key, and certificates of any contents."""

    root_key: SM2PrivateKey
    issuing_key: SM2PrivateKey
    card_key: SM2PrivateKey

    def contents(self, **changes: Any) -> Contents:
        """The signature certificate of the card; ``changes`` say what is otherwise."""
        issuer = changes.pop("by", self.issuing_key).public
        public = changes.get("public", self.card_key.public)
        values: dict[str, Any] = {
            "serial": bytes.fromhex("10" + "5A" * 15),
            "issuer": ISSUING,
            "subject": HOLDER,
            "not_before": BEGIN,
            "not_after": END,
            "public": public,
            "extensions": (
                extensions.authority_key_id(issuer),
                extensions.subject_key_id(public),
                extensions.key_usage(b"\xc0"),
                extensions.Extension("1.2.156.2316.1.1", b"X00000019"),
                extensions.Extension("1.2.156.2316.1.2", bytes(range(32))),
            ),
        }
        return Contents(**{**values, **changes})

    def authority(self, subject: Name, public: Any, by: SM2PrivateKey, **changes: Any) -> Contents:
        """The certificate of an authority."""
        path_length = changes.pop("path_length", 0)
        values: dict[str, Any] = {
            "by": by,
            "issuer": ROOT,
            "subject": subject,
            "public": public,
            "extensions": (
                extensions.authority_key_id(by.public),
                extensions.subject_key_id(public),
                extensions.key_usage(b"\x06"),
                extensions.authority(path_length),
            ),
        }
        return self.contents(**{**values, **changes})

    def certificate(self, contents: Contents, by: SM2PrivateKey | None = None) -> Certificate:
        return parse(issue(SoftwareSigner(by or self.issuing_key, numbers("nonce")), contents))

    def root(self, **changes: Any) -> Certificate:
        wanted = {"path_length": None, **changes}
        contents = self.authority(ROOT, self.root_key.public, self.root_key, **wanted)
        return self.certificate(contents, self.root_key)

    def issuing(self, **changes: Any) -> Certificate:
        public = changes.pop("public", self.issuing_key.public)
        contents = self.authority(ISSUING, public, self.root_key, **changes)
        return self.certificate(contents, self.root_key)

    def card(self, **changes: Any) -> Certificate:
        return self.certificate(self.contents(**changes))
