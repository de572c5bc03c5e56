"""Time-stamp authorities (RFC 3161): over HTTP, or an exercise one made of ``openssl ts``.

Both check that the answer answers the question (status, imprint, nonce); whether it is to be
believed is decided by ``trust.timestamps`` when a package is verified.
"""

import fcntl
import http.client
import os
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from attrs import field, frozen

from longbien.adapters.addresses import is_loopback
from longbien.adapters.keystore import read_public
from longbien.primitives.digest import Digest
from longbien.primitives.errors import Malformed, Refused, Unavailable
from longbien.trust.certificates import Material, parse_certificates, parse_crls
from longbien.trust.timestamps import MAX_TIMESTAMP, build_request, parse_timestamp

NONCE_BYTES = 8
PATIENCE = 20.0  # seconds for one answer, from the first byte sent to the last received
_PIECE = 2**14

OPENSSL_CONFIG = b"""\
# An exercise time-stamp authority for "openssl ts -reply"; run in this folder.
[tsa]
default_tsa = exercise
[exercise]
serial = serial.txt
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key.pem
signer_digest = sha256
# 2.999 is the arc for examples: ITU-T X.660, Amd. 2
default_policy = 2.999.1
digests = sha256, sha384, sha512
accuracy = secs:1
clock_precision_digits = 0
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def _checked(answer: bytes, *, data_sha256: Digest, nonce: int) -> bytes:
    try:
        stamp = parse_timestamp(answer)
    except Malformed as error:
        raise Unavailable(
            "tsa.bad-answer",
            "the time-stamp authority's answer cannot be used: {why}",
            why=str(error),
        ) from None
    if (stamp.imprint, stamp.nonce) != (data_sha256.raw, nonce):
        raise Unavailable(
            "tsa.other-question",
            "the time-stamp authority answered another question",
        )
    return answer


@frozen(kw_only=True)
class OpensslTsa:
    """An authority in a folder, for exercises and demonstrations (port ``TimeStamper``).

    The folder holds tsa.cnf tsa.key.pem tsa.pem serial.txt tsa-root.pem tsa.crl.  Stamps the
    clock of this machine: it proves nothing to anybody else.
    """

    folder: Path
    random_bytes: Callable[[int], bytes] = field(repr=False)

    @property
    def material(self) -> Material:
        """Return what a package stamped here has to carry: certificate and revocation list."""
        return Material(
            certificates=parse_certificates(read_public(self.folder / "tsa.pem")),
            crls=parse_crls(read_public(self.folder / "tsa.crl")),
        )

    def stamp(self, data_sha256: Digest, /) -> bytes:
        """Ask openssl.  Raises Unavailable ``tsa.no-openssl``, ``tsa.openssl``, ``tsa.…``."""
        openssl = shutil.which("openssl")
        if openssl is None:
            raise Unavailable("tsa.no-openssl", "openssl is not installed: apt install openssl")
        nonce = _nonce(self.random_bytes)
        request = build_request(data_sha256, nonce=nonce)
        with tempfile.TemporaryDirectory(prefix="longbien-tsa-") as scratch:
            answer = self._ask(openssl, request, Path(scratch))
        return _checked(answer, data_sha256=data_sha256, nonce=nonce)

    def _ask(self, openssl: str, request: bytes, scratch: Path) -> bytes:
        query, reply = scratch / "query.tsq", scratch / "reply.tsr"
        query.write_bytes(request)
        command = [openssl, "ts", "-reply", "-config", "tsa.cnf", "-section", "exercise"]
        with (self.folder / "serial.lock").open("wb") as lock:
            # openssl reads, adds one and writes back: two at a time would give one number twice
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run(  # noqa: S603  # fixed words and our own paths
                [*command, "-queryfile", str(query), "-out", str(reply)],
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", os.defpath), "OPENSSL_CONF": os.devnull},
                capture_output=True,
                check=False,
                timeout=PATIENCE,
            )
        if done.returncode or not reply.exists():
            raise Unavailable(
                "tsa.openssl",
                "openssl did not stamp in {folder}: {why}",
                folder=self.folder,
                why=done.stderr.decode("utf-8", "replace").strip()[-300:],
            )
        return reply.read_bytes()


def _nonce(random_bytes: Callable[[int], bytes]) -> int:
    # the highest bit set: always 64 bits long and positive
    return int.from_bytes(random_bytes(NONCE_BYTES), "big") | 1 << 63


@frozen(kw_only=True)
class HttpTsa:
    """An authority on the network (port ``TimeStamper``): https, or http on this machine only.

    No redirects, no proxies; at most MAX_TIMESTAMP bytes and PATIENCE seconds an answer.
    """

    url: str
    random_bytes: Callable[[int], bytes] = field(repr=False)
    tls: ssl.SSLContext = field(factory=ssl.create_default_context, repr=False)
    patience: float = PATIENCE

    def stamp(self, data_sha256: Digest, /) -> bytes:
        """Ask.  Raises Refused ``tsa.url``; Unavailable ``tsa.…``."""
        address = require_url(self.url)
        nonce = _nonce(self.random_bytes)
        request = build_request(data_sha256, nonce=nonce)
        connection = self._connection(address)
        try:
            answer = self._exchange(connection, address, request)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(
                "tsa.unreachable",
                "the time-stamp authority {url} does not answer: {why}",
                retry=True,
                url=self.url,
                why=str(error) or type(error).__name__,
            ) from None
        finally:
            connection.close()
        return _checked(answer, data_sha256=data_sha256, nonce=nonce)

    def _connection(self, address: SplitResult) -> http.client.HTTPConnection:
        host = address.hostname or ""
        if address.scheme == "https":
            return http.client.HTTPSConnection(
                host, address.port, timeout=self.patience, context=self.tls
            )
        return http.client.HTTPConnection(host, address.port, timeout=self.patience)

    def _exchange(
        self, connection: http.client.HTTPConnection, address: SplitResult, request: bytes
    ) -> bytes:
        until = time.monotonic() + self.patience
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        headers = {
            "Content-Type": "application/timestamp-query",  # RFC 3161, 3.4
            "Accept": "application/timestamp-reply",
        }
        connection.request("POST", path, body=request, headers=headers)
        with connection.getresponse() as response:
            if response.status != http.HTTPStatus.OK:
                raise self._bad_status(response.status)
            return self._body(response, until)

    def _bad_status(self, status: int) -> Unavailable:
        return Unavailable(
            "tsa.status",
            "the time-stamp authority {url} answered with HTTP status {status}",
            retry=status >= http.HTTPStatus.INTERNAL_SERVER_ERROR
            or status == http.HTTPStatus.TOO_MANY_REQUESTS,
            url=self.url,
            status=status,
        )

    def _body(self, response: http.client.HTTPResponse, until: float) -> bytes:
        pieces = bytearray()
        while piece := response.read1(_PIECE):
            pieces += piece
            if len(pieces) > MAX_TIMESTAMP:
                raise Unavailable("tsa.too-large", "the time-stamp authority's answer is too large")
            if time.monotonic() > until:
                raise TimeoutError("the answer comes too slowly")  # becomes tsa.unreachable above
        return bytes(pieces)


def require_url(url: str) -> SplitResult:
    """Return the parts of an authority's address; Refused ``tsa.url`` if it is not acceptable."""
    try:
        address = urlsplit(url)
        _ = address.port
        is_local = is_loopback(address.hostname or "")
    except ValueError:
        address, is_local = SplitResult("", "", "", "", ""), False
    is_safe = address.scheme == "https" or (address.scheme == "http" and is_local)
    if not is_safe or not address.hostname or address.username or address.password:
        raise Refused(
            "tsa.url",
            "a time-stamp authority's address begins with https:// (http:// only on this machine)",
        )
    return address
