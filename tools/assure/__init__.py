"""longbien-assure: the promises as figures that anybody can measure again.

``measures.toml`` says what is measured, by which program and against which goal; ``reading`` takes
figures out of what the program printed, ``judging`` compares them, ``keeping`` joins the slices of
long runs, ``report`` writes ``assurance.json`` and ``ASSURANCE.md``.  A measure that did not run is
never shown as good.
"""
