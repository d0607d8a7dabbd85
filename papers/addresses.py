"""Addresses of sources: where the file itself lies, and which machines may be asked for it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# IPv6-only networks reach IPv4 through these addresses; the last 32 bits are the real one.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Old ways to wrap an IPv4 address in an IPv6 one. No source has such an address.
WRAPPED = tuple(map(ipaddress.ip_network, ("::ffff:0:0/96", "::/96", "2002::/16", "2001::/32")))

ARXIV_ID = r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Za-z-]+)?/\d{7})(?:v\d+)?"

ARXIV_BEFORE = re.compile(
    r"(?:https?://)?(?:[a-z]+\.)?arxiv\.org/(?:abs|html|pdf|format)/|(?:https?://)?(?:dx\.)?doi\.org/10\.48550/arxiv\."
    r"|arxiv:\s*",
    re.IGNORECASE,
)
DOI_BEFORE = re.compile(r"(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*", re.IGNORECASE)


def arxiv_id(typed: str) -> str:
    """The arXiv id in what was typed or pasted: an id, `arXiv:id`, an address; "" if there is none."""
    bare = ARXIV_BEFORE.sub("", typed.strip(), count=1).partition("?")[0].partition("#")[0]
    bare = bare.rstrip("/").removesuffix(".pdf")
    return bare if re.fullmatch(ARXIV_ID, bare) else ""


def doi(typed: str) -> str:
    """The DOI in what was typed or pasted: a DOI, `doi:DOI`, an address of doi.org; "" if there is none."""
    found = DOI_BEFORE.match(typed.strip())
    bare = typed.strip()[found.end() :] if found else typed.strip()
    return bare if re.fullmatch(r"10\.[^\s/]+/\S+", bare) else ""


def why_refused(address: str, allowed: Sequence[Network] = ()) -> str:
    """Why the machine at this numeric address may not be asked for anything, or "" if it may.

    Only addresses of the public internet may, and those in `allowed`.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "not an address"
    if any(ip.version == network.version and ip in network for network in allowed):
        return ""
    if ip in NAT64:
        ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if isinstance(ip, ipaddress.IPv6Address) and any(ip in network for network in WRAPPED):
        return "loopback" if ip.is_loopback else "unspecified" if not int(ip) else "a wrapped IPv4 address"
    kinds: list[tuple[str, bool]] = [
        ("unspecified", ip.is_unspecified),
        ("loopback", ip.is_loopback),
        ("link-local", ip.is_link_local),
        ("multicast", ip.is_multicast),
        ("private", ip.is_private or getattr(ip, "is_site_local", False)),
        ("reserved", ip.is_reserved or not ip.is_global),
    ]
    return next((kind for kind, is_so in kinds if is_so), "")


def file_address(address: str, *, paper: bool = True) -> str:
    """Where the file lies that `address` shows in a page around it; `address` itself if none is known.

    Pages that show one file of a repository become that file's address. With `paper`, the page
    about a paper (an abstract, a forum) becomes the address of its PDF; without it such a page is
    meant itself. What can't be parsed comes back as it is.
    """
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return address
    if parts.scheme not in ("http", "https"):
        return address
    for hosts, turn, of_paper in RULES:
        if re.fullmatch(hosts, host) and (paper or not of_paper) and (found := turn(parts.path, parts.query)):
            # A rule gives a whole address, or the path on the same host.
            return found if found.startswith("https://") else f"https://{parts.netloc}{found}"
    return urlunsplit(parts._replace(fragment=""))


Turn = Callable[[str, str], str]


def _path(pattern: str, to: str) -> Turn:
    """A rule by the path alone: where `pattern` fits the whole of it, `to` with its groups filled in."""
    compiled = re.compile(pattern)

    def turn(path: str, query: str) -> str:
        match = compiled.fullmatch(path)
        return match.expand(to) if match else ""

    return turn


def _query(where: str, name: str, to: str) -> Turn:
    """A rule by one parameter of the query."""

    def turn(path: str, query: str) -> str:
        values = parse_qs(query).get(name)
        return to.format(quote(values[0], safe="")) if re.fullmatch(where, path) and values else ""

    return turn


