"""The kinds of request, one module each: its tables, its rule of precedence, its lane.

Nothing here decides: a kind is data that ``decide``, ``receive`` and ``evolve`` read.
"""
