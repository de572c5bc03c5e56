"""The hub: sealed mail for States that cannot be reached, a mirror, a witness.

It has no code yet.  The room stands so that the contract "The hub cannot read"
(pyproject.toml) holds from its first line: what can parse evidence may never come here.
"""
