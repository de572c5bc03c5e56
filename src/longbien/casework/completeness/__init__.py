"""The completeness gate: what is missing, wrong or risky in a request, told before it is sent.

Everything here is pure and answers with remarks.  Nothing in it refuses a request: an officer
who knows better sends it all the same, and the remarks are recorded with it.
"""
