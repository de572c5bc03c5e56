"""The work that waits: the outbox and the chores, leased row by row, by any number of workers.

Nothing is decided here.  Each piece may be interrupted at any point and done again; its result
is noted through ``desk`` and takes effect once.
"""
