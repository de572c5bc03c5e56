"""The officers' REST API of a node: parse, call one verb of the desk, answer.

django-ninja and pydantic are used here and nowhere else; none of their types leaves this room.
"""
