"""Addresses: which of those that a name leads to are of the public internet."""

import errno
import ipaddress
import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

NAT64 = ipaddress.ip_network("64:ff9b::/96")


class GlobalAddresses(AbstractResolver):
    """Resolves a name to its addresses if all of them are global; the connection is made to these very addresses."""

    def __init__(self) -> None:
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """As aiohttp's. Raises OSError for a name that leads into a private network."""
        found = await self._resolver.resolve(host, port, family)
        if not all(is_global(each["host"]) for each in found):
            raise OSError(errno.EACCES, f"{host} leads into a private network")
        return found

    async def close(self) -> None:
        """Let go of what it holds."""
        await self._resolver.close()


def is_global(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where it stands for an IPv4 address."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else ip.ipv4_mapped or ip.sixtofour
        if embedded is not None:
            return embedded.is_global
    return ip.is_global and not ip.is_multicast
