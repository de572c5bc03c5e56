"""What every room stands on: canonical bytes, digests, ids, instants, errors, verdicts, machines.

No room below this one exists; nothing here knows a law, a file or a network.
"""
