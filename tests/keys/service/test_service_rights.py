"""Who may ask what: greeting, tokens, rights, and what the log says of it."""

from __future__ import annotations

import copy
import logging
import pickle
import pprint
from pathlib import Path
from typing import Any

import pytest

from sscard.errors import KeyStoreError
from sscard.keys import Factors, KeyReference
from sscard.keys.operations import Mode, card_request
from sscard.keys.stores import load_bank, load_social_security
from sscard.keys.stores.service import answers, requests
from sscard.keys.stores.service.clients import Client, Clients, client, entry, read_clients
from sscard.keys.stores.service.connection import Service
from sscard.keys.stores.service.conversation import Conversation
from sscard.keys.stores.service.messages import (
    CardKeys,
    ChannelKeys,
    CheckValue,
    Compute,
    DebitKey,
    DebitKeySM4,
    Greeting,
    Hello,
    PersonHash,
    Question,
    Refusal,
    Translate,
    TransportMAC,
    Values,
)
from sscard.keys.stores.service.refusals import Code
from sscard.keys.stores.service.served import Served, ServedBank, ServedOperations
from sscard.keys.stores.service.token import SIZE, Token, new_text

FACTORS = Factors.of("510100", bytes.fromhex("0081544C9686845101C0666779"))
IRK, STK, UK = KeyReference("IRK", 1), KeyReference("STK", 1), KeyReference("UK1DF01", 2)


def compute(key: KeyReference) -> Compute:
    return Compute(card_request(key, FACTORS, Mode.MAC, b"", bytes(8)))


def card_keys(*keys: KeyReference) -> CardKeys:
    return CardKeys(keys, FACTORS, {})


class Talk:
    """A conversation whose lines are built and parsed."""

    def __init__(self, served: Served, clients: Clients) -> None:
        self.conversation = Conversation(served, clients, "192.0.2.7")

    def __call__(self, asked: Hello | Question) -> Any:
        number, answer = answers.parse(self.conversation.say(requests.build(5, asked)))
        assert number == 5
        return answer

    def code(self, asked: Hello | Question) -> str | None:
        answer = self(asked)
        return str(answer.code) if isinstance(answer, Refusal) else None


@pytest.fixture
def talk(clients: Clients) -> Talk:
    return Talk(ServedOperations("social-security", load_social_security()), clients)


@pytest.fixture
def terminal(talk: Talk, tokens: dict[str, str]) -> Talk:
    talk(Hello(1, Token(tokens["terminal"])))
    return talk


def test_the_greeting(talk: Talk, tokens: dict[str, str]) -> None:
    assert not talk.conversation.greeted
    expected = Greeting("station-1", "social-security", "3des", True)
    assert talk(Hello(1, Token(tokens["station"]))) == expected
    assert talk.conversation.greeted
    assert isinstance(talk(compute(IRK)), Values)
    assert not talk.conversation.over


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (Hello(1, Token("wrong")), "wrong-token"),
        (Hello(2, Token("wrong")), "wrong-protocol"),
        (compute(IRK), "wrong-protocol"),
    ],
)
def test_nobody_gets_an_answer(talk: Talk, first: Hello | Question, code: str) -> None:
    assert talk.code(first) == code
    assert talk.conversation.over


def test_one_greeting(terminal: Talk, tokens: dict[str, str]) -> None:
    assert terminal.code(Hello(1, Token(tokens["station"]))) == "wrong-protocol"
    assert terminal.conversation.over


