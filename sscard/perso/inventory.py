"""Everything a card shows, read through commands only and with the rights that it is given.

Nothing is written, but the card counts: one try of the PIN, one of each read key, a transaction.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from sscard.apdu import atr, iso7816
from sscard.apdu.card_identity import historical_bytes
from sscard.apdu.response import ResponseAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.errors import MalformedData
from sscard.keys import SM4, Factors, Pin, SocialSecurityStore
from sscard.perso import handover
from sscard.perso.handover import Holder
from sscard.perso.inventory_atr import answer_to_reset
from sscard.perso.inventory_certificates import certificate_application
from sscard.perso.inventory_files import Access, read_directory
from sscard.perso.inventory_pse import financial
from sscard.perso.node import Node, refusal, unreadable
from sscard.perso.order import MF
from sscard.perso.plan import POWER_UP, Plan, attempt
from sscard.perso.read_files import read_file
from sscard.perso.structure import MF_FID
from sscard.profiles import Directory, File, Profile
from sscard.profiles.identifiers import CardIdentification
from sscard.profiles.migration import redefinitions

_CARD_ID = "card_identification_code"
_AREA_STATES = MappingProxyType(
    {handover.CARRYING: "载有数据 carrying data", handover.CLOSED: "已关闭 closed"}
)


def inventory(
    profile: Profile,
    store: SocialSecurityStore | None,
    pin: Pin | None,
    later: Profile | None = None,
    blank_master: SM4 | None = None,
) -> Plan[Node]:
    """The whole card as a tree.  Files are those of ``profile``; keys come from ``store``.

    Without ``store`` no key and without ``pin`` no PIN is tried: on a card that is not one's own,
    a wrong one would be counted.
    ``later`` is the generation that a card of the first may have migrated to (ssc 2.8 [S]).
    ``blank_master`` is what blank cards' certificate application has; None is never tried.
    A refusal by the card is a note in the tree, never an exception.  Raises ProfileError.
    """
    answer = (yield POWER_UP).require("power up")
    children = [answer_to_reset(answer), (yield from _main_file(profile))]
    redefined = redefinitions(profile, later) if later else ()
    access = Access(profile, store, None, pin=False, redefined=redefined)
    for root in (each for each in profile.directories if each.parent == MF):
        children.append((yield from _environment(access, pin, root, answer)))
    if profile.certificates is not None:
        children.append((yield from certificate_application(profile.certificates, blank_master)))
    children += yield from financial()
    return Node(
        "card", "", profile.name, profile.title_zh, profile.title_en, children=tuple(children)
    )


def _main_file(profile: Profile) -> Plan[Node]:
    """The MF with the state of the hand-over area (decision 11, assumed)."""
    node = Node("directory", f"{MF_FID:04X}", MF, "主文件", "master file")
    answer = yield iso7816.select_fid(MF_FID)
    if answer.sw != StatusWord.OK:
        return replace(node, note=refusal(answer.sw))
    fid = profile.setting("exchange_fid").number
    size = profile.setting("exchange_size").number
    area = yield iso7816.read_binary(size, sfi=fid & 0x1F)
    return replace(node, children=(_area(f"{fid:04X}", area),))


def _area(identifier: str, answer: ResponseAPDU) -> Node:
    node = Node("file", identifier, zh="公共区", en="hand-over area")
    if answer.sw == StatusWord.SECURITY_NOT_SATISFIED:
        return replace(node, note="未使用 never used, therefore not readable")
    if answer.sw != StatusWord.OK or not answer.data:
        return replace(node, note=refusal(answer.sw))
    state = answer.data[0]
    meaning = _AREA_STATES.get(state, "")
    node = replace(node, value=f"{state:02X}", meaning=meaning, raw=answer.data)
    if state != handover.CARRYING:
        return node
    try:
        return replace(node, children=_holder(Holder.parse(answer.data)))
    except MalformedData as error:
        return replace(node, note=unreadable(error))


def _holder(holder: Holder) -> tuple[Node, ...]:
    return (
        Node(
            "element", "08", "id_number", "社会保障号码", "social security number", holder.id_number
        ),
        Node("element", "09", "name", "姓名", "name", holder.name),
    )


def _environment(access: Access, pin: Pin | None, root: Directory, answer: bytes) -> Plan[Node]:
    """SSSE and what is below it, after the PIN; its right lasts until power-off (ssc 3.2 [S])."""
    selected = yield iso7816.select(root.df_name)
    if selected.sw != StatusWord.OK:
        return (yield from read_directory(access, root))
    verified = (yield iso7816.verify(pin.encoded())).sw if pin else None
    factors = yield from _factors(root, answer)
    access = replace(access, factors=factors, pin=verified == StatusWord.OK)
    node = yield from read_directory(access, root)
    return replace(node, note=_pin_note(verified))


def _pin_note(sw: StatusWord | None) -> str:
    if sw is None:
        return "PIN 未出示 not shown"
    if sw == StatusWord.OK:
        return "PIN 正确 accepted"
    if sw.tries_left is not None:
        return f"PIN 错误 wrong, {sw.tries_left} tries left"
    if sw == StatusWord.AUTHENTICATION_BLOCKED:
        return "PIN 已锁 blocked"
    return f"PIN: {refusal(sw)}"


def _factors(root: Directory, answer: bytes) -> Plan[Factors | None]:
    """From the city in the card identification code and the ATR (ssc 4 [S]); None without them."""
    file = next((f for f in root.files if any(e.name == _CARD_ID for e in f.elements)), None)
    if file is None:
        return None
    content = yield from attempt(read_file(file))
    if isinstance(content, StatusError):
        return None
    return _derived(file, content, answer)


def _derived(file: File, content: tuple[bytes, ...], answer: bytes) -> Factors | None:
    number = next(t.number for t in file.record_templates() if t.element.name == _CARD_ID)
    try:
        code = file.decode_record(number, content[number - 1])[_CARD_ID]
        city = CardIdentification.parse(bytes.fromhex(code or "")).city
        historical = historical_bytes(answer)
    except MalformedData:
        return None
    return Factors.of(city, historical) if len(historical) == atr.HISTORICAL_SIZE else None
