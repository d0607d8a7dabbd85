"""Fetching a source: the one place from which the site itself reaches into the network.

The address is an editor's, so it could lead anywhere: into the machine itself, the lab's own
network, a cloud's metadata, or to a server that never ends its answer. So the name is looked up
once, every address it has is checked, and the connection is made to the very address that was
checked; each redirect is checked alike; size and time are limited as a whole. Proxies named in the
environment are not used, since they would do the look-up once more.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import certifi

from papers.addresses import Network, why_refused
from papers.reading import encoding

AGENT = "digestsite (archives sources of a research report)"
CONNECT_SECONDS = 10.0  # for one of a machine's addresses; the next is tried then
CHUNK = 64 * 1024
GONE = (404, 410)
REDIRECTS = (301, 302, 303, 307, 308)

# (host, port) -> its numeric addresses.
Resolve = Callable[[str, int], Sequence[str]]


class FetchError(Exception):
    """Nothing was fetched; the message says why and how to mend it, in words for an editor.

    `dead`: there is nothing at the address, as far as can be told; else it may answer others, or later.
    """

    def __init__(self, message: str, dead: bool = False) -> None:
        # Servers' own words are in it: without signs that no database and no terminal should get.
        super().__init__(re.sub(r"[\x00-\x1f\x7f]", "\ufffd", message))
        self.dead = dead


@dataclass(frozen=True)
class Limits:
    """What one fetch may cost: bytes of the file, seconds in all, redirects followed."""

    size: int = 50 * 1024**2
    seconds: float = 60
    redirects: int = 5


@dataclass(frozen=True)
class Fetched:
    """What came: the bytes, the address it came from in the end, the file's name there, and for a text
    the encoding that the server stated ("" if none)."""

    data: bytes
    address: str
    name: str
    charset: str = ""


def lookup(host: str, port: int) -> list[str]:
    """All addresses of a host, as this machine resolves them. Raises OSError if it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def fetch(
    address: str,
    *,
    allowed: Sequence[Network] = (),
    limits: Limits = Limits(),  # noqa: B008 (frozen, without state)
    resolve: Resolve = lookup,
    head: bool = False,
) -> Fetched:
    """Get the file at an http(s) address, from the public internet or a network in `allowed`.

    With `head` nothing but the head of the answer is read, and `data` is empty: enough to know that
    something is there. (It is asked for as any file is: many servers know no HEAD.) Raises FetchError
    with the reason.
    """
    deadline = time.monotonic() + limits.seconds
    here = address.strip()
    for _ in range(limits.redirects + 1):
        hop = _Hop(here, limits, deadline, allowed, resolve, head)
        try:
            answer = hop.get()
        except TimeoutError:
            raise FetchError(
                f"{hop.host} was not done after {limits.seconds:g} seconds, so it was stopped. Try again "
                "later, or download the file in your browser and upload it."
            ) from None
        except ssl.SSLError as error:
            raise FetchError(
                f"No secure connection to {hop.host}: {_why(error)}. Check the address in your browser; if it "
                "is right, download the file there and upload it."
            ) from None
        except (OSError, http.client.HTTPException, zlib.error) as error:
            raise FetchError(f"{hop.host} could not be read: {_why(error)}. Try again later.") from None
        if isinstance(answer, Fetched):
            return answer
        here = answer
    raise FetchError(
        f"{address} leads on and on: more than {limits.redirects} redirects. Open it in your browser and use "
        "the address that it ends at."
    )


