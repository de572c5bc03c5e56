"""The life cycle of every kind of request: tables, ``decide``, ``evolve``, ``receive``, clocks.

Both States run the same tables over the same messages.  Nothing here knows a database, a
socket, a clock or a key.
"""
