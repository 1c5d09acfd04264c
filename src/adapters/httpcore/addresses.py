"""Which addresses belong to the public internet, and not to this machine or its neighbours."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# RFC 4291, section 2.4, and IANA's registry: the part of IPv6 that is given out to the public.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_DOCUMENTATION: Final = IPv6Network("3fff::/20")
# RFC 6052: where a translator stands between IPv6 and IPv4, the last 32 bits are the address that is meant.
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
# In the public range, but answered by the host of a virtual machine: Azure's channel to its guests.
_HYPERVISOR: Final = IPv4Address("168.63.129.16")


def address_of(text: str) -> Address:
    """Return the address in this text; an IPv4 address that is dressed up as IPv6 (`::ffff:…`) is itself."""
    address = ip_address(text)
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the public internet, by itself and by the IPv4 address within it."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and address != _HYPERVISOR
    if address in _TRANSLATED:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address.sixtofour is not None and not is_public(address.sixtofour):
        return False
    return address.is_global and address in _GLOBAL_UNICAST and address not in _DOCUMENTATION
