"""Which steps of a steps file may write at a portal, read from its text without running it.

A step may write that names `Post`, or `Send` with a method other than GET, HEAD and OPTIONS, itself or in whatever of
the file it uses; so may one that is imported. What a text hides, the run does not send (`permission.reading_only`).
"""

import ast
from collections.abc import Iterable

READING = ("GET", "HEAD", "OPTIONS")
"""Methods that ask for no change (RFC 9110, 9.2.1)."""

SIGN_IN = "sign_in"
"""The step that may send a form and leaves a session only: a name means the same in every journey."""

ASKS = frozenset(("Post", "Send"))


def writing(text: str, steps: Iterable[str]) -> list[str]:
    """Return those of a scenario's steps that may write, in order; `text` has been found to be a steps file."""
    body = ast.parse(text).body
    return [step for step in steps if step != SIGN_IN and _Reader(body).writes(step)]


class _Reader:
    """Follows what a step uses through the top level of a file."""

    def __init__(self, body: list[ast.stmt]) -> None:
        self._seen: set[str] = set()
        self._defined: dict[str, ast.stmt] = {}
        self._imported: dict[str, str] = {}
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                self._defined[node.name] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                self._defined |= {each.id: node for each in targets if isinstance(each, ast.Name)}
            elif isinstance(node, ast.ImportFrom):
                self._imported |= {alias.asname or alias.name: alias.name for alias in node.names}

    def writes(self, name: str) -> bool:
        """Tell whether a step may write; one that is not the file's own may."""
        return name not in self._defined or self._names_an_ask(self._defined[name])

    def _names_an_ask(self, node: ast.stmt) -> bool:
        reading = {id(part) for call in ast.walk(node) if isinstance(call, ast.Call) for part in self._read_by(call)}
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and part.attr in ASKS and id(part) not in reading:
                return True
            if isinstance(part, ast.Name) and id(part) not in reading and self._leads_to_an_ask(part.id):
                return True
        return False

    def _leads_to_an_ask(self, name: str) -> bool:
        if name in self._defined:
            if name in self._seen:
                return False
            self._seen.add(name)
            return self._names_an_ask(self._defined[name])
        return self._imported.get(name, name) in ASKS

    def _read_by(self, call: ast.Call) -> list[ast.AST]:
        """Return the parts of a call that name `Send`, where its method only reads."""
        called = call.func
        if isinstance(called, ast.Attribute) and called.attr == "json":
            called = called.value
        named = [each.value for each in call.keywords if each.arg == "method"]
        method = call.args[0] if call.args else named[0] if named else None
        if isinstance(method, ast.Constant) and str(method.value).upper() in READING and self._is_send(called):
            return [called]
        return []

    def _is_send(self, called: ast.expr) -> bool:
        if isinstance(called, ast.Attribute):
            return called.attr == "Send"
        return isinstance(called, ast.Name) and self._imported.get(called.id, called.id) == "Send"
