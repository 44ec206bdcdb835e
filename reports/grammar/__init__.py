"""The language of budgets: tokens, the sentence they make, and whether it makes sense."""
