"""What the program never does, whatever it is given: held against its source."""

import ast
from collections.abc import Iterator

from outside import REPOSITORY

SOURCE = REPOSITORY / "src" / "longbien"
FILES = sorted(SOURCE.rglob("*.py"))
NODES = [
    (str(path.relative_to(SOURCE)), node)
    for path in FILES
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)
]


def dotted(node: ast.expr) -> str:
    """Return a name as it is written, ``re.compile``; of anything else its last name alone."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return node.id if isinstance(node, ast.Name) else ""


CALLS = [(file, dotted(node.func), node) for file, node in NODES if isinstance(node, ast.Call)]
"""The file, the dotted name and the node of every call."""


def imports() -> Iterator[tuple[str, str]]:
    """Give the file and the full name of everything that is imported."""
    for file, node in NODES:
        if isinstance(node, ast.Import):
            yield from ((file, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield file, node.module
            yield from ((file, f"{node.module}.{one.name}") for one in node.names)


def importing(*names: str) -> list[str]:
    """Return who imports one of these, or something in it."""
    return sorted(
        {
            f"{file}: {name}"
            for file, name in imports()
            if any(name == one or name.startswith(f"{one}.") for one in names)
        }
    )


def test_no_text_becomes_a_program() -> None:
    """No eval, no exec, no pickle, no YAML: what was read is data, never code."""
    names = {"eval", "exec", "compile", "__import__"}

    assert [file for file, name, _ in CALLS if name in names] == []
    assert importing("pickle", "shelve", "dill", "yaml", "jsonpickle") == []
    assert importing("marshal") == ["cli/_hash_ahead.py: marshal"]  # between it and its own fork


def test_no_shell_is_asked() -> None:
    """Other programs are started with a list of words: nothing is split, joined or expanded."""
    shells = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
    asked = [
        file
        for file, name, node in CALLS
        if name in shells
        or any(one.arg == "shell" for one in node.keywords)
        or name.startswith(("os.spawn", "asyncio.create_subprocess_shell"))
    ]

    assert asked == []
    assert {file for file, name in imports() if name == "subprocess"} == {
        "adapters/tsa.py",  # openssl, for the time-stamp authority of exercises
        "node/demo/exhibits.py",
        "node/demo/stage.py",
    }


def test_no_xml_is_read() -> None:
    """There is no XML parser in the program: no entity, no stylesheet, no wrapped signature."""
    assert importing("xml", "lxml", "defusedxml", "bs4", "html5lib", "signxml") == []


def test_no_template_is_made() -> None:
    """No template engine: neither the page of a report nor an answer is a template of anybody."""
    templates = ("jinja2", "mako", "django.template", "django.utils.safestring", "string.Template")

    assert importing(*templates) == []


def test_no_mail_directory_or_cache_is_spoken_to() -> None:
    """No SMTP, IMAP, LDAP, memcached or Redis: nothing can be put into what is said to them."""
    others = ("smtplib", "imaplib", "poplib", "ldap3", "ldap", "memcache", "pymemcache")

    assert importing(*others, "redis", "django.core.mail", "django.core.cache", "ftplib") == []


def test_who_opens_a_connection_is_known() -> None:
    """Sockets, TLS and HTTP stand in these modules and in no other."""
    doors = {
        line.partition(":")[0]
        for line in importing(
            "socket", "ssl", "http.client", "urllib.request", "obstore", "psycopg"
        )
    }

    assert doors == {
        "adapters/api_exchange.py",  # an officer's command to the own node
        "adapters/peer_connections.py",  # to other States
        "adapters/peer_line.py",
        "adapters/peer_listener.py",
        "adapters/peer_tls.py",
        "adapters/tsa.py",  # to a time-stamp authority
        "adapters/vault_remote.py",  # to an object store
        "node/commands/_serving.py",
        "node/demo/line.py",
        "node/demo/stage.py",
    }


def test_no_redirect_is_followed() -> None:
    """What follows redirects by itself is not used; ``http.client`` does not."""
    assert importing("urllib.request", "requests", "httpx", "aiohttp", "urllib3") == []


def test_a_pattern_is_written_by_us() -> None:
    """A regular expression is a literal, or of our own tables; words of others are escaped."""
    functions = {
        f"re.{name}" for name in ("compile", "match", "fullmatch", "search", "sub", "split")
    }
    functions |= {"re.findall", "re.finditer"}
    made = {
        file
        for file, name, node in CALLS
        if name in functions and not is_literal(node.args[0]) and not is_escaped(node.args[0])
    }

    assert made <= {
        "adapters/peer_routes.py",  # the paths of spec/channel.md
        "casework/completeness/identifiers.py",  # a table of forms, when it is loaded
        "casework/completeness/phrases.py",  # the same
        "treaty/basis_names.py",  # the same
    }


def is_literal(node: ast.expr) -> bool:
    """Tell whether a text stands there as it is, but for constants of ours."""
    named = (one for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute))
    return all(isinstance(one, ast.Name) and one.id.isupper() for one in named)


def is_escaped(node: ast.expr) -> bool:
    """Tell whether every word that is put into a text is escaped."""
    put = [one.value for one in ast.walk(node) if isinstance(one, ast.FormattedValue)]
    return bool(put) and all(
        isinstance(one, ast.Call) and dotted(one.func) == "re.escape" for one in put
    )


def test_chance_is_the_systems() -> None:
    """``random`` stands where a seed must make the same again; all else comes from the system."""
    seeded = ("exercise/", "node/demo/exhibits.py")

    assert [line for line in importing("random") if not line.startswith(seeded)] == []
    assert importing("uuid.uuid1", "uuid.uuid4", "numpy.random") == []


def test_no_weak_algorithm_is_named() -> None:
    """No MD5, no ECB, no RC4, no DES; CBC where PKCS#8 knows no other mode."""
    weak = ("md5", "MD5", "ECB", "CBC", "CFB", "OFB", "ARC4", "TripleDES", "DES", "Blowfish", "MD4")
    named = [f"{file}: {name}" for file, name in imports() if name.rpartition(".")[2] in weak]
    said = [f"{file}: {name}" for file, name, _ in CALLS if name.rpartition(".")[2] in weak]

    assert named == []
    assert said == ["adapters/locked_keys.py: modes.CBC"]


def test_the_closed_doors_have_a_house() -> None:
    """What is searched is the whole program."""
    assert len(FILES) > 300
    assert {file for file, name, _ in CALLS if name == "subprocess.run"} >= {"adapters/tsa.py"}
