"""The tokens of a budget line."""

import re
from dataclasses import dataclass

BECAUSE = "because"
"""What follows this word is a reason in plain text, up to the end of the line."""


@dataclass(frozen=True)
class Token:
    """A word of a budget line; `column` counts characters from 1."""

    text: str
    column: int
    kind: str = "word"


_TOKEN = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])"
    r"|(?P<time>[0-9]{1,2}:[0-9]{2})(?![0-9:])"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*)"
    r"|(?P<relation><=|>=|==|<|>)|(?P<range>\.\.)|(?P<sign>[+-])|(?P<unit>%|/s\b)",
    re.ASCII,
)


def tokens_of(line: str) -> tuple[list[Token], list[Token]]:
    """Return a line's tokens, the last of kind `end`, and the stretches of it (kind `none`) that are none.

    The token after the word `because` has the kind `text`: the rest of the line, its white space made single spaces.
    """
    tokens: list[Token] = []
    none: list[Token] = []
    position = 0
    while position < len(line):
        if line[position].isspace():
            position += 1
            continue
        match = _TOKEN.match(line, position)
        if match is None:
            _add_none(none, line[position], position + 1)
            position += 1
            continue
        tokens.append(Token(match[0], position + 1, str(match.lastgroup)))
        position = match.end()
        if match[0] == BECAUSE:
            tokens += _text(line, position)
            break
    return [*tokens, Token("", len(line) + 1, "end")], none


def _add_none(none: list[Token], sign: str, column: int) -> None:
    """Add a sign that begins no token, to the one right before it where there is one."""
    if none and none[-1].column + len(none[-1].text) == column:
        none[-1] = Token(none[-1].text + sign, none[-1].column, "none")
    else:
        none.append(Token(sign, column, "none"))


def _text(line: str, position: int) -> list[Token]:
    text = " ".join(line[position:].split())
    if not text:
        return []
    return [Token(text, len(line) - len(line[position:].lstrip()) + 1, "text")]
