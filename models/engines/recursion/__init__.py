"""The `recursion` engine: next-free times, window by window, where all flows forward between two thoughts."""
