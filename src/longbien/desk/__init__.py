"""What officers do, one verb a module, and the ports that the shells implement.

A verb loads a case, asks ``casework``, and commits everything that follows in one change.
"""
