"""What officers and the worker do with a case, what comes in from peers, and the ports for it.

A verb loads a case, asks ``casework``, and commits everything that follows in one change.
Officers' verbs go by their names (``verbs``) through ``acting``; ``receive``, ``receipt``,
``witness`` and ``transfers`` are the doors for peers, ``post``, ``work``, ``ring`` and
``silence`` the worker's.
"""
