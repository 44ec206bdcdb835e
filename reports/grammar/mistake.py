"""A mistake in a budget line: where it is, the rule it breaks, and what to write instead."""

import difflib
from collections.abc import Collection

from reports.grammar.tokens import Token


class BudgetError(ValueError):
    """One thing wrong in a budget line: the column, the rule it breaks and what to do."""

    def __init__(self, column: int, rule: str, remedy: str) -> None:
        self.column, self.rule, self.remedy = column, f"column {column}: {rule}", remedy
        super().__init__(f"{self.rule}; {remedy}")


def unknown(token: Token, what: str, known: Collection[str]) -> BudgetError:
    """Make the mistake of a word that is none of the known ones, naming the nearest and all of them."""
    close = difflib.get_close_matches(token.text, known, n=1)
    guess = f"did you mean `{close[0]}`? " if close else ""
    return BudgetError(token.column, f"`{token.text}` is not {what}", f"{guess}use one of {', '.join(known)}")
