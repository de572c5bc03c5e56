"""The sealed form: age v1 files, read and written (C2SP age.md, age/v1.1.0; ``spec/sealed.md``).

Recipients are X25519 or ``mlkem768x25519`` (post-quantum hybrid).  Armor and passphrases are
not part of our suites and are refused.  No file is opened here: bytes come in, bytes go out.

``recipients`` and ``identities`` read and write keys, ``envelope`` makes and opens the header,
``stream`` the payload; ``header``, ``wrapped`` and ``bech32`` are the grammar below them.
"""
