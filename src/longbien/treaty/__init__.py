"""The rules as data: what a kind of request must contain, with article and confidence.

An unverified rule may warn; it never refuses, expires or blocks.
"""