class _Hop:
    """One request to one address."""

    def __init__(
        self,
        address: str,
        limits: Limits,
        deadline: float,
        allowed: Sequence[Network],
        resolve: Resolve,
        head: bool,
    ) -> None:
        self.address, self.limits, self.deadline = address, limits, deadline
        self.allowed, self.resolve, self.head = allowed, resolve, head
        self.secure, self.host, self.port, self.target = _parsed(address)

    def get(self) -> Fetched | str:
        """The file, or the address that a redirect leads to."""
        line = _Line(self.connected(), self.deadline)
        try:
            connection = http.client.HTTPConnection(self.host, self.port)
            connection.sock = line
            connection.putrequest("GET", self.target, skip_host=True, skip_accept_encoding=True)
            default = 443 if self.secure else 80
            host = f"[{self.host}]" if ":" in self.host else self.host
            connection.putheader("Host", host if self.port == default else f"{host}:{self.port}")
            connection.putheader("User-Agent", AGENT)
            connection.putheader("Accept", "application/pdf, text/html;q=0.9, */*;q=0.5")
            # Packed answers could unfold to anything; none is asked for.
            connection.putheader("Accept-Encoding", "identity")
            connection.putheader("Connection", "close")
            connection.endheaders()
            response = connection.getresponse()
            if response.status in REDIRECTS:
                return self.led_on(response)
            if response.status != 200:
                raise FetchError(_status(response.status, self.host), dead=response.status in GONE)
            data = b"" if self.head else self.body(response)
            stated = response.headers
            try:
                name, charset = ("", "") if self.head else (_name(stated, self.address), _charset(stated))
            except (ValueError, LookupError):  # headers that the library fails on
                name, charset = "", ""
        finally:
            line.shut()
        return Fetched(data, self.address, name, charset)

    # ------------------------------------------------------------- to whom

    def addresses(self) -> list[str]:
        """The host's numeric addresses, if each of them may be asked."""
        found = self.looked_up()
        for address in found:
            if kind := why_refused(address, self.allowed):
                raise FetchError(
                    f"{self.host} is not on the public internet: its address {address} is {kind}. Only public "
                    "addresses are fetched. Download the file yourself and upload it."
                )
        return found

    def looked_up(self) -> list[str]:
        """Looked up once, in a thread: the system's look-up knows no time limit."""
        done: list[Any] = []

        def ask() -> None:
            try:
                done.append(list(self.resolve(self.host, self.port)))
            except Exception as error:
                done.append(error)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self.remaining())
        if not done:
            raise TimeoutError
        if isinstance(done[0], (OSError, UnicodeError)) or done[0] == []:
            raise FetchError(
                f"There is no machine called {self.host}, or this one has no connection to the internet. "
                "Check the address, or download the file elsewhere and upload it.",
                # Names that can't be looked up just now say nothing of the address.
                dead=getattr(done[0], "errno", None) != socket.EAI_AGAIN,
            )
        if isinstance(done[0], Exception):
            raise done[0]
        return list(done[0])

    def connected(self) -> socket.socket:
        """A connection to one of the addresses that were checked, and to no other."""
        failed: OSError | None = None
        for address in self.addresses():
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            plain = socket.socket(family, socket.SOCK_STREAM)
            try:
                plain.settimeout(min(CONNECT_SECONDS, self.remaining()))
                plain.connect((address, self.port))
                if not self.secure:
                    return plain
                plain.settimeout(self.remaining())
                # The certificate is checked against the name, not the number.
                return _trust().wrap_socket(plain, server_hostname=self.host)
            except ssl.SSLError:
                plain.close()
                raise
            except OSError as error:
                plain.close()
                failed = error
        self.remaining()
        if isinstance(failed, TimeoutError):
            raise FetchError(f"{self.host} does not answer. Try again later, or check the address.")
        raise failed or OSError("no address")

    def remaining(self) -> float:
        return _remaining(self.deadline)

    # ------------------------------------------------------------- what came

    def led_on(self, response: http.client.HTTPResponse) -> str:
        to = response.headers.get("Location", "").strip()
        if not to:
            raise FetchError(f"{self.host} sends on ({response.status}), but doesn't say where to.")
        try:
            # Some servers write other letters than an address may hold: UTF-8 that was read as Latin-1.
            readable = quote(to.encode("latin-1", "replace"), safe="%/:=&?~#+!$,;'@()*[]")
            return urljoin(self.address, readable)
        except ValueError:
            raise FetchError(f"{self.host} sends on to “{to[:100]}”, which is no address.") from None

    def body(self, response: http.client.HTTPResponse) -> bytes:
        """The whole file, unpacked if the server packed it unasked."""
        declared = response.length
        if declared is not None and declared > self.limits.size:
            raise FetchError(self.too_large(declared))
        packing = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
        if packing not in ("identity", "gzip", "x-gzip", "deflate"):
            raise FetchError(
                f"{self.host} packs its answer in a way that can't be read here ({packing[:20]}). Download the "
                "file in your browser and upload it."
            )
        unpack = zlib.decompressobj(47) if packing != "identity" else None
        parts, sent, size = [], 0, 0
        while chunk := response.read(CHUNK):
            sent += len(chunk)
            while chunk:
                piece, chunk = chunk, b""
                if unpack is not None:
                    if unpack.eof:  # a packed file may be several, one behind the other, filled up with zeros
                        if not (piece := piece.lstrip(b"\0")):
                            break
                        unpack = zlib.decompressobj(47)
                    piece = unpack.decompress(piece, self.limits.size + 1 - size)
                    chunk = unpack.unused_data
                size += len(piece)
                if size > self.limits.size or sent > self.limits.size:
                    raise FetchError(self.too_large(None))
                parts.append(piece)
        if declared is not None and sent < declared:
            raise FetchError(
                f"The connection to {self.host} broke off after {sent:,} of {declared:,} bytes. Try again."
            )
        if unpack is not None and sent and not unpack.eof:
            raise FetchError(f"The connection to {self.host} broke off in mid-file. Try again.")
        if not size:
            raise FetchError(f"{self.host} sent an empty file. Check the address in your browser.")
        return b"".join(parts)

    def too_large(self, declared: int | None) -> str:
        size = f" ({declared / 1024**2:,.0f} MB)" if declared else ""
        return (
            f"The file at {self.host} is larger than {self.limits.size / 1024**2:g} MB{size}, the most that is "
            "kept. Give the address of a smaller one."
        )


