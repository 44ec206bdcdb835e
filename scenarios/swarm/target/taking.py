"""Taking values from answers: fields of forms, JSON, headers, cookies, addresses, text. Each fails its step by name.

Steps files use these, and the import of recordings writes them. They search; they do not parse whole pages, since a
generator has some microseconds for an answer.
"""

import html
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from scenarios.swarm.answer import Answer
from scenarios.swarm.failures import StepFailed

if TYPE_CHECKING:
    from scenarios.swarm.visit import Visit


def title_of(page: Answer) -> str | None:
    """Return a page's title, its white space made single blanks, or None."""
    found = _TITLE.search(page.text)
    return " ".join(html.unescape(found[1]).split()) if found else None


_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def field(page: Answer, name: str, form: str | None = None) -> str:
    """Return the value of a form's field, such as a hidden token; `form` is an expression for the form's action."""
    text = page.text
    if form is not None:
        begun = _form(form).search(text)
        if begun is None:
            raise StepFailed(f"{page.path} holds no form for {form}")
        text = text[begun.end() : _end_of_form(text, begun.end())]
    for tag in _inputs(name).finditer(text):
        value = _VALUE.search(tag[0])
        if value is not None:
            return html.unescape(next(group for group in value.groups() if group is not None))
    raise StepFailed(f"{page.path} holds no field {name}")


def _end_of_form(text: str, begin: int) -> int:
    end = text.find("</form", begin)
    return len(text) if end < 0 else end


_VALUE = re.compile(r"""\bvalue\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


@lru_cache(maxsize=512)
def _inputs(name: str) -> re.Pattern[str]:
    quoted = re.escape(html.escape(name))
    return re.compile(rf"""<(?:input|button)\b[^>]*\bname\s*=\s*["']?{quoted}["'\s>/][^>]*>?""", re.IGNORECASE)


@lru_cache(maxsize=512)
def _form(action: str) -> re.Pattern[str]:
    return re.compile(rf"""<form\b[^>]*\baction\s*=\s*["']?{action}["'\s>][^>]*>?""", re.IGNORECASE)


@lru_cache(maxsize=512)
def _expression(text: str) -> re.Pattern[str]:
    return re.compile(text)


def matched(page: Answer, expression: str) -> str:
    """Return the first group of a regular expression's first match in the page's text, HTML entities resolved."""
    found = _expression(expression).search(page.text)
    if found is None:
        raise StepFailed(f"{page.path} holds nothing like {expression}")
    return html.unescape(found[1])


def json_of(page: Answer) -> Any:
    """Return a page's JSON."""
    try:
        return json.loads(page.body)
    except ValueError:
        raise StepFailed(f"{page.path} is not JSON") from None


def json_value(page: Answer, *keys: str | int) -> Any:
    """Return the value at keys (of objects) and places (of arrays) in a page's JSON."""
    value = json_of(page)
    try:
        for key in keys:
            value = value[key]
    except (KeyError, IndexError, TypeError):
        raise StepFailed(f"{page.path} holds no JSON value at {'.'.join(map(str, keys))}") from None
    return value


def header(page: Answer, name: str, expression: str = "(.*)") -> str:
    """Return the first group of an expression in a header of the answer, or of a redirect on the way to it."""
    for each in (page, *reversed(page.earlier)):
        found = _expression(expression).search(each.headers.get(name.lower(), ""))
        if name.lower() in each.headers and found is not None:
            return found[1]
    raise StepFailed(f"{page.path} was answered without the header {name}")


def cookie(page: Answer, name: str) -> str:
    """Return a cookie that came with the answer, or with a redirect on the way to it, percent-encoding resolved."""
    for each in (page, *reversed(page.earlier)):
        for line in each.headers.get("set-cookie", "").splitlines():
            key, _, rest = line.partition("=")
            if key.strip() == name:
                return unquote(rest.partition(";")[0].strip().strip('"'))
    raise StepFailed(f"{page.path} was answered without the cookie {name}")


def address(page: Answer, expression: str) -> str:
    """Return the first group of an expression in the path that answered, or in one that redirected to it."""
    for each in (page, *reversed(page.earlier)):
        found = _expression(expression).search(each.path)
        if found is not None:
            return found[1]
    raise StepFailed(f"{page.path} was reached by no path like {expression}")


def parameter(page: Answer, name: str) -> str:
    """Return a parameter of the address that answered, or of one that redirected to it."""
    for each in (page, *reversed(page.earlier)):
        values = parse_qs(each.query, keep_blank_values=True).get(name)
        if values:
            return values[0]
    raise StepFailed(f"{page.path} was reached by no address with the parameter {name}")


def kept(visit: "Visit", name: str) -> str:
    """Return what an earlier step of the visit kept."""
    if name not in visit.kept:
        raise StepFailed(f"there is no {name} yet: the journey must come through the step that keeps it")
    return visit.kept[name]
