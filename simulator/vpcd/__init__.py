"""The protocol of vsmartcard's virtual reader (vpcd): how a card gets into pcscd without a reader.

The card's side of it, whoever calls whom.
"""

from __future__ import annotations

from .serving import Control, frames, serve

#: Where the driver that comes with Debian listens for the card of its first slot; the second slot's
#: port is the next.
FIRST_PORT = 35963

__all__ = ["FIRST_PORT", "Control", "frames", "serve"]
