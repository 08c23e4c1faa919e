"""APPLICATION BLOCK and CARD BLOCK: for good, under a MAC (ssc 5.1 [S]).

The specification gives each a key of its own (LK, BK) and says that the line protection of the
maintenance key covers block commands (ssc 3.3 [S]).  That the own key is shown first, by EXTERNAL
AUTHENTICATE, and the MAC is under the STK, is how the two fit together (assumed).
"""

from __future__ import annotations

from sscard.apdu.command import CommandAPDU
from sscard.apdu.status import StatusError, StatusWord
from sscard.channel import ssc
from sscard.cos.environment import Environment
from sscard.cos.life_cycle import DirectoryEvent
from sscard.cos.ssse.maintenance import STK, current_stk
from sscard.dialects.operations import KeyType
from sscard.dialects.rights import AccessRule, Condition

_BK = AccessRule(Condition.KEY, 0x05)  # ssc 3.4 [S]


def application_block(env: Environment, command: CommandAPDU) -> bytes:
    """Block the current directory with its LK shown: it answers 9303 from now on."""
    challenge = env.challenges.take()
    ssc.unwrap(command, env.suite, env.secret(current_stk(env)), challenge)
    directory = env.current()
    lock = next((key for key in directory.keys.values() if key.type is KeyType.LOCK), None)
    if lock is None:
        raise StatusError(StatusWord.KEY_NOT_FOUND)
    if (directory.fid, lock.kid) not in env.security.locks:
        raise StatusError(StatusWord.SECURITY_NOT_SATISFIED)
    env.files.happen(directory, DirectoryEvent.APPLICATION_BLOCK)
    env.blocked = True
    return b""


def card_block(env: Environment, command: CommandAPDU) -> bytes:
    """Allow the end of the whole card with the BK shown; the table says what happens to it."""
    challenge = env.challenges.take()
    key = env.secret(env.key(KeyType.MAINTENANCE, STK))
    ssc.unwrap(command, env.suite, key, challenge)
    env.require(_BK)
    return b""
