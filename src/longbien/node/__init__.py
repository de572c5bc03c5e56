"""A State's node: the Django project, its store, the officers' API, the peer endpoint, the worker.

The only room with SQL.  What an officer may do is decided in ``desk`` and ``casework``.
"""
