"""The signed phone book of States: entries, their protection, the keys that were valid when.

Written down in ``spec/directory.md``.  Where entries are kept is the adapters' business.
"""
