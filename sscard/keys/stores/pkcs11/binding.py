"""What is used of python-pkcs11, whose classes are made at run time and have no types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

    Template: TypeAlias = Mapping[Attribute, object]


class TokenKey(Protocol):
    """A key in a token, by its handle; what it may do, it can do."""

    def __getitem__(self, attribute: Attribute, /) -> Any:
        """An attribute's value."""
        ...

    def encrypt(
        self, data: bytes, *, mechanism: Mechanism, mechanism_param: bytes | None = None
    ) -> bytes:
        """Whole blocks."""
        ...

    def sign(self, data: bytes, *, mechanism: Mechanism) -> bytes:
        """An HMAC."""
        ...

    def derive_key(
        self,
        key_type: KeyType,
        key_length: int,
        *,
        capabilities: MechanismFlag | int,
        mechanism: Mechanism,
        mechanism_param: bytes,
        template: Template,
    ) -> TokenKey:
        """A session object."""
        ...

    def unwrap_key(
        self,
        object_class: ObjectClass,
        key_type: KeyType,
        key_data: bytes,
        *,
        capabilities: MechanismFlag | int,
        mechanism: Mechanism,
        template: Template,
    ) -> TokenKey:
        """A session object whose value came enciphered under this key."""
        ...

    def wrap_key(self, key: TokenKey, *, mechanism: Mechanism) -> bytes:
        """Another key's value, enciphered under this one."""
        ...

    def destroy(self) -> None:
        """Take the object away."""
        ...


class TokenSlot(Protocol):
    """Where a token is."""

    def get_mechanisms(self) -> set[Mechanism]:
        """What the token offers."""
        ...


class TokenInfo(Protocol):
    """A token as a session knows it."""

    @property
    def label(self) -> str:
        """Its name."""
        ...

    @property
    def slot(self) -> TokenSlot:
        """Where it is."""
        ...


class TokenSession(Protocol):
    """A session of somebody who is logged in."""

    @property
    def token(self) -> TokenInfo:
        """The token."""
        ...

    def get_objects(self, attrs: Template, /) -> Iterable[TokenKey]:
        """The objects with these attributes."""
        ...

    def create_object(self, attrs: Template, /) -> TokenKey:
        """A new object from its value."""
        ...

    def generate_key(
        self,
        key_type: KeyType,
        key_length: int,
        *,
        id: bytes,  # noqa: A002  # the binding's name
        label: str,
        store: bool,
        capabilities: MechanismFlag | int,
        mechanism: Mechanism,
        template: Template,
    ) -> TokenKey:
        """A new key made in the token."""
        ...

    def close(self) -> None:
        """End the session; logs out whoever logged in with it."""
        ...
