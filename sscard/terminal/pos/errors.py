"""A transaction that ends before anybody decided, and an issuer that cannot be heard."""

from __future__ import annotations

from enum import Enum, unique

from sscard.errors import SscardError


@unique
class Reason(Enum):
    """Why, in words for people."""

    NO_APPLICATION = "没有共同支持的应用 no application that both card and terminal know"
    NOT_ACCEPTED = "卡片不接受此交易 the card takes part in no transaction of this kind"
    OTHER_INTERFACE = "请插卡 the card wants to be put in"
    ABOVE_LIMIT = "超过非接触限额 the amount is above what is paid without contacts"
    WRONG_CRYPTOGRAM = "卡片响应超出请求 the card answered more than it was asked for"
    NOT_VERIFIABLE = "无法验证持卡人 the cardholder must be verified and cannot be"


class AnswerLost(SscardError):
    """A request went out to the issuer, and no answer came: it may have taken the money."""

    def __init__(self) -> None:
        super().__init__("发卡行未应答 no answer from the issuer")


class Terminated(SscardError):
    """The terminal stops; nothing was paid.  ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
