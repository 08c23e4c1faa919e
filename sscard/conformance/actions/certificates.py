"""Keys and certificates of the certificate application, read and tried (ssc-more 1.3, 1.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from types import MappingProxyType

from sscard.apdu import iso7816, pki
from sscard.conformance.actions.action import Action, Kind
from sscard.conformance.case import Step, Text
from sscard.conformance.moves import Reply, Script
from sscard.conformance.play import Play, not_applicable, not_run
from sscard.errors import MalformedData, NotVerified
from sscard.keys import sm2_curve
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509.days import CHINA

_HEAD, _PART, _SEQUENCE, _LONG, _MOST = 4, 0xE0, 0x30, 0x82, 0x1000
_CERTIFICATE, _WANTED = "certificate", "wanted"


def certificate(play: Play, step: Step) -> Script[Reply | None]:
    """The certificate in a file, read as far as its DER goes: the answer is the whole of it.

    A file that holds none is answered as far as it was read.  ``whole``: the file to its end.
    """
    reply = yield from play.ask(iso7816.select_fid(step.number("file")))
    if not reply.ok:
        return reply
    reply = yield from play.ask(iso7816.read_binary(_HEAD))
    if not reply.ok:
        return reply
    content, whole = reply.data, step.fields.get("whole") is True
    size = _HEAD + int.from_bytes(content[2:]) if _begins(content) else 0
    size = _size(play, step.number("file")) if whole else size
    while len(content) < min(size, _MOST):
        part = min(_PART, size - len(content))
        reply = yield from play.ask(iso7816.read_binary(part, offset=len(content)))
        if not reply.ok or not reply.data:
            return Reply(None, content, 0x9000) if whole else reply  # a smaller file
        content += reply.data
    return Reply(None, content, reply.sw)


def decrypt(play: Play, step: Step) -> Script[Reply | None]:
    """DECRYPT of a session key that the bench has enciphered for ``public``, kept as ``wanted``."""
    from sscard.keys import sm2

    session = play.bench.random(16)
    cipher = sm2.encrypt(_public(play, step), session, play.bench.random)
    if step.text("cipher") == "wrong":
        cipher = cipher[:-1] + bytes((cipher[-1] ^ 1,))
    play.variables[_WANTED] = session
    return (yield from play.ask(pki.decrypt(cipher, step.number("file"))))


def sign(play: Play, step: Step) -> Script[Reply | None]:
    """SIGN of a hash, in the assumed form; the answer must be a signature of ``public``."""
    public, digest = _public(play, step), play.bench.random(pki.DIGEST)
    reply = yield from play.ask(pki.sign(digest, step.number("file")))
    if reply.ok and not sm2_curve.verify(public.point, digest, reply.data):
        play.complaint = "the answer is no signature of the card's key"
    return reply


def bring(play: Play, step: Step) -> Script[Reply | None]:
    """IMPORT KEY of the public half that ``public`` is: what is there already."""
    return (yield from play.ask(pki.import_public_key(_public(play, step).point)))


def chain(play: Play, step: Step) -> Script[Reply | None]:
    """The certificate ``of`` must be the CA's, by the root and the issuers that the bench has."""
    from sscard.keys.x509 import chain as chains
    from sscard.keys.x509.certificate import parse

    means, today = play.bench.certificates, play.bench.today
    if means.root is None or today is None:
        raise not_applicable("无CA根证书 the bench has no root certificate of the CA")
    at = _noon(today)
    try:
        found = parse(_kept(play, step.text("of", _CERTIFICATE)))
        chains.verify(found, means.issuers, means.root, at)
    except (MalformedData, NotVerified) as error:
        play.complaint = str(error)
    yield from ()
    return Reply(None, b"", 0x9000)


def valid(play: Play, step: Step) -> Script[Reply | None]:
    """The certificate ``of`` must be valid today."""
    from sscard.keys.x509.certificate import parse

    if play.bench.today is None:
        raise not_applicable("不知当前日期 the bench has no date")
    at = _noon(play.bench.today)
    try:
        found = parse(_kept(play, step.text("of", _CERTIFICATE)))
    except MalformedData as error:
        play.complaint = str(error)
    else:
        if not found.not_before <= at <= found.not_after:
            play.complaint = "it is not valid today"
    yield from ()
    return Reply(None, b"", 0x9000)


def _noon(day: date) -> datetime:
    """In China, where certificates begin with a day."""
    return datetime.combine(day, time(12), CHINA)


def _size(play: Play, fid: int) -> int:
    """How much the profile's file holds."""
    application = play.bench.profile.certificates
    files = application.files if application is not None else ()
    return next((each.size for each in files if each.fid == fid), 0)


def _begins(content: bytes) -> bool:
    return len(content) == _HEAD and content[0] == _SEQUENCE and content[1] == _LONG


def _public(play: Play, step: Step) -> SM2PublicKey:
    """The key that the step names, with the head that a file has, or that of a certificate."""
    from sscard.keys.x509.certificate import parse

    try:
        if name := step.text("certificate"):
            return parse(_kept(play, name)).public
        return SM2PublicKey(play.hex(step, "public")[-pki.POINT :])
    except (MalformedData, ValueError):
        raise not_run("the public key is no point of the curve") from None


def _kept(play: Play, name: str) -> bytes:
    kept = play.variables.get(name)
    return kept if isinstance(kept, bytes) else b""


_KEY = {"file": Kind.NUMBER, "public": Kind.HEX}
ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "certificate": Action(
            certificate,
            Text("读证书 {file:04X}", "read the certificate {file:04X}"),
            {"file": Kind.NUMBER, "whole": Kind.FLAG},
            ("file",),
        ),
        "decrypt": Action(
            decrypt,
            Text("用私钥 {file:04X} 解密", "decrypt with the private key {file:04X}"),
            {**_KEY, "certificate": Kind.TEXT, "cipher": Kind.TEXT},
            ("file",),
            {"cipher": ("right", "wrong")},
            keeps=(_WANTED,),
        ),
        "sign": Action(
            sign,
            Text("用私钥 {file:04X} 签名", "sign with the private key {file:04X}"),
            _KEY,
            ("file", "public"),
        ),
        "bring public key": Action(
            bring,
            Text("导入已有的加密公钥", "bring the encryption public key that is there"),
            {"public": Kind.HEX},
            ("public",),
        ),
        "certificate chain": Action(
            chain,
            Text("验证证书链", "verify the chain of the certificate"),
            {"of": Kind.TEXT},
        ),
        "certificate valid": Action(
            valid,
            Text("验证证书有效期", "is the certificate valid today"),
            {"of": Kind.TEXT},
        ),
    }
)