# Host, what becomes of the path, and whether it is the page about a paper.
RULES: tuple[tuple[str, Turn, bool], ...] = (
    (
        r"github\.com",
        _path(r"/([^/]+)/([^/]+)/blob/(.+)", r"https://raw.githubusercontent.com/\1/\2/\3"),
        False,
    ),
    (r"gitlab\.[\w.-]+", _path(r"(/.+?)/-/blob/(.+)", r"\1/-/raw/\2"), False),
    (r"huggingface\.co|hf\.co", _path(r"(/.+?)/blob/(.+)", r"https://huggingface.co\1/resolve/\2"), False),
    (
        r"codeberg\.org|gitea\.com",
        _path(r"(/[^/]+/[^/]+)/src/((?:branch|tag|commit)/.+)", r"\1/raw/\2"),
        False,
    ),
    (r"bitbucket\.org", _path(r"(/[^/]+/[^/]+)/src/(.+/.+)", r"\1/raw/\2"), False),
    (
        r"gist\.github\.com",
        _path(r"(/[^/]+/[0-9a-f]{20,})/?", r"https://gist.githubusercontent.com\1/raw"),
        False,
    ),
    (
        r"drive\.google\.com",
        _path(r"/file/d/([\w-]+)(?:/.*)?", r"https://drive.google.com/uc?export=download&id=\1"),
        False,
    ),
    (
        r"(?:[a-z]+\.)?arxiv\.org",
        _path(rf"/(?:abs|html|pdf|format)/({ARXIV_ID})(?:\.pdf)?/?", r"https://arxiv.org/pdf/\1"),
        True,
    ),
    (r"(?:dx\.)?doi\.org", _path(rf"/10\.48550/ar[Xx]iv\.({ARXIV_ID})", r"https://arxiv.org/pdf/\1"), True),
    (r"huggingface\.co|hf\.co", _path(rf"/papers/({ARXIV_ID})/?", r"https://arxiv.org/pdf/\1"), True),
    (r"alphaxiv\.org", _path(rf"/(?:abs|overview|pdf)/({ARXIV_ID})/?", r"https://arxiv.org/pdf/\1"), True),
    (r"openreview\.net", _query(r"/forum/?", "id", "https://openreview.net/pdf?id={}"), True),
    (
        r"aclanthology\.org",
        _path(r"/([\w.-]*\d[\w.-]*?)(?:\.pdf)?/?", r"https://aclanthology.org/\1.pdf"),
        True,
    ),
    (
        r"(?:proceedings\.neurips\.cc|papers\.nips\.cc|papers\.neurips\.cc)",
        _path(r"(/.+)/hash/([0-9a-f]+)-Abstract(.*)\.html", r"\1/file/\2-Paper\3.pdf"),
        True,
    ),
    (
        r"(?:bio|med)rxiv\.org",
        _path(r"(/content/10\.1101/[\d.]+v\d+)(?:\.abstract|\.full)?/?", r"\1.full.pdf"),
        True,
    ),
)

# Sites whose name says more than their address, and whether what one finds there is a post.
ORIGINS: tuple[tuple[str, str, str], ...] = (
    (r"(?:[a-z]+\.)?arxiv\.org", "arXiv", ""),
    (r"(?:[a-z]+\.)?github\.com|raw\.githubusercontent\.com", "GitHub", ""),
    (r"(?:mobile\.)?(?:x|twitter)\.com", "X", "post"),
    (r"bsky\.app", "Bluesky", "post"),
    (r"threads\.(?:net|com)", "Threads", "post"),
    (r"(?:[a-z]+\.)?reddit\.com", "Reddit", "post"),
    (r"news\.ycombinator\.com", "Hacker News", "post"),
    (r"(?:[a-z]+\.)?linkedin\.com", "LinkedIn", "post"),
    (r"huggingface\.co|hf\.co", "Hugging Face", ""),
    (r"openreview\.net", "OpenReview", ""),
    (r"(?:[a-z]+\.)?youtube\.com|youtu\.be", "YouTube", ""),
)


def origin(address: str) -> tuple[str, str]:
    """(the name of the site, "post" if what one finds there is a post): ("X", "post"), ("mit.edu", "")."""
    try:
        host = (urlsplit(address.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return "", ""
    for hosts, name, kind in ORIGINS:
        if re.fullmatch(hosts, host):
            return name, kind
    return host[:100], ""


def same_work(one: str, other: str) -> bool:
    """Whether two addresses lead to the same work: page or file, with or without www and version."""
    return bool(one and other) and _bare(one) == _bare(other)


def _bare(address: str) -> str:
    try:
        parts = urlsplit(file_address(address))
    except ValueError:
        return address
    host = (parts.hostname or "").removeprefix("www.").removeprefix("mobile.")
    host = "x.com" if host == "twitter.com" else host
    path = parts.path.rstrip("/").removesuffix(".pdf")
    if host == "arxiv.org":
        path = re.sub(r"v\d+$", "", path)
    return f"{host}{path}?{parts.query}"
