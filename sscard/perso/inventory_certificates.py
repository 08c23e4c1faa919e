"""The certificate application as a terminal sees it: keys, certificates, tries (ssc-more 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sscard.apdu import iso7816
from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import MalformedData
from sscard.keys.types import SM4
from sscard.keys.x509.facts import RESIDUE, facts
from sscard.perso.certificates.reading import FileRead, PairRead, pairs_here
from sscard.perso.certificates.secrets_shown import master_of, tries_left, try_master
from sscard.perso.inventory_objects import fci
from sscard.perso.node import Node, refusal, unreadable
from sscard.perso.plan import Plan, attempt
from sscard.profiles.certificates import CertificateApplication, CertificateFile

_PAIRS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "signature": ("签名密钥对", "signature pair"),
        "encryption": ("加密密钥对", "encryption pair"),
    }
)
_EMPTY = "空：尚无密钥对与证书 empty: no key pair and no certificate yet"
#: A tag in the answer to SELECT of the DDF (ssc-more 1.1 [T]).
_UNKNOWN = "92"
_FOR_THE_CARD = "仅卡内使用 for the card alone"


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
    pairs = yield from pairs_here(declared)
    if all(each.unused for each in pairs):
        return replace(node, note=_EMPTY)
    children = [fci(answer.data), (yield from _master(declared, "adf", blank))]
    children += yield from _tries(declared)
    children += [_pair(declared, each) for each in pairs]
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


def _pair(declared: CertificateApplication, pair: PairRead) -> Node:
    private = next(
        each for each in declared.files if (each.pair, each.holds) == (pair.pair, "private key")
    )
    own = replace(_file(private), note=_FOR_THE_CARD)
    zh, en = _PAIRS[pair.pair]
    note = "空 empty" if pair.unused else ""
    children = (_key(pair.public), own, _certificate(pair))
    return Node("part", "", f"{pair.pair}_pair", zh, en, note=note, children=children)


def _file(file: CertificateFile) -> Node:
    return Node("file", f"{file.fid:04X}", "", file.name_zh, file.name_en)


def _read(found: FileRead) -> Node:
    """The file without what is in it, and why there is nothing."""
    if isinstance(found.content, StatusError):
        return replace(_file(found.file), note=refusal(found.content.sw))
    return replace(_file(found.file), note="空 empty" if found.unused else "")


def _key(public: FileRead) -> Node:
    try:
        key = public.key()
    except MalformedData as error:
        return replace(_read(public), note=unreadable(error))
    if key is None or not isinstance(public.content, bytes):
        return _read(public)
    kcv = key.kcv.hex().upper()
    return replace(_read(public), value=kcv, meaning="校验值 check value", raw=public.content)


def _certificate(pair: PairRead) -> Node:
    """A certificate in words, and whether it is of the key beside it."""
    found = pair.certificate
    try:
        certificate = found.certificate()
    except MalformedData as error:
        return replace(_read(found), note=unreadable(error))
    if certificate is None:
        return _read(found)
    said = (
        Node("element", "", fact.name, fact.zh, fact.en, fact.value) for fact in facts(certificate)
    )
    behind = f"，{RESIDUE}" if found.residue() else ""
    note = f"{len(certificate.der)} 字节 bytes{behind}"
    return replace(_read(found), note=note, children=(_match(pair), *said))


def _match(pair: PairRead) -> Node:
    fid, matches = f"{pair.public.file.fid:04X}", pair.matches()
    meaning = (
        f"与{fid}一致 that in file {fid}" if matches else f"不是{fid}的 NOT that in file {fid}"
    )
    sign = "✓" if matches else "✗"
    return Node("element", "", "key_matches", "公钥", "public key", sign, meaning)
