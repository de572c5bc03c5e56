"""Commands of a node, one file each: ``longbien init``, ``serve``, ``peer``, ``worker`` and more.

``longbien.cli.main`` knows them by name only, and loads the one that is called.
"""
