"""A terminal that knows whatever its card knows: what lies behind a right proof is reached, too."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from time import process_time

from bank_proofs import with_proof as with_issuers_proof
from certificate_proofs import with_proof as with_certificate_proof
from invariants import Watch
from medical_proofs import with_proof

from simulator import VirtualCard
from sscard.apdu import cps, iso7816, pki
from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError
from sscard.channel import InitializeUpdateResponse, Scp02Host, SecurityLevel, authenticate, ssc
from sscard.cos import Protocol
from sscard.cos.environment import Environment
from sscard.cos.pki import Certificates
from sscard.cos.pse import Banking
from sscard.dialects import reference
from sscard.dialects.operations import AuthenticateTransport, KeyType
from sscard.errors import MalformedData, NotVerified
from sscard.keys import SecretKey
from sscard.keys.cps import session_keys

#: In the place of a key id: the transport key.
TRANSPORT = 0xFF
_CHALLENGE, _HOST_CHALLENGE = 8, bytes(8)
_SHOWN = (KeyType.EXTERNAL, KeyType.LOCK)
_MASTER = (KeyType.MASTER, 0, 1)
_STK, _LOCAL = 0x02, 0x80
_LOADING = 0xD4  # the instruction of the factory commands that carry keys
_LEVELS = tuple(SecurityLevel)
_PROTOCOLS = (Protocol.T1, Protocol.T0, Protocol.CONTACTLESS)


class Host:
    """Each method is a step of an input; every single command is watched."""

    def __init__(self, card: VirtualCard, known: bytes) -> None:
        self._card = card
        self._watch = Watch(card.card, known)
        self._channel: Scp02Host | None = None
        #: Commands so far.
        self.commands = 0

    def send(self, command: bytes) -> bytes:
        """One command; the data of the answer."""
        started = process_time()
        answer = self._card.transmit(command)
        self._watch.after(command, answer, process_time() - started)
        self.commands += 1
        return answer[:-2]

    def reset(self, body: bytes = b"") -> None:
        """Power off and on; the bytes choose the protocol."""
        self._card.power_on(_PROTOCOLS[sum(body) % len(_PROTOCOLS)])
        self._channel = None

    def prove(self, body: bytes) -> None:
        """Key id, version: EXTERNAL AUTHENTICATE; the transport key where that is meant."""
        kid, version = body.ljust(2, b"\1")[:2]
        key = self._transport() if kid == TRANSPORT else self._key(_SHOWN, kid, version)
        challenge = self._challenge()
        if key is None or challenge is None:
            return
        proof = authenticate(self._environment.suite, key, challenge, challenge)
        if kid == TRANSPORT:
            self.send(bytes(reference.build(AuthenticateTransport(proof, challenge))))
        else:
            data = proof + challenge + bytes((version,))
            self.send(bytes(CommandAPDU(0, iso7816.INS.EXTERNAL_AUTHENTICATE, 0, kid, data)))

    def seal(self, body: bytes) -> None:
        """A command, sent with the MAC it needs."""
        self._secure(body, enciphered=False)

    def encipher(self, body: bytes) -> None:
        """A command, sent with its data enciphered and the MAC it needs."""
        self._secure(body, enciphered=True)

    def transact(self, body: bytes) -> None:
        """CREDIT FOR LOAD or DEBIT FOR PURCHASE, sent with the right MAC in place of its own.

        In the bank's application its issuer's commands, with the proof they need.
        """
        current = self._card.card._current
        try:
            command = bytes(
                with_issuers_proof(current, CommandAPDU.parse(body))
                if isinstance(current, Banking)
                else with_proof(self._environment, CommandAPDU.parse(body))
            )
        except MalformedData:
            command = body
        self.send(command)

    def certify(self, body: bytes) -> None:
        """A proof for the certificate application, or a command with what it needs."""
        current = self._card.card._current
        made = None
        if isinstance(current, Certificates):
            made = with_certificate_proof(current, body, self._long_challenge)
        self.send(body if made is None else bytes(made))

    def open_channel(self, body: bytes) -> None:
        """Security level: the bank's channel to the instance that is selected."""
        answer = self.send(bytes(cps.initialize_update(_HOST_CHALLENGE)))
        current = self._card.card._current
        if not answer or not isinstance(current, Banking) or current._selected is None:
            return
        keys = current._selected.instance.identity.keys
        with suppress(MalformedData, NotVerified):  # another command may have this header
            response = InitializeUpdateResponse.parse(answer)
            session = session_keys(keys, response.sequence)
            self._channel = Scp02Host.open(session, _HOST_CHALLENGE, response)
            level = _LEVELS[sum(body) % len(_LEVELS)]
            self.send(bytes(self._channel.external_authenticate(level)))

    def _secure(self, body: bytes, *, enciphered: bool) -> None:
        try:
            command = CommandAPDU.parse(body)
            secured = self._secured(command, enciphered=enciphered)
        except (MalformedData, ValueError):
            secured = None  # it is no command, or too long to be secured
        self.send(body if secured is None else bytes(secured))

    def _secured(self, command: CommandAPDU, *, enciphered: bool) -> CommandAPDU | None:
        if self._channel is not None and isinstance(self._card.card._current, Banking):
            return self._in_channel(self._channel, command, enciphered=enciphered)
        key, challenge = self._securing(command.ins), self._challenge()
        if key is None or challenge is None:
            return None
        wrap = ssc.wrap_enciphered if enciphered else ssc.wrap
        wrapped = wrap(command, self._environment.suite, key, challenge)
        return replace(wrapped, cla=command.cla)  # so the class may be wrong, too

    def _in_channel(
        self, channel: Scp02Host, command: CommandAPDU, *, enciphered: bool
    ) -> CommandAPDU:
        if enciphered:
            groupings = cps.parse_dgis(command.data)
            parts = [cps.encode_dgi(dgi, channel.encipher(value)) for dgi, value in groupings]
            command = replace(command, data=b"".join(parts))
        return channel.wrap(command)

    def _securing(self, ins: int) -> SecretKey | None:
        """The key for a secured command: the master key to load keys, else the STK in reach."""
        env = self._environment
        if ins == _LOADING:
            master = env.directory.keys.get(_MASTER) if env.directory else None
            return env.secret(master) if master else self._transport()
        local = env.directory is not None and env.directory.fid != env.root
        root = ins == iso7816.INS.PIN_CHANGE_UNBLOCK or not local
        return self._key((KeyType.MAINTENANCE,), _STK if root else _STK | _LOCAL, 1)

    @property
    def _environment(self) -> Environment:
        card = self._card.card
        return card._current if isinstance(card._current, Environment) else card._main

    def _key(self, types: tuple[KeyType, ...], kid: int, version: int) -> SecretKey | None:
        env = self._environment
        for type_ in types:
            with suppress(StatusError):
                return env.secret(env.key(type_, kid, version))
        return None

    def _transport(self) -> SecretKey:
        return self._card.card.system.transport_key()

    def _long_challenge(self) -> bytes:
        return self.send(bytes(pki.get_challenge()))

    def _challenge(self) -> bytes | None:
        challenge = self.send(bytes(iso7816.get_challenge(_CHALLENGE)))
        return challenge if len(challenge) == _CHALLENGE else None
