"""The custody ledger: an RFC 6962 tree, C2SP notes, checkpoints, cosignatures, witnesses, proofs.

Pure: bytes in, bytes and findings out.  Folders, locks and fsync live in the adapters.
"""
