"""The treaty data that come with the program: files of this package, read as bytes."""

from importlib import resources


def read_data(*path: str) -> bytes:
    """Return one file of this package; its parts are the folders and the name."""
    return resources.files(__package__).joinpath(*path).read_bytes()


def names_in(folder: str) -> tuple[str, ...]:
    """Return the names of the JSON files in a folder of this package, sorted."""
    found = (one.name for one in resources.files(__package__).joinpath(folder).iterdir())
    return tuple(sorted(name for name in found if name.endswith(".json")))
