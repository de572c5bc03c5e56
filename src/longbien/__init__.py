"""Long Bien: a secured channel for electronic evidence between States.

Rooms and floors are described in ARCHITECTURE.md.  Nothing is imported here,
so that a program loads only the rooms that it names.
"""

__version__ = "0.1.0"
