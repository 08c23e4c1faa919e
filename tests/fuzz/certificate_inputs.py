"""Inputs of the certificate application: the whole order of work, and what goes wrong in it."""

from __future__ import annotations

from collections.abc import Iterator

from certificate_proofs import BROUGHT, MASTER, SESSION
from fuzz_card import Op, Step

from sscard.apdu import iso7816, pki
from sscard.apdu.command import CommandAPDU

_CERTIFICATE = b"\x30\x82\x02\x40" + bytes(range(1, 200))
_NEW_PIN, _NEW_MASTER = bytes.fromhex("90817263"), bytes(range(0x30, 0x40))
_ENTER = (iso7816.select(pki.DDF_NAME), iso7816.select(pki.ADF_NAME))
_IMPORT_PRIVATE = pki.import_private_key(bytes(pki.NUMBER))
_DECRYPT = pki.decrypt(bytes(2 * pki.NUMBER + pki.DIGEST + 16))


def certificates() -> Iterator[tuple[str, list[Step]]]:
    """Name and steps of each."""
    made = [*_say(*_ENTER), _show(pki.USER), *_say(pki.generate_key_pair())]
    export = _say(pki.choose_public_key(), pki.export_public_key())
    brought = [
        _right(_DECRYPT),
        *_say(pki.set_session_key(SESSION.reveal()), pki.import_public_key(bytes(BROUGHT.public))),
        _right(_IMPORT_PRIVATE),
    ]
    written = [*_written(pki.SIGNATURE_CERTIFICATE), *_written(pki.ENCRYPTION_CERTIFICATE)]
    master = [_show(MASTER), _right(pki.replace_master(_NEW_MASTER)), _show(MASTER)]
    closed = [_right(pki.change_admin_pin(_NEW_PIN)), _show(pki.ADMIN), *master]
    environment = [*_say(_ENTER[0]), *master]
    whole = [*made, *export, _show(pki.ADMIN), *brought, *written, *closed, *environment]
    yield "certificates", whole
    used = _say(pki.sign(bytes(pki.DIGEST)), pki.hash_message(b"abc"), *_reads())
    yield "certificates-used", [*made, _show(pki.ADMIN), *brought, *written, *used]
    yield "certificates-again", [*made, *_say(pki.generate_key_pair()), _show(pki.ADMIN), *made]
    yield "certificates-order", [*_say(*_ENTER), *brought, *written, *closed, *used, *export]
    yield (
        "certificates-power",
        [*made, (Op.RESET, b"\2"), *_say(_ENTER[1]), *brought, (Op.RESET, b"\1"), *made, *used],
    )
    wrong = pki.verify(pki.ADMIN, bytes(16))
    tried = [step for _ in range(7) for step in _say(pki.get_challenge(), wrong)]
    yield "certificates-blocked", [*_say(*_ENTER), *tried, _show(pki.ADMIN), *_say(_TRIES)]


_TRIES = pki.tries_left(pki.ADMIN)


def near_valid() -> tuple[str, ...]:
    """Commands with one field wrong, hexadecimal."""
    return (
        *("8040000008C0020012C2020014", "8040000008C0020012C2020015", "8040000004C0020012"),
        *("80C9820008C0020013C2020012", "80C9828001", "804E000178C2020013C1820070" + "00" * 112),
        *("804E000106C2020015C100", "804A021012C111" + "00" * 16, "804A021002C100"),
        *("80C2400046C0020014CA40" + "11" * 64, "80C2400046C0020012CA40" + "11" * 64),
        *("80C2C00126C2020015CB20" + "22" * 32, "80C4010300", "80C4010303C18203", "80C4010302C100"),
        *("8074000026C2020015C120" + "33" * 32 + "40", "845E010014" + "44" * 20, "84D4010000"),
        *("00B09300FF", "00B0980400", "00B09F0000", "00D6980401AA", "00D69803FFAA", "00D6930001AA"),
        *("0020018110" + "55" * 16, "0020018210" + "55" * 16, "0082000010" + "66" * 16),
        *("00A40000020013", "00A4000002DF01", "00A40000020020", "0084000011"),
    )


def _say(*commands: CommandAPDU) -> list[Step]:
    return [(Op.LONG if len(bytes(each)) > 0xFF else Op.COMMAND, bytes(each)) for each in commands]


def _show(reference: int) -> Step:
    return Op.CERTIFICATE, bytes((reference,))


def _right(command: CommandAPDU) -> Step:
    return Op.CERTIFICATE, bytes(command)


def _written(fid: int) -> list[Step]:
    parts = (iso7816.update_binary(_CERTIFICATE[at : at + 112], offset=at) for at in (0, 112))
    return _say(iso7816.select_fid(fid), *parts)


def _reads() -> Iterator[CommandAPDU]:
    for fid in range(pki.SIGNATURE_PUBLIC, pki.ENCRYPTION_CERTIFICATE + 1):
        yield iso7816.read_binary(66, sfi=fid)
