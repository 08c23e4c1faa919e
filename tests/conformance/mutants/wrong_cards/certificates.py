"""The certificate application: its rights, its secrets, its keys, and what lies in its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from sscard.apdu import pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.iso7816 import INS
from sscard.apdu.pki import PkiINS
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import pki as channel
from sscard.cos.pki import Certificates, binary, memory, proofs, standing, uses
from sscard.cos.pki.states import Act, Proof
from sscard.errors import MalformedData
from sscard.issuance.ca import CertificateAuthority
from sscard.keys import sm2
from sscard.keys.sm2_keys import SM2PrivateKey, SM2PublicKey, generate
from sscard.keys.sm3 import sm3
from sscard.keys.x509 import CertificateAnswer
from tests.certified_card import application, authority, request_for
from wrong_cards.hands import Hands, mutant

Change = Callable[[Callable[[], bytes], CommandAPDU], bytes]


def of(hands: Hands) -> Certificates:
    """The application of the card."""
    found = hands.os.certificates
    assert found is not None
    return found


def around(hands: Hands, ins: int, change: Change) -> None:
    """Put something around one command; it gets the right way to carry it out."""
    right = of(hands).execute

    def execute(command: CommandAPDU, state: Any) -> bytes:
        if command.ins != ins:
            return right(command, state)
        return change(lambda: right(command, state), command)

    hands.patch.setattr(of(hands), "execute", execute)


def free(hands: Hands, *acts: Act) -> None:
    """Let everybody do these."""
    here = of(hands)._standing
    right = here.require
    hands.patch.setattr(here, "require", lambda act: None if act in acts else right(act))


# --- rights


@mutant
def private_key_readable(hands: Hands) -> None:
    here = of(hands)._standing

    def read(right: Callable[[], bytes], command: CommandAPDU) -> bytes:
        try:
            return right()
        except StatusError as refusal:
            if refusal.sw != StatusWord.SECURITY_NOT_SATISFIED:
                raise
            return binary._place(here, command)[0].content[: command.ne]

    around(hands, INS.READ_BINARY, read)


@mutant
def anybody_writes_certificates(hands: Hands) -> None:
    free(hands, Act.UPDATE)


@mutant
def anybody_uses_the_private_key(hands: Hands) -> None:
    free(hands, Act.DECRYPT)


@mutant
def anybody_changes_the_admin_pin(hands: Hands) -> None:
    free(hands, Act.CHANGE_ADMIN_PIN)


@mutant
def anybody_replaces_the_master_key(hands: Hands) -> None:
    free(hands, Act.REPLACE_MASTER)


@mutant
def anybody_brings_the_encryption_pair(hands: Hands) -> None:
    free(hands, Act.IMPORT, Act.SET_SESSION_KEY)


@mutant
def anybody_makes_another_key(hands: Hands) -> None:
    free(hands, Act.GENERATE_AGAIN)


@mutant
def user_pin_makes_another_key(hands: Hands) -> None:
    here = of(hands)._standing
    right = here.require

    def require(act: Act) -> None:
        right(Act.GENERATE if act is Act.GENERATE_AGAIN else act)

    hands.patch.setattr(here, "require", require)


@mutant
def master_key_of_the_ddf_opens_the_adf(hands: Hands) -> None:
    """A master key is not forgotten when another directory is selected."""
    here = of(hands)._standing
    right = here.select

    def select(directory: Any) -> bytes:
        before = Proof.MASTER in here.shown
        answer = right(directory)
        here.shown |= {Proof.MASTER} if before else set()
        return answer

    hands.patch.setattr(here, "select", select)


@mutant
def certificate_pins_survive_power_off(hands: Hands) -> None:
    here = of(hands)._standing
    right = here.reset

    def reset() -> None:
        before = set(here.shown)
        right()
        here.shown |= before

    hands.patch.setattr(here, "reset", reset)


# --- PINs and master keys


@mutant
def half_of_the_cryptogram_compared(hands: Hands) -> None:
    def proves(key: Any, challenge: bytes, received: bytes) -> bool:
        return channel.cryptogram(key, challenge)[:8] == received[:8]

    hands.patch.setattr(proofs, "channel", _instead(channel, proves=proves))


@mutant
def digits_of_the_pin_taken(hands: Hands) -> None:
    """VERIFY takes the user PIN in clear, too."""
    here = of(hands)._standing

    def verify(right: Callable[[], bytes], command: CommandAPDU) -> bytes:
        if command.data[:3] != bytes.fromhex("123456"):
            return right()
        here.shown.add(Proof.USER)
        return b""

    around(hands, INS.VERIFY, verify)


@mutant
def certificate_challenge_serves_twice(hands: Hands) -> None:
    here = of(hands)._standing.challenges
    right = here.take

    def take() -> bytes:
        last = right()
        here._last = last
        return last

    hands.patch.setattr(here, "take", take)


@mutant
def challenge_half_zero_in_certificates(hands: Hands) -> None:
    here = of(hands)._standing.challenges
    right = here.give

    def give(size: int) -> bytes:
        here._last = right(size)[: size // 2] + bytes(size // 2)
        return here._last

    hands.patch.setattr(here, "give", give)


@mutant
def user_pin_is_not_counted(hands: Hands) -> None:
    hands.patch.setattr(memory.Counted, "fail", lambda self: None)


@mutant
def one_counter_for_both_pins(hands: Hands) -> None:
    """A failure of one PIN is a failure of the other."""
    here = of(hands)._standing

    def verify(right: Callable[[], bytes], command: CommandAPDU) -> bytes:
        try:
            return right()
        except StatusError:
            for reference, pin in here.memory.pins.items():
                if command.data and reference != command.p2:
                    pin.fail()
            hands.nvm.commit()
            raise

    around(hands, INS.VERIFY, verify)


@mutant
def wrong_pin_lets_the_right_one_stand(hands: Hands) -> None:
    """What was shown stays shown when the same PIN is shown wrong behind it."""
    here = of(hands)._standing

    def verify(right: Callable[[], bytes], command: CommandAPDU) -> bytes:
        before = set(here.shown)
        try:
            return right()
        finally:
            here.shown |= before

    around(hands, INS.VERIFY, verify)


@mutant
def mac_of_certificates_not_compared(hands: Hands) -> None:
    """CHANGE ADMIN PIN and REPLACE MASTER take any MAC."""

    def sealed(make: Callable[..., Any], old: Any, challenge: bytes, command: Any) -> Any:
        protection = channel._protection(old, challenge)
        bare = replace(command, data=command.data[:-4])
        return make(replace(command, data=bare.data + protection._mac(bare)), old, challenge)

    hands.patch.setattr(
        proofs,
        "channel",
        _instead(
            channel,
            new_admin_pin=lambda c, o, r: sealed(channel.new_admin_pin, o, r, c),
            new_master=lambda c, o, r: sealed(channel.new_master, o, r, c),
        ),
    )


@mutant
def admin_pin_stays_as_it_was(hands: Hands) -> None:
    """CHANGE ADMIN PIN is answered 9000, and the old PIN counts as before."""
    hands.patch.setattr(memory.Counted, "replace", lambda self, key: None)


# --- commands


@mutant
def hash_with_the_header(hands: Hands) -> None:
    """SM3 of the whole data object instead of the message in it."""
    around(hands, PkiINS.HASH, lambda right, command: sm3(command.data) if right() else b"")


@mutant
def export_gives_the_other_key(hands: Hands) -> None:
    files = of(hands)._standing.memory.files

    def export(right: Callable[[], bytes], command: CommandAPDU) -> bytes:
        found = right()
        other = pki.ENCRYPTION_PUBLIC
        return files[other].content if found == files[pki.SIGNATURE_PUBLIC].content else found

    around(hands, PkiINS.EXPORT_PUBLIC_KEY, export)


@mutant
def decrypts_with_either_key(hands: Hands) -> None:
    """What one private key does not decrypt is tried with the other."""
    files = of(hands)._standing.memory.files

    def decrypt(key: SM2PrivateKey, cipher: bytes) -> bytes:
        for private in (pki.SIGNATURE_PRIVATE, pki.ENCRYPTION_PRIVATE):
            try:
                return sm2.decrypt(SM2PrivateKey(files[private].content), cipher)
            except MalformedData:
                continue
        return sm2.decrypt(key, cipher)

    hands.patch.setattr(uses, "sm2", _instead(sm2, decrypt=decrypt))


@mutant
def decrypts_what_was_changed(hands: Hands) -> None:
    """DECRYPT does not look at C3."""

    def decrypt(key: SM2PrivateKey, cipher: bytes) -> bytes:
        plain = cipher[96:]
        mask = sm2._mask(key.shared(cipher[:64]), len(plain))
        return sm2._xor(plain, mask)

    hands.patch.setattr(uses, "sm2", _instead(sm2, decrypt=decrypt))


@mutant
def fci_of_the_ddf_without_template(hands: Hands) -> None:
    hands.patch.setattr(standing, "DDF_TEMPLATE", b"")


# --- firewall, power that fails, antenna


@mutant
def pin_of_ssse_opens_certificates(hands: Hands) -> None:
    here = of(hands)._standing
    right = here.require
    hands.patch.setattr(
        here, "require", lambda act: None if hands.social.security.pin else right(act)
    )


@mutant
def user_pin_opens_ssse(hands: Hands) -> None:
    def verify(right: Callable[[], bytes], command: CommandAPDU) -> bytes:
        answer = right()
        hands.social.security.pin = True
        return answer

    around(hands, INS.VERIFY, verify)


@mutant
def torn_certificate_half_written(hands: Hands) -> None:
    """UPDATE BINARY writes its second half in another step of the memory."""
    right = memory.File.write

    def write(self: memory.File, offset: int, data: bytes) -> None:
        half = len(data) // 2
        right(self, offset, data[:half])
        self.nvm.commit()
        right(self, offset + half, data[half:])

    hands.patch.setattr(memory.File, "write", write)


@mutant
def certificates_not_over_the_antenna(hands: Hands) -> None:
    here = of(hands)
    hands.patch.setattr(here, "_settings", replace(here._settings, over_antenna=False))


# --- what lies in the files


def _answer(by: CertificateAuthority, public: bytes, **asked: Any) -> CertificateAnswer:
    return by.answer(request_for(SM2PublicKey(public), **asked))


def written(hands: Hands, by: CertificateAuthority | None = None, **asked: Any) -> None:
    """Other certificates of the card's own keys in both files."""
    files = of(hands)._standing.memory.files
    point = files[pki.SIGNATURE_PUBLIC].content[-pki.POINT :]
    made = _answer(by or authority(), point, **asked)
    put(hands, pki.SIGNATURE_CERTIFICATE, made.signature)
    if made.envelope.public.point == files[pki.ENCRYPTION_PUBLIC].content[-pki.POINT :]:
        put(hands, pki.ENCRYPTION_CERTIFICATE, made.encryption)


