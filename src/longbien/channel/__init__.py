"""The protocol between two nodes, without any I/O: bytes in, decisions and bytes out.

Messages, receipts, sealing for the other authority, what each side has seen of the other's
ledger, and the parts of a transfer.  What a message *means* for a case is ``casework``'s;
sockets are the adapters'.  The protocol is written down in ``spec/channel.md``.
"""