@pytest.mark.parametrize("raw", [b"\n", b"{}\n", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\n"])
def test_a_line_that_is_no_request_ends_it(terminal: Talk, raw: bytes) -> None:
    _, answer = answers.parse(terminal.conversation.say(raw))
    assert isinstance(answer, Refusal)
    assert answer.code is Code.MALFORMED
    assert terminal.conversation.over


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (compute(IRK), None),  # by its name
        (compute(UK), None),  # by its kind, external
        (CheckValue(UK), None),
        (compute(STK), "not-allowed"),
        (CheckValue(STK), "not-allowed"),
        (compute(KeyReference("EK", 1)), "not-allowed"),  # a key outside the table
        (card_keys(IRK), "not-allowed"),
        (PersonHash("1"), "not-allowed"),
        (ChannelKeys(bytes(10), bytes(2)), "not-allowed"),
        (compute(KeyReference("IRK", 9)), "unknown-key"),
    ],
)
def test_a_terminal_has_operations_and_no_keys(
    terminal: Talk, asked: Question, code: str | None
) -> None:
    assert terminal.code(asked) == code
    assert terminal.code(compute(IRK)) is None, "it goes on"


def test_one_key_without_a_right_is_enough(clients: Clients, tokens: dict[str, str]) -> None:
    some = client("some", Token("some"), ["card_keys"], ["IRK"])
    talk = Talk(ServedOperations("social-security", load_social_security()), Clients((some,)))
    talk(Hello(1, Token("some")))
    assert talk.code(card_keys(IRK, IRK)) is None
    assert talk.code(card_keys(IRK, STK)) == "not-allowed"


def test_each_store_has_its_operations(clients: Clients, tokens: dict[str, str]) -> None:
    everything = client("all", Token("t"), [each.operation for each in _QUESTIONS], ["all"])
    social = Talk(
        ServedOperations("social-security", load_social_security()), Clients((everything,))
    )
    bank = Talk(ServedBank(load_bank()), Clients((everything,)))
    for talk in (social, bank):
        talk(Hello(1, Token("t")))
    kmc = CheckValue(KeyReference("KMC", 1))
    assert [social.code(each) for each in _QUESTIONS[:4]] == [None] * 4
    assert [social.code(each) for each in _QUESTIONS[4:]] == ["unknown-operation"] * 5
    assert [bank.code(each) for each in (*_QUESTIONS[4:], kmc)] == [None] * 6
    assert [bank.code(each) for each in _QUESTIONS[:2]] == ["unknown-operation"] * 2
    derived = CheckValue(KeyReference("KMC", 1), (bytes(8),))
    assert bank.code(derived) == "unknown-operation", "a bank's store derives by account numbers"
    assert bank.code(DebitKey("ac", "1", "01")) == "refused"
    no_operation = bank.conversation.say(b'{"id":5,"operation":"export"}\n')
    assert b"unknown-operation" in no_operation


_QUESTIONS: tuple[Question, ...] = (
    card_keys(IRK),
    compute(IRK),
    CheckValue(IRK),
    PersonHash("1"),
    ChannelKeys(bytes(10), bytes(2)),
    DebitKey("ac", "6228000100001117", "01"),
    DebitKeySM4("ac", "6228000100001117", "01"),
    Translate(KeyReference("TK", 1), bytes(8), bytes(10), bytes(2)),
    TransportMAC(KeyReference("TK-MAC", 1), b""),
)


