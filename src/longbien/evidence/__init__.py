"""The evidence package LB-Bag 1: layout, description, custody, disclosure, verification.

Bytes and facts come in through ports (``source``); no file is opened here.  The face of
the room is its public modules: nothing is re-exported, so that the verifier loads only
what it uses.
"""
