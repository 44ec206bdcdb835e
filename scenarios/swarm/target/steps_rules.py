"""What a steps file must keep to, read from its text without running it: generators, and no I/O of their own."""

import ast
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cutover.base.errors import Mistake
from scenarios.journey import RESERVED

_NETWORK = {
    "aiohttp",
    "ftplib",
    "http",
    "httpx",
    "httpx2",
    "requests",
    "smtplib",
    "socket",
    "ssl",
    "urllib3",
    "websockets",
}
_MACHINE = {
    "asyncio",
    "gevent",
    "locust",
    "multiprocessing",
    "os",
    "shutil",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
}
_CHANCE_AND_TIME = {"random", "sched", "secrets", "time", "uuid"}
IO_MODULES = frozenset(_NETWORK | _MACHINE | _CHANCE_AND_TIME)
"""Modules with sockets, clocks, processes or chance of their own: a step has none, so that it plays on any wire."""

IO_CALLS = frozenset({"open", "input", "print", "exec", "eval", "compile", "__import__"})
CLOCK_CALLS = frozenset({"now", "today", "utcnow"})
ALLOWED_URLLIB = "urllib.parse"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PLAIN = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True)
class Rules:
    """The text of a steps file as a tree, and what its mistakes are placed at."""

    source: str
    tree: ast.Module

    def mistakes(self, wanted: Sequence[str]) -> list[Mistake]:
        """Return all mistakes, in the order of lines; then the steps `wanted` that no function of the file plays."""
        found = [*self._top_level(), *self._functions(), *self._imports(), *self._calls()]
        return [*sorted(found, key=lambda mistake: mistake.line or 0), *self._missing(wanted)]

    def public(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Return the functions of the file that are steps: those whose names do not begin with an underscore."""
        defined = [node for node in self.tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        return [node for node in defined if not node.name.startswith("_")]

    def _top_level(self) -> Iterator[Mistake]:
        for node in self.tree.body:
            if isinstance(node, _PLAIN) or _is_text(node) or _is_type_checking(node):
                continue
            rule = "runs when the file is read; only imports, constants, functions and classes may stand here"
            yield self._mistake("statement", ast.unparse(node).splitlines()[0], rule, "move it into a function", node)

    def _functions(self) -> Iterator[Mistake]:
        seen: set[str] = set()
        for node in self.public():
            key = f"def {node.name}"
            if not _NAME.fullmatch(node.name):
                rule = "must be named with small letters, digits and underscores, as journeys name steps"
                yield self._mistake(key, None, rule, "rename it", node)
            if node.name in RESERVED:
                yield self._mistake(key, None, "is a reserved word", "name the step otherwise", node)
            if node.name in seen:
                yield self._mistake(key, None, "stands twice", "rename one", node)
            seen.add(node.name)
            yield from self._shape(node, key)

    def _shape(self, node: ast.FunctionDef | ast.AsyncFunctionDef, key: str) -> Iterator[Mistake]:
        if isinstance(node, ast.AsyncFunctionDef):
            yield self._mistake(key, None, "is async; a step knows no event loop", f"write `{key}(visit):`", node)
        elif not _yields(node):
            remedy = "write `page = yield Get(…)` in it, or begin its name with an underscore if it only helps"
            yield self._mistake(key, None, "is no generator: it yields nothing", remedy, node)
        wanted = len(node.args.posonlyargs) + len(node.args.args) - len(node.args.defaults)
        taken = len(node.args.posonlyargs) + len(node.args.args)
        required = any(default is None for default in node.args.kw_defaults)
        if not wanted <= 1 <= taken + bool(node.args.vararg) or required:
            rule = "must take one argument, the visit"
            yield self._mistake(key, f"({ast.unparse(node.args)})", rule, f"write `{key}(visit):`", node)

    def _imports(self) -> Iterator[Mistake]:
        rule = "has sockets, clocks, processes or chance of its own, which steps may not have"
        remedy = "yield what is needed (Get, Post, Send, Pause, OneTimeCode), or take it from the visit or a feed"
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "."]
            else:
                continue
            for name in names:
                top = name.partition(".")[0]
                if top in IO_MODULES or (top == "urllib" and name != ALLOWED_URLLIB):
                    yield self._mistake("import", name, rule, remedy, node)
                if isinstance(node, ast.ImportFrom) and node.level:
                    yield self._mistake("import", name, "is relative: a steps file stands alone", "copy it here", node)

    def _calls(self) -> Iterator[Mistake]:
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            if isinstance(called, ast.Name) and called.id in IO_CALLS:
                yield self._mistake("call", called.id, "reads or writes, which a step may not", "yield an ask", node)
            elif isinstance(called, ast.Attribute) and called.attr in CLOCK_CALLS and not node.args:
                rule = "reads a clock, so that the same visit would not ask the same again"
                yield self._mistake("call", ast.unparse(called), rule, "take the day from the page", node)

    def _missing(self, wanted: Sequence[str]) -> Iterator[Mistake]:
        known = sorted({node.name for node in self.public()} | self._imported())
        for step in wanted:
            if step not in known:
                close = difflib.get_close_matches(step, known, n=1)
                remedy = f"did you mean `{close[0]}`?" if close else f"write `def {step}(visit):`"
                rule = "is a step of the scenario that no function of the file plays"
                yield Mistake(self.source, "steps", step, rule, remedy)

    def _imported(self) -> set[str]:
        nodes = [node for node in self.tree.body if isinstance(node, ast.ImportFrom)]
        return {alias.asname or alias.name for node in nodes for alias in node.names}

    def _mistake(self, key: str, value: object, rule: str, remedy: str, node: ast.stmt | ast.expr) -> Mistake:
        return Mistake(self.source, key, value, rule, remedy, node.lineno)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _yields(function: ast.FunctionDef) -> bool:
    """Tell whether a function itself yields, not one inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, _OWN_SCOPE):
            waiting += ast.iter_child_nodes(node)
    return False
