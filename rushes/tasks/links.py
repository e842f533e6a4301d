"""Links: where the link to a clip may lead, and whether a proxy leads there.

A vendor's clip lies on a public host behind https. No link may make this machine ask the network that it stands in.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from providers.errors import ProviderError

__all__ = ["AssetError", "AssetRefused", "check_link", "proxy_for"]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")


class AssetError(ProviderError):
    """The clip could not be fetched now; it is still at the vendor. `retry_after` in seconds when the host said it."""

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class AssetRefused(AssetError):
    """The link leads where no clip of a vendor lies (another scheme, a private address)."""


def proxy_for(url: str) -> str | None:
    """The proxy by which the environment (or the system) sends a request for this address. None: it goes by itself."""
    from urllib.request import getproxies, proxy_bypass  # slow to load, and httpx has it loaded before a download

    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    if not found or host in LOOPBACK or proxy_bypass(host):
        return None
    return found if "://" in found else f"http://{found}"


async def check_link(url: str, *, local: bool, proxied: bool) -> None:
    """https to public hosts only; where the vendor itself is on this machine, this machine by http as well.

    `proxied`: the proxy looks up the name, and may be the only one that can. Raises AssetRefused for a link that leads
    astray, AssetError where only this machine's answer about a name says so: that may be another one tomorrow.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AssetRefused("the clip's link is not a link") from error
    host = parts.hostname
    if local and parts.scheme in {"http", "https"} and host in LOOPBACK:
        return
    if parts.scheme != "https" or not host:
        raise AssetRefused(f"the clip's link is not https ({parts.scheme or 'no scheme'})")
    private = f"the clip's link leads to a private address ({host})"
    literal = _address(host)
    if _is_this_machine(host) or (literal is not None and not _is_public(literal)):
        raise AssetRefused(private)
    if literal is None and not proxied and not all(map(_is_public, await _look_up(host, port or 443))):
        raise AssetError(private)


def _is_this_machine(host: str) -> bool:
    name = host.rstrip(".")
    return name in LOOPBACK or name.endswith(".localhost")


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _address(host: str) -> _Address | None:
    """The address that a host is written as, in its old forms too (`127.1`); None for a name."""
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


async def _look_up(host: str, port: int) -> list[_Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AssetError(f"the host of the clip is not found: {host}") from error
    return [ipaddress.ip_address(str(address[0]).split("%")[0]) for *_, address in found]


def _is_public(address: _Address) -> bool:
    """Also of what stands inside an IPv6 address: NAT64, 6to4 and mapped ones lead to the IPv4 address in them."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in LOCAL_NAT64:
            return False
        if address in NAT64:
            address = ipaddress.IPv4Address(address.packed[-4:])
        else:
            address = address.ipv4_mapped or address.sixtofour or address
    return address.is_global