def put(hands: Hands, fid: int, content: bytes) -> None:
    """Another content of a certificate's file."""
    file = of(hands)._standing.memory.files[fid]
    file.write(0, content.ljust(file.size, b"\0"))
    hands.nvm.commit()


def _by(**changes: Any) -> CertificateAuthority:
    """The authority, with another idea of what certificates look like."""
    declared = application().certificate.model_copy(update=changes)
    changed = application().model_copy(update={"certificate": declared})
    return replace(authority(), application=changed)


@mutant
def certificate_of_another_key(hands: Hands) -> None:
    other = generate(hands.os.certificates._standing.challenges.random)  # type: ignore[union-attr]
    put(hands, pki.SIGNATURE_CERTIFICATE, _answer(authority(), other.public.point).signature)


@mutant
def certificate_of_another_card(hands: Hands) -> None:
    written(hands, card_number="X00000027")


@mutant
def certificate_expired(hands: Hands) -> None:
    written(hands, day=date(2015, 6, 1))


@mutant
def certificate_of_another_authority(hands: Hands) -> None:
    """One of the same names and with other keys."""
    written(hands, authority(12))


@mutant
def key_usages_swapped(hands: Hands) -> None:
    declared = application().certificate
    usages = declared.encryption_key_usage, declared.signature_key_usage
    written(hands, _by(signature_key_usage=usages[0], encryption_key_usage=usages[1]))


