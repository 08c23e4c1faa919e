"""The certificate application command by command: selection, PINs, pairs, files, master keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from simulator import VirtualCard
from sscard.apdu import aid, iso7816, pki, ssc
from sscard.channel import pki as channel
from sscard.cos import NVM, CardState, Protocol
from sscard.dialects import footprint
from sscard.dialects.chip import PAGE
from sscard.dialects.operations import CreateDirectory
from sscard.keys import SM4, sm2
from sscard.keys.sm2_keys import SM2PrivateKey
from sscard.keys.sm3 import sm3
from sscard.profiles import load_profile
from sscard.profiles.chips import load_chip

PROTOCOLS = [Protocol.T1, Protocol.CONTACTLESS]


# Selection


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_fcis_are_those_of_the_trace(make: Callable[..., Any], protocol: Protocol) -> None:
    declared = load_profile("gen3").certificates
    assert declared is not None
    host = make(protocol=protocol)
    assert host.enter(declared.ddf_name) == declared.ddf_fci
    assert host.enter(declared.adf_name) == declared.adf_fci
    host.enter(pki.DDF_NAME)
    assert host.ok(iso7816.select_fid(declared.adf_fid)) == declared.adf_fci
    assert [each.fid for each in declared.files] == [0x12, 0x13, 0x14, 0x15, 0x18, 0x19]
    for each in declared.files:
        assert host.sw(iso7816.select_fid(each.fid)) == 0x9000
        assert host.sw(iso7816.select_fid(each.fid, under_current=True)) == 0x9000
        size = host.memory().files[each.fid].size
        assert size == each.size


def test_the_blank_values_are_those_declared(make: Callable[..., Any]) -> None:
    declared = load_profile("gen3").certificates
    assert declared is not None
    host = make()
    host.enter()
    for pin in declared.pins:
        assert host.sw(pki.tries_left(pin.reference)) == 0x63C0 | pin.tries
        shown = channel.cryptogram(channel.pin_key(bytes.fromhex(pin.initial)), host.challenge())
        assert host.sw(pki.verify(pin.reference, shown)) == 0x9000


def test_where_it_is_found(host: Any) -> None:
    host.enter(aid.PSE)
    assert host.sw(iso7816.select_fid(0xDF01)) == 0x6A82, "the ADF only from inside"
    host.enter(pki.DDF_NAME)
    assert host.sw(iso7816.select_fid(0x18)) == 0x6A82, "the files are the ADF's"
    assert host.sw(iso7816.select_fid(0xDF02)) == 0x6A82
    assert host.sw(iso7816.select_fid(0xDF01, under_current=True)) == 0x6A82
    assert host.sw(iso7816.select(pki.DDF_NAME[:5])) == 0x6A82
    assert host.sw(iso7816.select(pki.ADF_NAME, p2=2)) == 0x6A82
    assert host.enter(pki.ADF_NAME)
    assert host.sw(iso7816.select_fid(0x10)) == 0x6A82


def test_an_antenna_that_does_not_reach_it(make: Callable[..., Any]) -> None:
    host = make(protocol=Protocol.CONTACTLESS, over_antenna=False)
    assert host.sw(iso7816.select(pki.DDF_NAME)) == 0x6A82
    host.card.power_on(Protocol.T1)
    assert host.sw(iso7816.select(pki.DDF_NAME)) == 0x9000


def test_le_that_is_too_short(host: Any) -> None:
    short = replace(iso7816.select(pki.ADF_NAME), ne=4)
    assert host.sw(short) == 0x6C10


def test_older_images_have_the_partition_and_nothing_in_it(tmp_path: Any) -> None:
    """Made when the financial side had the memory: it loads, and finds no application."""
    new = load_chip("gen3-80k")
    old_parts = {name: size for name, size in new.partitions.items() if name != "pki"}
    old = replace(new, partitions={**old_parts, "pse": 20480})
    card = VirtualCard.blank(old)
    card.power_on()
    before = card.transmit(bytes(iso7816.select(aid.DEBIT)))
    card.save(tmp_path / "old.card")
    again = VirtualCard.load(tmp_path / "old.card")
    again.power_on()
    assert again.transmit(bytes(iso7816.select(pki.DDF_NAME))) == b"\x6a\x82"
    assert again.transmit(bytes(iso7816.select(pki.ADF_NAME))) == b"\x6a\x82"
    assert again.transmit(bytes(iso7816.select(aid.DEBIT))) == before


@pytest.mark.parametrize("junk", [b"\xff", b"\xc1\x00\x05", b"\xc1\xff\xff", b"\x01\x00"])
def test_whatever_lies_in_the_partition_the_card_wakes_up(junk: bytes) -> None:
    chip = load_chip("gen3-80k")
    card = VirtualCard.blank(chip)
    part = card.card.certificates.partition
    cells = bytearray(card.card.nvm.cells)
    cells[part.base : part.base + part.size] = (junk * part.size)[: part.size]
    woken = VirtualCard(NVM(cells), chip)
    woken.power_on()
    assert woken.transmit(bytes(iso7816.select(pki.DDF_NAME))) == b"\x6a\x82"
    assert woken.transmit(bytes(iso7816.select(aid.PSE)))[-2:] == b"\x90\x00"


def test_chips_without_it_do_not_know_it() -> None:
    card = VirtualCard.blank("gen2-32k")
    assert card.card.certificates is None
    card.power_on()
    assert card.transmit(bytes(iso7816.select(pki.DDF_NAME))) == b"\x6a\x82"


def test_its_names_are_taken_in_the_factory(make: Callable[..., Any]) -> None:
    card = make().card.card
    factory, name = card._factory, pki.DDF_NAME
    card._main.files.create_directory(CreateDirectory(0x3F00))
    with pytest.raises(Exception, match="6A89"):
        factory._create_directory(card._main, CreateDirectory(0xDDF1, name))


# PINs


def test_a_pin_is_shown_with_either_challenge(host: Any, kit: Any) -> None:
    for size in (8, 16):
        assert host.sw(host.proof(kit.user, size=size)) == 0x9000
    assert host.hex("0084000004") == "6700"


def test_wrong_pins_use_the_tries_up(host: Any, kit: Any) -> None:
    for left in range(5, -1, -1):
        assert host.sw(host.proof(kit.user, wrong=True)) == 0x63C0 | left
    assert host.sw(host.proof(kit.user)) == 0x6983
    assert host.sw(pki.tries_left(pki.USER)) == 0x63C0
    assert host.sw(pki.tries_left(pki.ADMIN)) == 0x63C6
    host.card.reset()
    host.enter()
    assert host.sw(host.proof(kit.user)) == 0x6983
    host.show(kit.admin)


def test_a_right_pin_gives_the_tries_back(host: Any, kit: Any) -> None:
    host.sw(host.proof(kit.user, wrong=True))
    host.show(kit.user)
    assert host.sw(pki.tries_left(pki.USER)) == 0x63C6


def test_a_wrong_pin_takes_the_right_back(host: Any, kit: Any) -> None:
    host.show(kit.user)
    assert host.sw(host.proof(kit.user, wrong=True)) == 0x63C5
    assert host.sw(pki.generate_key_pair()) == 0x6982


def test_a_challenge_serves_once_and_without_one_no_try_is_used(host: Any, kit: Any) -> None:
    proof = host.proof(kit.user)
    assert host.sw(proof) == 0x9000
    assert host.sw(proof) == 0x6984
    wrong = host.proof(kit.user, wrong=True)
    assert host.sw(wrong) == 0x63C5
    assert host.sw(wrong) == 0x6984
    assert host.sw(pki.tries_left(pki.USER)) == 0x63C5


def test_pins_last_until_power_off_and_master_keys_until_select(host: Any, kit: Any) -> None:
    host.show(kit.user, kit.admin)
    assert host.show_master() == 0x9000
    host.enter(aid.PSE)
    host.enter()
    assert host.sw(pki.generate_key_pair()) == 0x9000
    challenge = host.challenge()
    assert host.sw(channel.replace_master(kit.master, bytes(range(16)), challenge)) == 0x6982
    host.card.reset()
    host.enter()
    assert host.sw(pki.sign(bytes(32))) == 0x6982


def test_the_admin_pin_changes(host: Any, kit: Any) -> None:
    old, new = channel.pin_key(bytes.fromhex(kit.admin)), "87654321"
    command = channel.change_admin_pin(old, bytes.fromhex(new), host.challenge())
    assert host.sw(command) == 0x6982, "it must have been shown"
    host.show(kit.admin)
    command = channel.change_admin_pin(old, bytes.fromhex(new), host.challenge())
    assert host.sw(command) == 0x9000
    assert host.sw(command) == 0x6984
    assert host.sw(host.proof(kit.admin)) == 0x63C5
    host.show(new)
    assert host.sw(pki.tries_left(pki.ADMIN)) == 0x63C6


@pytest.mark.parametrize("new", ["87", "8765432100112233", "8765432F", "ABCD", ""])
def test_what_is_no_pin(host: Any, kit: Any, new: str) -> None:
    host.show(kit.admin)
    before, old = host.state(), channel.pin_key(bytes.fromhex(kit.admin))
    command = channel.change_admin_pin(old, bytes.fromhex(new), host.challenge())
    assert host.sw(command) == (0x6A80 if len(command.data) == 20 else 0x6700)
    assert host.state() == before


def test_a_wrong_mac_changes_nothing(host: Any, kit: Any) -> None:
    host.show(kit.admin)
    assert host.show_master() == 0x9000
    before, other = host.state(), SM4(bytes(16))
    challenge = host.challenge()
    assert host.sw(channel.change_admin_pin(other, b"\x11\x22\x33\x44", challenge)) == 0x6988
    assert host.sw(channel.replace_master(other, bytes(16), host.challenge())) == 0x6988
    assert host.state() == before


# Pairs


def test_a_pair_is_made_and_read(host: Any, kit: Any) -> None:
    assert host.file(0x12) == bytes(66)
    assert host.sw(pki.choose_public_key()) == 0x6985
    host.show(kit.user)
    host.ok(pki.generate_key_pair())
    assert host.file(0x12) == b"\xca\x40" + bytes(host.public())
    number = host.memory().files[0x13].content
    assert SM2PrivateKey(number).public == host.public()


def test_another_pair_needs_both_pins_and_takes_the_certificate(full: Any, kit: Any) -> None:
    old = full.public()
    full.show(kit.user)
    assert full.sw(pki.generate_key_pair()) == 0x6982
    assert (full.public(), full.file(0x18, 5)) == (old, b"\x30" * 5)
    full.show(kit.admin)
    full.ok(pki.generate_key_pair())
    assert full.public() != old
    assert full.memory().files[0x18].content == bytes(1020)
    assert full.file(0x19, 5) == b"\x31" * 5


def test_an_envelope_is_opened(full: Any, kit: Any) -> None:
    envelope = full.envelope()
    assert full.sw(envelope) == 0x6982
    full.show(kit.user)
    assert full.ok(envelope) == kit.session.reveal()
    bent = replace(envelope, data=envelope.data[:-1] + bytes((envelope.data[-1] ^ 1,)))
    assert full.sw(bent) == 0x6A80
    assert full.sw(replace(envelope, ne=8)) == 0x6C10


def test_the_encryption_pair_decrypts_too(full: Any, kit: Any) -> None:
    full.show(kit.user)
    cipher = sm2.encrypt(kit.pair.public, bytes(range(16)), _fixed)
    assert full.ok(pki.decrypt(cipher, 0x15)) == bytes(range(16))


def _fixed(size: int) -> bytes:
    return bytes([7]) * size


def test_the_private_half_must_belong_to_the_public_one(host: Any, kit: Any) -> None:
    host.show(kit.user)
    host.ok(pki.set_session_key(kit.session.reveal()))
    assert host.sw(kit.bring(kit.pair)) == 0x6985, "the public half first"
    host.ok(pki.import_public_key(bytes(kit.pair.public)))
    before = host.state()
    assert host.sw(kit.bring(kit.another)) == 0x6A80
    assert host.sw(kit.bring(kit.pair, SM4(bytes(16)))) == 0x6A80
    assert host.state() == before
    host.ok(kit.bring(kit.pair))
    assert host.memory().files[0x15].content == kit.pair.reveal()
    after = host.state()
    host.ok(kit.bring(kit.pair))
    host.ok(pki.import_public_key(bytes(kit.pair.public)))
    assert host.state() == after, "once more is nothing new"


def test_another_public_half_ends_the_old_pair(full: Any, kit: Any) -> None:
    full.show(kit.user, kit.admin)
    full.ok(pki.import_public_key(bytes(kit.another.public)))
    files = full.memory().files
    assert files[0x15].content == bytes(32)
    assert files[0x19].content == bytes(1020)
    assert full.file(0x18, 5) == b"\x30" * 5
    assert full.sw(pki.decrypt(bytes(112), 0x15)) == 0x6985


def test_the_session_key_is_for_one_visit(host: Any, kit: Any) -> None:
    host.show(kit.user)
    host.ok(pki.import_public_key(bytes(kit.pair.public)))
    assert host.sw(kit.bring(kit.pair)) == 0x6985
    host.ok(pki.set_session_key(kit.session.reveal()))
    host.enter()
    assert host.sw(kit.bring(kit.pair)) == 0x6985


def test_points_beside_the_curve_are_refused(host: Any, kit: Any) -> None:
    host.show(kit.user)
    assert host.sw(pki.import_public_key(bytes(64))) == 0x6A80
    assert host.sw(pki.import_public_key(b"\xff" * 64)) == 0x6A80


# Signing and hashing


def test_signatures_verify(full: Any, kit: Any) -> None:
    full.show(kit.user)
    public, message = full.public(), b"an agreement"
    one, other = (full.ok(pki.sign(sm2.digest(public, message))) for _ in range(2))
    assert one != other, "a nonce of its own each time"
    for signature in (one, other):
        assert sm2.verify(public, message, signature)
        assert not sm2.verify(public, b"another", signature)
    assert full.sw(pki.sign(bytes(32), 0x15)) == 0x6A82


def test_a_chip_that_does_not_sign(make: Callable[..., Any], kit: Any) -> None:
    host = make(signing="none")
    host.enter()
    host.show(kit.user)
    host.ok(pki.generate_key_pair())
    assert host.sw(pki.sign(bytes(32))) == 0x6D00


def test_hash_is_sm3_of_the_message(host: Any) -> None:
    for size in (0, 1, 127, 128, 250, 300):
        message = bytes(range(256))[:size].ljust(size, b"x")
        assert host.ok(pki.hash_message(message)) == sm3(message)
    assert host.hex("80C4010305C203616263")[-4:] == "6A80"


# Files


def test_certificates_are_written_in_parts(host: Any, kit: Any) -> None:
    content = bytes(range(256)) * 3
    assert host.write(0x18, content[:5]) == 0x6982
    host.show(kit.user)
    for offset in range(0, 768, 0x70):
        assert host.write(0x18, content[offset : offset + 0x70], offset) == 0x9000
    read = b"".join(_read(host, at) for at in range(0, 768, 256))
    assert read == content
    assert host.ok(iso7816.read_binary(252, offset=768)) == bytes(252)
    assert host.ok(iso7816.read_binary(256, offset=1019)) == b"\0"
    assert host.sw(iso7816.read_binary(1, offset=1020)) == 0x6B00
    assert host.write(0x18, b"a", 1020) == 0x6B00
    assert host.write(0x18, b"ab", 1019) == 0x6700
    assert host.sw(iso7816.update_binary(b"by SFI", sfi=0x19)) == 0x9000
    assert host.ok(iso7816.read_binary(6, sfi=0x19)) == b"by SFI"


def _read(host: Any, at: int) -> bytes:
    return bytes(host.ok(iso7816.read_binary(256, offset=at)))


def test_keys_are_not_read_or_written_as_files(full: Any, kit: Any) -> None:
    full.show(kit.user, kit.admin)
    assert full.show_master() == 0x9000
    before = full.state()
    for fid in (0x13, 0x15):
        full.ok(iso7816.select_fid(fid))
        assert full.hex("00B0000020") == "6982"
        assert full.hex(f"00B0{0x80 | fid:02X}0020") == "6982"
    for fid in (0x12, 0x13, 0x14, 0x15):
        assert full.write(fid, b"\xca") == 0x6982
    assert full.state() == before


def test_no_current_file_and_none_of_this_name(host: Any) -> None:
    assert host.hex("00B0000010") == "6986"
    assert host.hex("00B0910010") == "6A82"
    assert host.hex("00B0000010") == "6986", "what is not there does not become current"


# Master keys


def test_each_directory_has_a_master_key_of_its_own(make: Callable[..., Any], kit: Any) -> None:
    host, new = make(), SM4(bytes(range(16)))
    host.enter()
    assert host.show_master() == 0x9000
    replacement = channel.replace_master(kit.master, new.reveal(), host.challenge())
    assert host.sw(replacement) == 0x9000
    again = channel.replace_master(new, bytes(16), host.challenge())
    assert host.sw(again) == 0x6982, "the new one was not shown yet"
    assert host.show_master() == 0x63CF
    assert host.show_master(new) == 0x9000
    host.enter(pki.DDF_NAME)
    assert host.show_master(new) == 0x63CF
    assert host.show_master() == 0x9000
    replacement = channel.replace_master(kit.master, bytes(16), host.challenge())
    assert host.sw(replacement) == 0x9000
    assert [each.state.name for each in host.memory().directories.values()] == ["OWN", "OWN"]


def test_master_tries_are_a_setting(make: Callable[..., Any], kit: Any) -> None:
    host = make(master_tries=2)
    host.enter()
    assert host.show_master(SM4(bytes(16))) == 0x63C1
    assert host.show_master() == 0x9000
    assert [host.show_master(SM4(bytes(16))) for _ in range(3)] == [0x63C1, 0x63C0, 0x6983]
    assert host.show_master() == 0x6983


# The firewall, on the wire


def test_what_is_shown_here_is_worth_nothing_elsewhere(full: Any, kit: Any) -> None:
    full.show(kit.user, kit.admin)
    challenge = full.challenge()
    full.enter(aid.PSE)
    assert full.hex("0084000010") in ("6D00", "6985")
    full.enter()
    shown = channel.cryptogram(channel.pin_key(bytes.fromhex(kit.user)), challenge)
    assert full.sw(pki.verify(pki.USER, shown)) == 0x9000, "its own challenge still counts"


def test_all_is_quiet_once_the_card_is_blocked(full: Any) -> None:
    card = full.card.card
    card.system._write(0, bytes((CardState.BLOCKED,)))
    card.nvm.commit()
    assert full.sw(pki.get_challenge()) == 0x6A81
    assert full.sw(iso7816.select(pki.ADF_NAME)) == 0x6A81


@pytest.mark.parametrize("size", [256, 1020, 1024])
def test_it_costs_what_a_chip_file_is_measured_with(make: Callable[..., Any], size: int) -> None:
    part = make(certificate_size=size).card.card.certificates.partition
    assert part.size - part.free == footprint.certificates(size)


@pytest.mark.parametrize("size", [256, 1020, 1024])
def test_the_journal_has_room_for_another_key(
    make: Callable[..., Any], kit: Any, size: int
) -> None:
    """Both halves, their state and the whole of a full certificate go in one command."""
    host = make(certificate_size=size)
    host.enter()
    host.show(kit.user, kit.admin)
    host.ok(pki.generate_key_pair())
    host.ok(pki.import_public_key(bytes(kit.pair.public)))
    for fid in (0x18, 0x19):
        assert host.write(fid, b"\x30" * size) == 0x9000
    host.ok(pki.generate_key_pair())
    host.ok(pki.import_public_key(bytes(kit.another.public)))
    files = host.memory().files
    assert not any(files[0x18].content + files[0x19].content)


def test_the_application_lies_on_pages_of_its_own(full: Any) -> None:
    part = full.card.card.certificates.partition
    assert not part.base % PAGE
    assert not part.size % PAGE
    assert ssc.SSSE_NAME not in full.state()
