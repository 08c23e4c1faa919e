"""Which maintenance key (STK) secures a command (ssc 3.3, 3.4 [S])."""

from __future__ import annotations

from sscard.cos.environment import Environment
from sscard.cos.files import StoredKey
from sscard.dialects.operations import KeyType

#: KID of the STK of SSSE; bit 8 is set in an ADF's own.
STK, _LOCAL = 0x02, 0x80


def current_stk(env: Environment) -> StoredKey:
    """The STK of the current directory.  Raises StatusError 6A88, 6985."""
    local = _LOCAL if env.current().fid != env.root else 0
    return env.key(KeyType.MAINTENANCE, STK | local)
