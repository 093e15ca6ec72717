"""The site: its settings, addresses and servers."""

import gc

# All that is loaded stays. Python would look through it for garbage again and again: a fifth of the
# work of every start, of a command too.
gc.set_threshold(10_000, 10, 10)
