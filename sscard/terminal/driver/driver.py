"""The functions of the interface: strings in, a code and a string out (ssc 7 [S])."""

# The names are those of the specification.
# ruff: noqa: N802, N803

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sscard.keys.sm2_keys import SM2PublicKey
from sscard.terminal.driver.certificates.arguments import (
    answer_in,
    certificate_in,
    signature_in,
)
from sscard.terminal.driver.certificates.operations import played_alone
from sscard.terminal.driver.certificates.plans import CertificatePlans
from sscard.terminal.driver.codes import OK, DriverError, ErrorCode
from sscard.terminal.driver.dialogue import Dialogue
from sscard.terminal.driver.functions import FUNCTIONS, Function
from sscard.terminal.driver.operations import played
from sscard.terminal.driver.pins import Holder
from sscard.terminal.driver.plans import Plans
from sscard.terminal.driver.proofs import digits
from sscard.terminal.driver.standing import Authentication
from sscard.terminal.driver.steps import Steps
from sscard.terminal.driver.terminal import Interface, Terminal
from sscard.terminal.driver.texts import decoded, encoded

Answer = tuple[int, str]
Make = Callable[[Plans], Dialogue[Any]]
_KEY = Authentication.KEY


class Driver:
    """One terminal's driver, for one thread; what a step leaves for the next one is kept here.

    Every function gives a code, 0 where all is well, and an output, which is empty where a
    function has nothing to say.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._steps = Steps(terminal)

    def call(self, name: str, args: Sequence[bytes | int]) -> tuple[int, bytes]:
        """Any function by its exported name; strings are GBK, without the NUL of C.

        The answer is the code and the output, in GBK, without NUL.  Whatever is given, there is
        a code: −13 for no such function, −14 for other arguments.
        """
        function = FUNCTIONS.get(name)
        if function is None:
            return int(ErrorCode.NOT_SUPPORTED), b""
        if not _fits(function, args):
            return int(ErrorCode.PARAMETER), b""
        taken = [each if isinstance(each, int) else decoded(each) for each in args]
        code, output = getattr(self, name)(*taken)
        return code, encoded(output)

    def close(self) -> None:
        """End what waits for a next step: the cards lose their power."""
        self._steps.drop()

    def iReadCardBas(self, iType: int) -> Answer:
        """The 11 fields of ``BasicInfo``."""
        return self._whole(iType, lambda plans: plans.basic())

    def iReadCardBas_HSM_Step1(self, iType: int) -> Answer:
        """What the HSM needs: division, historical bytes, algorithm, id, two factors and data."""
        return self._first("iReadCardBas", iType, lambda plans: plans.basic())

    def iReadCardBas_HSM_Step2(self, pKey: str) -> Answer:
        """The same as iReadCardBas."""
        return self._later("iReadCardBas", 2, pKey)

    def iReadCard(self, iType: int, iAuthType: int, pCardInfo: str, pFileAddr: str) -> Answer:
        """The items that the address names, in its form."""
        if iAuthType not in tuple(Authentication):
            return int(ErrorCode.PARAMETER), ""
        wanted = Authentication(iAuthType)
        return self._whole(iType, lambda plans: plans.read(wanted, pCardInfo, pFileAddr))

    def iReadCard_HSM_Step1(self, iType: int, pCardInfo: str, pFileAddr: str) -> Answer:
        """Algorithm, key address, factor and data."""
        return self._first("iReadCard", iType, lambda plans: plans.read(_KEY, pCardInfo, pFileAddr))

    def iReadCard_HSM_Step2(self, pKey: str) -> Answer:
        """The same as iReadCard."""
        return self._later("iReadCard", 2, pKey)

    def iWriteCard(self, iType: int, pCardInfo: str, pFileAddr: str, pWriteData: str) -> Answer:
        """Writes data of the form that iReadCard gives."""
        return self._whole(iType, lambda plans: plans.write(pCardInfo, pFileAddr, pWriteData))

    def iWriteCard_HSM_Step1(self, iType: int, pCardInfo: str, pFileAddr: str) -> Answer:
        """Algorithm, key address, factor and data."""
        return self._first(
            "iWriteCard", iType, lambda plans: plans.write(pCardInfo, pFileAddr, None)
        )

    def iWriteCard_HSM_Step2(self, pKey: str, pWriteData: str) -> Answer:
        """The same as iWriteCard."""
        return self._later("iWriteCard", 2, pKey, pWriteData)

    def iVerifyPIN(self, iType: int, pCardInfo: str = "") -> Answer:
        """Has the holder enter the PIN."""
        return self._whole(iType, lambda plans: plans.verify_pin(pCardInfo))

    def iChangePIN(self, iType: int, pCardInfo: str = "") -> Answer:
        """Has the holder enter the old PIN and, twice, a new one."""
        return self._whole(iType, lambda plans: plans.change_pin(pCardInfo))

    def iReloadPIN(self, iType: int, pCardInfo: str) -> Answer:
        """Has the holder enter a new PIN, without the old one."""
        return self._whole(iType, lambda plans: plans.reload_pin(pCardInfo))

    def iReloadPIN_HSM_Step1(self, iType: int, pCardInfo: str) -> Answer:
        """Algorithm, key address of the PUK, factor and data."""
        return self._first("iReloadPIN", iType, lambda plans: plans.reload_pin(pCardInfo))

    def iReloadPIN_HSM_Step2(self, pKey: str) -> Answer:
        """Algorithm, key address of the STK, factor, command header, new PIN."""
        return self._later("iReloadPIN", 2, pKey)

    def iReloadPIN_HSM_Step3(self, pKey: str) -> Answer:
        """Sends the command that ``pKey`` is."""
        return self._later("iReloadPIN", 3, pKey)

    def iUnblockPIN(self, iType: int, pCardInfo: str) -> Answer:
        """Gives the PIN its tries back."""
        return self._whole(iType, lambda plans: plans.unblock_pin(pCardInfo))

    def iUnblockPIN_HSM_Step1(self, iType: int, pCardInfo: str) -> Answer:
        """Algorithm, key address of the PUK, factor and data."""
        return self._first("iUnblockPIN", iType, lambda plans: plans.unblock_pin(pCardInfo))

    def iUnblockPIN_HSM_Step2(self, pKey: str) -> Answer:
        """Algorithm, key address of the STK, factor, command header, and no PIN."""
        return self._later("iUnblockPIN", 2, pKey)

    def iUnblockPIN_HSM_Step3(self, pKey: str) -> Answer:
        """Sends the command that ``pKey`` is."""
        return self._later("iUnblockPIN", 3, pKey)

    def iDoDebit(self, iType: int, pCardInfo: str, pPayInfo: str) -> Answer:
        """Takes a sum off the card; the fields of ``Receipt``."""
        return self._whole(iType, lambda plans: plans.debit(pCardInfo, pPayInfo))

    def iDoDebit_HSM_Step1(self, iType: int, pCardInfo: str, pPayInfo: str) -> Answer:
        """Algorithm, key address, random, counter, amounts, type, terminal, time."""
        return self._first("iDoDebit", iType, lambda plans: plans.debit(pCardInfo, pPayInfo))

    def iDoDebit_HSM_Step2(self, pKey: str) -> Answer:
        """The same as iDoDebit."""
        return self._later("iDoDebit", 2, pKey)

    def iReadDebitRecord(self, iType: int) -> Answer:
        """The purchases in the card's log, the newest first."""
        return self._whole(iType, lambda plans: plans.debit_records())

    def iReadSignatureKey(self, iType: int) -> Answer:
        """The signature public key, X ‖ Y; the pair is made where the card has none."""
        return self._alone(iType, lambda plans: plans.read_key())

    def iWriteCA(
        self, iType: int, pQMZS: str, pJMZS: str, pJMMY: str, pGLYPIN: str, pZKMY: str
    ) -> Answer:
        """Writes what a CA answered; a card that was torn at it goes on where it was."""
        texts = (pQMZS, pJMZS, pJMMY, pGLYPIN, pZKMY)
        return self._alone(iType, lambda plans: plans.write(answer_in(texts)))

    def iWriteCaStep1(self, iType: int, pUserPin: str) -> Answer:
        """The same as iReadSignatureKey; the card keeps its power for step 2."""
        plans = CertificatePlans(self._terminal, Holder(self._terminal.keypad))
        return _coded(
            lambda: self._steps.begin("iWriteCa", _interface(iType), plans.both_steps(pUserPin))
        )

    def iWriteCaStep2(
        self,
        pUserPin: str,
        pPrivateKey: str,
        pEnCert: str,
        pSignCert: str,
        pOldDevKey: str,
        pNewDevKey: str,
        pOldAdminPIN: str,
        pNewAdminPIN: str,
    ) -> Answer:
        """Writes what a CA answered, as iWriteCA; the keys of the blank card come with it."""
        given = (pPrivateKey, pEnCert, pSignCert, pOldDevKey, pNewDevKey, pOldAdminPIN)
        return self._later("iWriteCa", 2, pUserPin, *given, pNewAdminPIN)

    def PKI_SignData(self, pUserPin: str, pInData: str, iType: int) -> Answer:
        """r ‖ s over the bytes of pInData by the card's signature key, 128 digits."""
        data = encoded(pInData)
        return self._alone(iType, lambda plans: plans.sign(data, pUserPin))

    def PKI_VerifySign(
        self, pUserPin: str, pCert: str, pClearText: str, pSignature: str, iType: int
    ) -> Answer:
        """Checks a signature, without pCert by the card's certificate; pUserPin is not used."""
        del pUserPin
        data = encoded(pClearText)

        return self._alone(
            iType,
            lambda plans: plans.verify(
                data, signature_in(pSignature), certificate_in(pCert) if pCert else None
            ),
        )

    def _whole(self, kind: int, make: Make) -> Answer:
        self._steps.drop()
        return _coded(lambda: _shown(played(self._terminal, _interface(kind), make)))

    def _first(self, function: str, kind: int, make: Make) -> Answer:
        plans = Plans(self._terminal, Holder(self._terminal.keypad), hsm=True, steps=True)
        return _coded(lambda: self._steps.begin(function, _interface(kind), make(plans)))

    def _alone(self, kind: int, make: Callable[[CertificatePlans], Dialogue[Any]]) -> Answer:
        self._steps.drop()
        return _coded(lambda: _shown(played_alone(self._terminal, _interface(kind), make)))

    def _later(self, function: str, step: int, *answer: str) -> Answer:
        return _coded(lambda: self._steps.go_on(function, step, answer))


def _coded(work: Callable[[], str]) -> Answer:
    try:
        return OK, work()
    except DriverError as refused:
        return refused.code, refused.output


def _shown(result: object) -> str:
    """A result as it stands in an output: records are ended by a bar each, bytes are digits."""
    if isinstance(result, bytes | SM2PublicKey):
        return digits(bytes(result))
    if isinstance(result, tuple):
        return "".join(f"{each}|" for each in result)
    return "" if result is None else str(result)


def _interface(kind: int) -> Interface:
    if kind not in tuple(Interface):
        raise DriverError(ErrorCode.PARAMETER)
    return Interface(kind)


def _fits(function: Function, args: Sequence[bytes | int]) -> bool:
    count = len(function.arguments)
    kinds = tuple(isinstance(each, int) for each in args)
    enough = count - function.optional <= len(args) <= count
    return enough and kinds == function.integers[: len(args)]
