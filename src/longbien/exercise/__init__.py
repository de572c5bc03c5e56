"""The exercise: simulated States on the real rooms.

Their clock, randomness, network and disk follow from a seed, so that what has happened can
happen again.  No node that serves a State reaches this room.
"""
