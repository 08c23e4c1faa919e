"""Scripts in their text form: the canonical one, which ``parser.parse_script`` reads back."""

from __future__ import annotations

from collections.abc import Iterator

from sscard.perso.script.model import (
    VERSION,
    Assign,
    Block,
    Call,
    CardValue,
    Comment,
    EachChunk,
    Expression,
    IfCard,
    Literal,
    Part,
    Reset,
    Response,
    Script,
    Send,
    Statement,
    Term,
    Variable,
)

_INDENT = "    "


def format_script(script: Script) -> str:
    """The script as a text file: one statement a line, blocks indented, LF at each end of line."""
    lines = [
        f"script {VERSION}",
        f"profile {script.profile}",
        f"dialect {script.dialect}",
        f"suite {script.suite}",
        "",
        "for each card",
        *(_INDENT + line for line in _block(script.block)),
        "end",
    ]
    return "\n".join(lines) + "\n"


def _block(block: Block) -> Iterator[str]:
    for statement in block:
        yield from _statement(statement)


def _statement(statement: Statement) -> Iterator[str]:
    match statement:
        case Comment(text=text):
            yield f"# {text}".rstrip()
        case Assign(name=name, value=value):
            yield f"{name} := {_expression(value)}"
        case Reset(expect=expect):
            yield "reset" + _clause("expect", expect)
        case Send():
            yield _send(statement)
        case EachChunk(value=value, block=block):
            yield (
                f"for each {statement.chunk} of {statement.size} bytes in {_expression(value)} "
                f"at {statement.offset} from {statement.start}"
            )
            yield from _inner(block)
        case IfCard(name=name, block=block):
            yield f"if card has {name}"
            yield from _inner(block)


def _inner(block: Block) -> Iterator[str]:
    yield from (_INDENT + line for line in _block(block))
    yield "end"


def _send(send: Send) -> str:
    text = f"send {_expression(send.command)}" + _clause("data", send.data)
    if send.ne:
        text += f" le {send.ne}"
    if send.protection is not None:
        how = send.protection
        text += f" {how.mode.value} under {_term(how.key)}, {_term(how.challenge)}"
    return text + f" expect {'|'.join(send.statuses)}" + _clause("answer", send.answer)


def _clause(word: str, expression: Expression) -> str:
    return f" {word} {_expression(expression)}" if expression else ""


def _expression(expression: Expression) -> str:
    return " ".join(map(_term, expression))


def _term(term: Term) -> str:
    match term:
        case Literal(data):
            return data.hex().upper()
        case Variable(name):
            return name
        case CardValue(name):
            return f"card.{name}"
        case Response():
            return "response"
        case Call(function, arguments):
            return f"{function}({', '.join(map(_argument, arguments))})"
        case Part(of, start, stop):
            return f"{_term(of)}[{start}:{'' if stop is None else stop}]"


def _argument(argument: Expression | int) -> str:
    return str(argument) if isinstance(argument, int) else _expression(argument)
