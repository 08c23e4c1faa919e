"""Which commands DDF and ADF answer, and in which form (ssc-more 1.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.pki import PkiINS
from sscard.apdu.status import StatusError, StatusWord
from sscard.cos.dispatch import ANY, Row, Table
from sscard.cos.pki import binary, pairs, proofs, uses
from sscard.cos.pki.signing import way
from sscard.cos.pki.standing import Standing

_PROOF, _MAC = 16, 4
_CHANGED_PIN, _NEW_MASTER = 16 + _MAC, 32 + _MAC
_PAIR = 8
#: The cipher of a session key, its length said in three bytes, as seen, or in one.
_CIPHER = (0x78, 0x76)
_BINARY_P1 = range(0x80 | 31)
#: What one UPDATE BINARY writes: more would not always find room in the journal (assumed).
_LONGEST = 1024


class Form(NamedTuple):
    """What a command with this P1 and P2 is."""

    handler: Callable[[Standing, CommandAPDU], bytes]
    lc: int
    le: bool


#: Instructions that are several commands, by P1 and P2.
FORMS: Mapping[tuple[int, int, int], Form] = MappingProxyType(
    {
        (PkiINS.EXPORT_PUBLIC_KEY, 0x82, 0x00): Form(pairs.choose_public, _PAIR, False),
        (PkiINS.EXPORT_PUBLIC_KEY, 0x82, 0x80): Form(pairs.export_public, 0, True),
        (PkiINS.IMPORT_KEY, 0x40, 0x00): Form(pairs.import_public, 0x46, False),
        (PkiINS.IMPORT_KEY, 0xC0, 0x01): Form(pairs.import_private, 0x26, False),
    }
)


def by_form(standing: Standing, command: CommandAPDU) -> bytes:
    """Carry out what P1 and P2 say.  Raises StatusError 6A86, 6700, and what the command raises."""
    form = FORMS.get((command.ins, command.p1, command.p2))
    if form is None:
        raise StatusError(StatusWord.WRONG_P1P2)
    if (len(command.data), command.ne > 0) != (form.lc, form.le):
        raise StatusError(StatusWord.WRONG_LENGTH)
    return form.handler(standing, command)


def _row(ins: PkiINS) -> Row[Standing]:
    """P1, P2 and the lengths go together: ``by_form`` looks at them."""
    legal = [(p1, p2) for each, p1, p2 in FORMS if each == ins]
    p1s, p2s = (frozenset(values) for values in zip(*legal, strict=True))
    return Row(by_form, p1=p1s, p2=p2s, lc=range(0x10000))


#: Of both directories.
DDF: Table[Standing] = MappingProxyType(
    {
        (0x00, INS.GET_CHALLENGE): Row(proofs.get_challenge, le=True),
        (0x00, INS.EXTERNAL_AUTHENTICATE): Row(
            proofs.external_authenticate, lc=(_PROOF,), le=False
        ),
        (0x84, PkiINS.REPLACE_MASTER): Row(
            proofs.replace_master, p1=(0x01,), lc=(_NEW_MASTER,), le=False
        ),
    }
)

#: Of the ADF, without the command that signs.
ADF: Table[Standing] = MappingProxyType(
    {
        **DDF,
        (0x00, INS.VERIFY): Row(
            proofs.verify, p1=(0x01,), p2=(pki.USER, pki.ADMIN), lc=(0, _PROOF), le=False
        ),
        (0x84, PkiINS.CHANGE_ADMIN_PIN): Row(
            proofs.change_admin_pin, p1=(0x01,), lc=(_CHANGED_PIN,), le=False
        ),
        (pki.CLASS, PkiINS.GENERATE_KEY_PAIR): Row(pairs.generate_pair, lc=(_PAIR,), le=False),
        (pki.CLASS, PkiINS.EXPORT_PUBLIC_KEY): _row(PkiINS.EXPORT_PUBLIC_KEY),
        (pki.CLASS, PkiINS.DECRYPT): Row(uses.decrypt, p2=(0x01,), lc=_CIPHER),
        (pki.CLASS, PkiINS.SET_SESSION_KEY): Row(
            pairs.set_session_key, p1=(0x02,), p2=(0x10,), lc=(0x12,), le=False
        ),
        (pki.CLASS, PkiINS.IMPORT_KEY): _row(PkiINS.IMPORT_KEY),
        (pki.CLASS, PkiINS.HASH): Row(
            uses.hash_message, p1=(0x01,), p2=(0x03,), lc=range(1, _LONGEST + 1)
        ),
        (0x00, INS.READ_BINARY): Row(binary.read, p1=_BINARY_P1, p2=ANY, le=True),
        (0x00, INS.UPDATE_BINARY): Row(
            binary.update, p1=_BINARY_P1, p2=ANY, lc=range(1, _LONGEST + 1), le=False
        ),
    }
)


@cache
def tables(signing: str) -> Mapping[bool, Table[Standing]]:
    """The commands by whether the ADF is current; ``signing`` names the way to sign."""
    return MappingProxyType({False: DDF, True: MappingProxyType({**ADF, **way(signing)})})
