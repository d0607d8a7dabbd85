"""Who asks, when a proxy stands in front."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """FORWARDED_ALLOW_IPS as networks; `*` is all of them. Raises ValueError on what is neither."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if "*" in parts:
        return (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    return tuple(ipaddress.ip_network(part, strict=False) for part in parts)


def client_ip(request: HttpRequest) -> str:
    """The address that failed sign-ins are counted for.

    X-Forwarded-For is believed only from a proxy named in FORWARDED_ALLOW_IPS, and only its last
    entry, which that proxy wrote itself: everything before it is the visitor's own word.
    """
    peer: str = request.META.get("REMOTE_ADDR") or ""
    last = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    try:
        # A peer without an address came through a Unix socket, which only this machine can open.
        if last and (not peer or any(ipaddress.ip_address(peer) in net for net in settings.TRUSTED_PROXIES)):
            return str(ipaddress.ip_address(last))
    except ValueError:
        pass
    return peer
