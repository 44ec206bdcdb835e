"""What simulations tell and how sure they are of it: estimates with their intervals, from plain arrays."""