class _Line:
    """A socket as `http.client` uses one, each read of which ends by the deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_remaining(self._deadline))
        self._sock.sendall(data)

    def makefile(self, mode: str, *args: Any) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._sock, self._deadline))

    def close(self) -> None:
        """`http.client` closes its end while the answer is still being read; `shut` ends it."""

    def shut(self) -> None:
        self._sock.close()


class _Incoming(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # A server that sends a byte a minute keeps every single wait short, so the whole is limited.
        self._sock.settimeout(_remaining(self._deadline))
        return self._sock.recv_into(buffer)


def _remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _trust() -> ssl.SSLContext:
    """The certificates of the machine (a lab may have its own) and the public ones (a container has none)."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context


def _parsed(address: str) -> tuple[bool, str, int, str]:
    """Whether the address is https, its host as it is looked up, the port, and path with query."""
    shape = "Write the whole address, such as https://example.org/paper.pdf."
    if re.search(r"[\x00-\x20\x7f]", address):
        raise FetchError(f"The address has a blank or a control character in it. {shape}")
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        if ":" not in host:
            host = host.encode("idna").decode("ascii")
    except ValueError:
        raise FetchError(f"“{address[:200]}” is no address. {shape}") from None
    if parts.scheme not in ("http", "https"):
        raise FetchError(f"Only http and https are fetched, not “{(parts.scheme or address)[:40]}”. {shape}")
    if not host or "%" in host:
        raise FetchError(f"“{address[:200]}” names no machine. {shape}")
    if parts.username is not None or parts.password is not None:
        raise FetchError("The address holds a name or a password. Download the file yourself and upload it.")
    secure = parts.scheme == "https"
    port = port if port is not None else 443 if secure else 80
    if port not in (80, 443) and port < 1024:
        raise FetchError(f"Port {port} is for other services than web pages. Leave it out of the address.")
    target = quote(parts.path or "/", safe="%/:=&~+!$,;'@()*")
    if parts.query:
        target += "?" + quote(parts.query, safe="%/:=&?~+!$,;'@()*[]")
    return secure, host, port, target


def _status(status: int, host: str) -> str:
    """What a status other than 200 means for the editor."""
    if status in GONE:
        return f"{host} has nothing at this address ({status}). Check it in your browser."
    if status in (401, 402, 403, 407, 429, 451):
        return (
            f"{host} does not give this to programs ({status}). Open the address in your browser, save the "
            "file, and upload it."
        )
    if status >= 500:
        return f"{host} has a fault of its own ({status}). Try again later."
    return f"{host} answered with status {status} instead of a file. Check the address in your browser."


def _why(error: Exception) -> str:
    """The reason in few words. A certificate's is in a field of its own."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    if isinstance(error, http.client.HTTPException):
        return "what it sent is no proper answer of a web server"
    if isinstance(error, zlib.error):
        return "its answer is packed wrongly"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def _charset(headers: Message) -> str:
    return encoding(str(headers.get_content_charset("")))


def _name(headers: Message, address: str) -> str:
    """The file's name, as the server or the address has it: letters only, no folders."""
    stated = headers.get_filename("") if "Content-Disposition" in headers else ""
    name = stated or unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2])
    return clean_name(str(name))


def clean_name(name: str) -> str:
    """A file's name without folders, control characters and what no system would take; may be empty."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(c for c in name if c.isprintable() and c not in '"<>:|?*;')
    return " ".join(name.split()).strip(". ")[:120]