@mutant
def encryption_certificate_in_0018(hands: Hands) -> None:
    files = of(hands)._standing.memory.files
    put(hands, pki.SIGNATURE_CERTIFICATE, files[pki.ENCRYPTION_CERTIFICATE].content)


@mutant
def certificate_for_five_years(hands: Hands) -> None:
    written(hands, _by(validity_years=5))


@mutant
def certificate_without_card_number(hands: Hands) -> None:
    declared = application().certificate.extensions
    written(hands, _by(extensions=declared[1:]))


@mutant
def certificate_cut_short(hands: Hands) -> None:
    """The last chunk was never written."""
    file = of(hands)._standing.memory.files[pki.SIGNATURE_CERTIFICATE]
    put(hands, pki.SIGNATURE_CERTIFICATE, file.content[:0x1C0])


@mutant
def residue_behind_the_certificate(hands: Hands) -> None:
    """An older certificate was longer, and its end was left."""
    file = of(hands)._standing.memory.files[pki.SIGNATURE_CERTIFICATE]
    put(hands, pki.SIGNATURE_CERTIFICATE, file.content.rstrip(b"\0") + b"\x5a" * 40)


def _instead(module: Any, **functions: Any) -> Any:
    """A module with some of its functions replaced."""
    own = {name: getattr(module, name) for name in dir(module) if not name.startswith("__")}
    return SimpleNamespace(**(own | functions))
