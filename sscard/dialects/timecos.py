"""TimeCOS of Watchdata: FMCOS, but an update of a key carries its value alone (dialects 3 [1]).

No text of its manual is public: what is not told otherwise is as in FMCOS (assumed).
"""

from __future__ import annotations

from dataclasses import replace

from sscard.dialects.fmcos import FMCOS

TIMECOS = replace(
    FMCOS,
    name="timecos",
    mark="[1], [2+]",
    value_only=True,
    default_master=b"WATCHDATATimeCOS",
)
