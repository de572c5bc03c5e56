"""The SQL side of a node: journal, ledger, outbox, inbox and read models in one database.

All SQL of the project is in this room.  It maps, keeps and proves; it decides nothing about
cases, which is the business of ``casework`` and ``desk``.
"""
