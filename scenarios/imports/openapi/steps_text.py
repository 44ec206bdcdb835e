"""Operations as the text of a steps file: each asks with what earlier answers gave, or with a sample."""

import re
from collections.abc import Mapping
from typing import Any

from scenarios.imports.openapi.operations import Described, Operation, Parameter
from scenarios.imports.openapi.walk import Gift, Walk, has_sample, needs_token, sample
from scenarios.imports.recording.actions import step_name
from scenarios.imports.recording.looks import is_secret
from scenarios.imports.recording.requests import laid_out, table
from scenarios.imports.recording.steps_text import WIDTH, imports, in_docstring
from scenarios.imports.recording.takings import text

BEARER = "token"


class OperationSteps:
    """The steps of a document's operations; what nothing gives is noted in `walk.unresolved`."""

    def __init__(self, described: Described, walk: Walk, source: str) -> None:
        self._described, self._walk, self._source = described, walk, source
        self.columns: list[str] = []
        self.names = self._named()

    def text(self) -> str:
        """Return the steps file."""
        functions = [self._function(index) for index in self._walk.order]
        bodies = "\n\n\n".join(functions)
        head = f'"""Steps imported from {in_docstring(self._source)}; docs/steps.md says how to go on from here."""'
        return f"{head}\n\n{imports(bodies)}\n\n\n{bodies}\n"

    def _named(self) -> dict[int, str]:
        names: dict[int, str] = {}
        for index in self._walk.order:
            operation = self._described.operations[index]
            wanted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation.name).lower()
            wanted = re.sub(r"[^a-z0-9]+", "_", wanted).strip("_")
            plain = (
                wanted
                if re.match(r"[a-z]", wanted)
                else step_name(operation.method, re.sub(r"\{[^}]*\}", "", operation.path))
            )
            plain = plain if "_" in plain or operation.method == "GET" else f"{operation.method.lower()}_{plain}"
            number, name = 1, plain
            while name in names.values():
                number += 1
                name = f"{plain}_{number}"
            names[index] = name
        return names

    def _function(self, index: int) -> str:
        operation = self._described.operations[index]
        ask = laid_out(f"page = yield {self._ask(index, operation)}", "    ", WIDTH)
        lines = [f"def {self.names[index]}(visit: Visit) -> Asking:", f'    """{in_docstring(str(operation))}."""', ask]
        lines.append(f"    answered(page, {operation.status})")
        kept = {self._kept(name, gift): gift for (_, name), gift in self._walk.gifts.items() if gift.giver == index}
        if self._walk.token is not None and self._walk.token.giver == index:
            kept[BEARER] = self._walk.token
        for name, gift in kept.items():
            keys = ", ".join(text(key) for key in gift.keys)
            lines.append(f"    visit.kept[{text(name)}] = str(json_value(page, {keys}))")
        return "\n".join(lines)

    def _kept(self, name: str, gift: Gift) -> str:
        """Return the name under which a gift is kept: of the operation that gives it and of the value."""
        last = re.sub(r"\W+", "_", str(gift.keys[-1])).lower()
        return last if last not in ("id", "number", "code", "key") else re.sub(r"\W+", "_", name).lower()

    def _ask(self, index: int, operation: Operation) -> str:
        written = self._path(index, operation)
        wanted = [each for each in operation.parameters if each.place == "query" and self._is_sent(index, each)]
        query = (
            table([f"{text(each.name)}: {self._value(index, operation, each)}" for each in wanted]) if wanted else ""
        )
        headers = self._headers(index, operation)
        more = (f", query={query}" if query else "") + (f", headers={headers}" if headers else "")
        if operation.body_kind is None:
            return (
                f"Send({text(operation.method)}, {written}{more})"
                if headers or operation.method != "GET"
                else (f"Get({written}{', ' + query if query else ''})")
            )
        body = self._body(index, operation)
        if operation.body_kind == "application/json" and not query:
            given = f", headers={headers}" if headers else ""
            return f"Send.json({text(operation.method)}, {written}, {body}{given})"
        if operation.body_kind == "application/x-www-form-urlencoded" and operation.method == "POST" and not query:
            return f"Post({written}, {body}{f', headers={headers}' if headers else ''})"
        self._walk.unresolved.append(f"{operation} sends {operation.body_kind}: its body is left out")
        return f"Send({text(operation.method)}, {written}{more})"

    def _is_sent(self, index: int, parameter: Parameter) -> bool:
        return parameter.required or (index, parameter.name) in self._walk.gifts

    def _path(self, index: int, operation: Operation) -> str:
        """Return the path as a literal, or with what earlier answers gave in an f-string."""
        parts = re.split(r"\{([^}]+)\}", operation.path)
        gifts = {place: self._walk.gifts.get((index, name)) for place, name in enumerate(parts) if place % 2}
        for place, gift in gifts.items():
            if gift is None:
                parts[place] = self._in_path(operation, parts[place])
        if not any(gifts.values()):
            return text("".join(parts))
        written = [text(each)[1:-1].replace("{", "{{").replace("}", "}}") for each in parts]
        for place, gift in gifts.items():
            if gift is not None:
                written[place] = f"{{kept(visit, '{self._kept(parts[place], gift)}')}}"
        return f'f"{"".join(written)}"'

    def _in_path(self, operation: Operation, name: str) -> str:
        known = next((each.schema for each in operation.parameters if each.name == name and each.place == "path"), {})
        if not has_sample(known):
            self._doubt(operation, name)
        return str(sample(known))

    def _value(self, index: int, operation: Operation, parameter: Parameter) -> str:
        return _as_text(self._given(index, operation, parameter.name, parameter.schema))

    def _given(self, index: int, operation: Operation, name: str, schema: Mapping[str, Any]) -> str:
        gift = self._walk.gifts.get((index, name))
        if gift is not None:
            code = f"kept(visit, {text(self._kept(name, gift))})"
            return f"int({code})" if schema.get("type") == "integer" else code
        if is_secret(name):
            return self._account(name)
        if not has_sample(schema):
            self._doubt(operation, name)
        value = sample(schema)
        return text(value) if isinstance(value, str) else repr(value)

    def _account(self, name: str) -> str:
        if name not in self.columns:
            self.columns.append(name)
        return f"visit.account[{text(name)}]"

    def _body(self, index: int, operation: Operation) -> str:
        example, properties = operation.body.get("example"), operation.body.get("properties", {})
        required = operation.body.get("required", [])
        if not properties:
            return repr(sample(operation.body))
        items = []
        for name, schema in properties.items():
            if isinstance(example, Mapping) and name in example:
                schema = {**schema, "example": example[name]}  # noqa: PLW2901
            elif required and name not in required:
                continue
            code = self._given(index, operation, name, schema)
            items.append(f"{text(name)}: {code if operation.body_kind == 'application/json' else _as_text(code)}")
        return table(items)

    def _headers(self, index: int, operation: Operation) -> str:
        items = []
        if needs_token(operation, self._described):
            if self._walk.token is not None:
                items.append(f'"Authorization": f"Bearer {{kept(visit, \'{BEARER}\')}}"')
            else:
                items.append(f'"Authorization": {self._account("authorization")}')
                self._note("no operation gives a token: a cast's column `authorization` is sent")
        for name in operation.security:
            scheme = self._described.schemes.get(name, {})
            if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
                items.append(f"{text(str(scheme.get('name')))}: {self._account('api_key')}")
            elif str(scheme.get("scheme", "")).lower() == "basic":
                items.append(f'"Authorization": {self._account("authorization")}')
        wanted = [each for each in operation.parameters if each.place == "header" and self._is_sent(index, each)]
        items += [f"{text(each.name)}: {self._value(index, operation, each)}" for each in wanted]
        return "{" + ", ".join(items) + "}" if items else ""

    def _doubt(self, operation: Operation, name: str) -> None:
        self._note(
            f"{name} of {operation}: the document gives no example, and no answer gives it; a made-up value is sent"
        )

    def _note(self, sentence: str) -> None:
        if sentence not in self._walk.unresolved:
            self._walk.unresolved.append(sentence)


def _as_text(code: str) -> str:
    """Return an expression whose value is a text, as parameters and forms need it."""
    return code if code.startswith(('"', "kept(", "visit.")) else f"str({code})"
