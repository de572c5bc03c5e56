"""Trust: keys, certificates, signatures, time stamps and sealing, as functions over bytes.

Pure: anchors, the moment and the carried material are arguments; a verification returns
findings and never raises for bad evidence.  ``*_signing`` and ``issuing`` write, and load
pyHanko or need private keys; all other modules only read.
"""