def test_the_log_has_client_operation_key_and_outcome(
    talk: Talk, tokens: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    talk(Hello(1, Token(tokens["station"])))
    talk(compute(UK))
    talk(card_keys(STK, IRK, UK))
    talk(card_keys())
    talk(PersonHash("110101199003070038"))
    talk(compute(KeyReference("IRK", 9)))
    talk.conversation.say(b'{"id":5,"operation":"compute","key":"evil\\n"}\n')
    talk.conversation.say(b"garbage\n")
    assert caplog.messages == [
        "station-1 hello: ok",
        "station-1 compute UK1DF01/2: ok",
        "station-1 card_keys STK/1 and 2 more: ok",
        "station-1 card_keys: ok",
        "station-1 person_hash ledger-id-hash/1: ok",
        "station-1 compute IRK/9: unknown-key",
        "station-1 request: wrong-request",
        "station-1 line: malformed",
    ]


def test_the_reason_of_a_store_is_for_the_log_and_its_place_for_nobody_else(
    talk: Talk, tokens: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    talk(Hello(1, Token(tokens["station"])))
    asked = Compute(card_request(IRK, FACTORS, Mode.MAC, b"", bytes(5)))
    assert talk(asked) == Refusal(Code.REFUSED, "a challenge has 4 or 8 bytes")
    assert caplog.messages == [
        "station-1 compute IRK/1: the store says: <mac with IRK version 1>: "
        "a challenge has 4 or 8 bytes",
        "station-1 compute IRK/1: refused",
    ]
    missing = CheckValue(KeyReference("IRK", 9))
    assert talk(missing) == Refusal(Code.UNKNOWN_KEY, "no key IRK version 9")


def test_nobody_is_called_nobody(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    talk(Hello(1, Token("wrong")))
    assert caplog.messages == ["nobody from 192.0.2.7 hello: wrong-token"]


def test_tokens() -> None:
    text = new_text(lambda size: bytes(range(size)))
    assert text == "sscard-key-token-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert SIZE == 32
    for wrong in ("", "x" * 129, "a\n", "é"):
        with pytest.raises(KeyStoreError, match="a token has"):
            Token(wrong)


def test_a_clients_file(tmp_path: Path, clients: Clients) -> None:
    path = tmp_path / "clients.toml"
    path.write_text("\n".join(map(entry, clients.known)))
    assert read_clients(path) == clients
    assert clients.of(Token("wrong")) is None


def written(**changes: object) -> str:
    values = {
        "token_sha256": "00" * 32,
        "operations": ["kcv"],
        "keys": ["all"],
        **changes,
    }
    lines = (f"{name} = {value!r}" for name, value in values.items() if value is not None)
    return "[clients.one]\n" + "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has \\[clients.NAME\\]"),
        ("[clients]", "has \\[clients.NAME\\]"),
        ("clients = 1", "has \\[clients.NAME\\]"),
        ("[", "clients.toml: "),
        ("[clients]\none = 1", "client one: has keys, operations, token_sha256"),
        ('[clients."a b"]', "a client's name"),
        (written(keys=None), "client one: has keys"),
        (written(more=1), "client one: has keys"),
        (written(token_sha256="00"), "client one: token_sha256"),
        (written(token_sha256=1), "client one: token_sha256"),
        (written(operations=["export"]), "client one: operations are of card_keys, certify"),
        (written(operations=[]), "client one: operations and keys"),
        (written(operations="kcv"), "client one: operations and keys"),
        (written(keys=[1]), "client one: operations and keys"),
        (written() + "\n" + written().replace("one", "two"), "two clients have the same token"),
    ],
)
def test_wrong_clients_files(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(text)
    with pytest.raises(KeyStoreError, match=said) as caught:
        read_clients(path)
    assert str(caught.value).startswith(str(path))


def test_no_clients_file(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreError, match=r"none\.toml: No such file"):
        read_clients(tmp_path / "none.toml")


def test_a_client_shows_no_hash(station: Client) -> None:
    assert station.token_hash.hex() not in repr(station)
    assert repr(Token("text")) == "<Token>"


SECRET = "sscard-key-token-918273645"
HOLDERS = [
    Token(SECRET),
    Hello(1, Token(SECRET)),
    Values((SECRET.encode(),)),
    Service("keys.example", 1, Token(SECRET), None),
    client("one", Token(SECRET), ["kcv"], ["all"]),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda each: type(each).__name__)
def test_nothing_of_it_is_shown(holder: object) -> None:
    for show in (repr, str, pprint.pformat):
        assert "918273645" not in show(holder)
        assert SECRET.encode().hex() not in show(holder)


@pytest.mark.parametrize("holder", HOLDERS[:-1], ids=lambda each: type(each).__name__)
def test_nothing_of_it_is_copied(holder: object) -> None:
    for take in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="not pickled or copied"):
            take(holder)
