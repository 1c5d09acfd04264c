"""How a listening socket is given up without turning anyone away who was let in."""

import ctypes
import socket
import sys
from typing import Final

import structlog

# From <asm/socket.h>: which packets a socket takes (socket(7)). Python has no name for it.
_SO_ATTACH_FILTER: Final = 26
_DROP: Final = 0
_TAKE: Final = 0xFFFFFFFF
# Byte 13 of a TCP header holds its flags, of which a first packet has SYN and not ACK.
_FLAGS: Final = 13
_SYN: Final = 0x02
_ACK: Final = 0x10
_log: structlog.stdlib.BoundLogger = structlog.get_logger("satchel.server")


class _Instruction(ctypes.Structure):
    # struct sock_filter of <linux/filter.h>: what to do, how many to skip if it is true or false, and a number.
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    # struct sock_fprog of <linux/filter.h>.
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def ignore_newcomers(listener: socket.socket) -> None:
    """Leave whoever begins to connect without an answer, while those who did before still come in.

    Closed as it is, a socket cuts off all who are connected and not yet accepted. They may have sent a request,
    which a proxy must not send elsewhere if it creates something. Who gets no answer knocks again a second later,
    at a socket that is closed by then, and so knows that nothing was sent.

    Elsewhere than on Linux this does nothing.
    """
    if sys.platform != "linux":
        return
    instructions = (_Instruction * 5)(
        _Instruction(0x30, 0, 0, _FLAGS),  # load the byte
        _Instruction(0x54, 0, 0, _SYN | _ACK),  # keep these bits
        _Instruction(0x15, 0, 1, _SYN),  # equal? then the next, else the one after it
        _Instruction(0x06, 0, 0, _DROP),
        _Instruction(0x06, 0, 0, _TAKE),
    )
    program = _Program(len(instructions), instructions)
    try:
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, bytes(program))
    except OSError as error:
        # Some sandboxes have no such filters.
        _log.warning("Requests that come while the address is given up may be lost.", error=str(error))
