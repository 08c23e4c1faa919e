"""GlobalPlatform's words for making and deleting financial applications (pboc 1.1, 7 [H])."""

from __future__ import annotations

from sscard.apdu import gp
from sscard.apdu.command import CommandAPDU
from sscard.apdu.gp import Installation
from sscard.dialects.operations import DeleteInstance, InstallInstance

NAME = "globalplatform"


def build(operation: InstallInstance | DeleteInstance) -> CommandAPDU:
    """The command, before the channel to the issuer security domain wraps it."""
    if isinstance(operation, DeleteInstance):
        return gp.delete(operation.name)
    return gp.install(
        Installation(
            operation.package,
            operation.module,
            operation.name,
            operation.privileges,
            operation.parameters,
        )
    )
