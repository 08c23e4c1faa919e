"""The certificate application as a terminal sees it: keys, certificates, tries (ssc-more 1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sscard.apdu import iso7816, pki
from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import MalformedData
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.types import SM4
from sscard.keys.x509 import Certificate, parse
from sscard.keys.x509.facts import facts
from sscard.perso.certificates.elementary_files import is_empty, parse_key, read
from sscard.perso.certificates.secrets_shown import master_of, tries_left, try_master
from sscard.perso.inventory_objects import fci
from sscard.perso.node import Node, refusal, unreadable
from sscard.perso.plan import Plan, attempt
from sscard.profiles.certificates import CertificateApplication, CertificateFile

_PAIRS = (
    ("signature", "签名密钥对", "signature pair"),
    ("encryption", "加密密钥对", "encryption pair"),
)
_EMPTY = "空：尚无密钥对与证书 empty: no key pair and no certificate yet"
#: A tag in the answer to SELECT of the DDF (ssc-more 1.1 [T]).
_UNKNOWN = "92"
_FOR_THE_CARD = "仅卡内使用 for the card alone"


@dataclass(frozen=True, slots=True)
class _Read:
    """A file: what is in it, or the refusal."""

    file: CertificateFile
    content: bytes | StatusError

    @property
    def unused(self) -> bool:
        """Whether nothing was ever put there."""
        return isinstance(self.content, bytes) and is_empty(self.content)

    @property
    def node(self) -> Node:
        """The file without what is in it."""
        raw = self.content if isinstance(self.content, bytes) else b""
        node = Node(
            "file", f"{self.file.fid:04X}", "", self.file.name_zh, self.file.name_en, raw=raw
        )
        if isinstance(self.content, StatusError):
            return replace(node, note=refusal(self.content.sw))
        return replace(node, raw=b"", note="空 empty") if self.unused else node


def certificate_application(declared: CertificateApplication, blank: SM4 | None) -> Plan[Node]:
    """The DDF with the ADF below it; an empty application is one line.

    ``blank`` is the master key of blank cards: it tells whether the card has its own.  It is tried
    where it is given, which may cost a try on a card that has another.
    """
    top = _directory("PKI", declared.ddf_name, declared.title_zh, declared.title_en)
    answer = yield iso7816.select(declared.ddf_name)
    if answer.sw != StatusWord.OK:
        return replace(top, note=refusal(answer.sw))
    environment = [_environment_fci(answer.data), (yield from _master(declared, "ddf", blank))]
    inside = yield from _application(declared, blank)
    if not inside.children and inside.note == _EMPTY:
        return replace(top, note=_EMPTY)
    return replace(top, children=(*environment, inside))


def _environment_fci(raw: bytes) -> Node:
    """With an object in it that has another meaning in debit cards, and here an unknown one."""
    return _renamed(fci(raw))


def _renamed(node: Node) -> Node:
    children = tuple(_renamed(each) for each in node.children)
    if node.identifier == _UNKNOWN:
        return replace(node, zh="含义不明", en="not known", children=children)
    return replace(node, children=children)


def _application(declared: CertificateApplication, blank: SM4 | None) -> Plan[Node]:
    node = _directory("CERT", declared.adf_name, "数字证书", "certificates")
    answer = yield iso7816.select(declared.adf_name)
    if answer.sw != StatusWord.OK:
        return replace(node, note=refusal(answer.sw))
    found = []
    for file in declared.files:
        if file.holds != "private key":
            content = yield from attempt(read(declared, file.fid))
            found.append(_Read(file, content))
    if all(each.unused for each in found):
        return replace(node, note=_EMPTY)
    children = [fci(answer.data), (yield from _master(declared, "adf", blank))]
    children += yield from _tries(declared)
    children += _pairs(declared, tuple(found))
    return replace(node, children=tuple(children))


def _directory(name: str, df_name: bytes, zh: str, en: str) -> Node:
    return Node("directory", df_name.hex().upper(), name, zh, en)


def _master(declared: CertificateApplication, owner: str, blank: SM4 | None) -> Plan[Node]:
    """The current directory's master key: still that of blank cards, or the card's own."""
    master = master_of(declared, owner)
    node = Node("element", "", master.name, master.name_zh, master.name_en)
    if blank is None:
        return replace(node, note="未出示 not tried")
    answer = yield from attempt(try_master(master, blank))
    if isinstance(answer, StatusError):
        return replace(node, note=refusal(answer.sw))
    own = answer != StatusWord.OK
    return replace(
        node,
        value="own" if own else "transport",
        meaning="已更换 replaced" if own else "出厂值 as on blank cards",
    )


def _tries(declared: CertificateApplication) -> Plan[list[Node]]:
    """What each PIN has left, asked without using one."""
    nodes = []
    for pin in declared.pins:
        node = Node("element", f"{pin.reference:02X}", f"{pin.name}_pin", pin.name_zh, pin.name_en)
        left = yield from attempt(tries_left(pin))
        if isinstance(left, StatusError):
            nodes.append(replace(node, note=refusal(left.sw)))
        else:
            said = "已锁 blocked" if not left else "次可试 tries left"
            nodes.append(replace(node, value=left, meaning=said))
    return nodes


def _pairs(declared: CertificateApplication, found: tuple[_Read, ...]) -> Iterator[Node]:
    for pair, zh, en in _PAIRS:
        public = next(each for each in found if _is(each.file, pair, "public key"))
        certificate = next(each for each in found if _is(each.file, pair, "certificate"))
        private = next(each for each in declared.files if _is(each, pair, "private key"))
        own = Node("file", f"{private.fid:04X}", "", private.name_zh, private.name_en)
        children = (_key(public), replace(own, note=_FOR_THE_CARD), _held(certificate, public))
        note = "空 empty" if public.unused and certificate.unused else ""
        yield Node("part", "", f"{pair}_pair", zh, en, note=note, children=children)


def _is(file: CertificateFile, pair: str, holds: str) -> bool:
    return file.pair == pair and file.holds == holds


def _key(public: _Read) -> Node:
    key = _point(public)
    if isinstance(key, MalformedData):
        return replace(public.node, note=unreadable(key))
    if key is None:
        return public.node
    raw = public.content if isinstance(public.content, bytes) else b""
    kcv = key.kcv.hex().upper()
    return replace(public.node, value=kcv, meaning="校验值 check value", raw=raw)


def _point(public: _Read) -> SM2PublicKey | MalformedData | None:
    """The key in a file; None where there is none."""
    if not isinstance(public.content, bytes):
        return None
    try:
        return parse_key(public.content, public.file.fid)
    except MalformedData as error:
        return error


def _held(found: _Read, public: _Read) -> Node:
    """A certificate in words, and whether it is of the key beside it."""
    if not isinstance(found.content, bytes) or found.unused:
        return found.node
    try:
        certificate = parse(found.content)
    except MalformedData as error:
        return replace(found.node, note=unreadable(error))
    said = [
        Node("element", "", fact.name, fact.zh, fact.en, fact.value) for fact in facts(certificate)
    ]
    children = (_match(certificate, public), *said)
    return replace(found.node, note=f"{len(certificate.der)} 字节 bytes", children=children)


def _match(certificate: Certificate, public: _Read) -> Node:
    key = _point(public)
    fid = f"{public.file.fid:04X}"
    matches = isinstance(key, SM2PublicKey) and key.point == certificate.public.point
    return Node(
        "element",
        "",
        "key_matches",
        "公钥",
        "public key",
        "✓" if matches else "✗",
        f"与{fid}一致 that in file {fid}" if matches else f"不是{fid}的 NOT that in file {fid}",
    )
