# SPDX-License-Identifier: Apache-2.0
"""Prints control messages as the C library's macros and Python's struct lay them out.

    python3 src/test/python/ancillary_vectors.py > src/test/resources/sockeye/ancillary-vectors.txt

One a line: a name and the bytes in hexadecimal, padded up to the next header. Then the lengths and
spaces (CMSG_LEN, CMSG_SPACE) of some sizes.
"""
import socket
import struct
from socket import inet_aton, inet_pton, AF_INET, AF_INET6

SOL_SOCKET, IP, IPV6, UDP, TCP = 1, 0, 41, 17, 6


def message(name, level, kind, data):
    head = struct.pack("@Nii", socket.CMSG_LEN(len(data)), level, kind)
    print(name, (head + data).ljust(socket.CMSG_SPACE(len(data)), b"\0").hex())


def sockaddr_in(address, port):
    return struct.pack("=H", AF_INET) + struct.pack("!H", port) + inet_aton(address) + bytes(8)


def sockaddr_in6(address, port, scope=0):
    return (
        struct.pack("=H", AF_INET6)
        + struct.pack("!HI", port, 0)
        + inet_pton(AF_INET6, address)
        + struct.pack("=I", scope)
    )


print("# Made by src/test/python/ancillary_vectors.py, not by hand.")
message("rights", SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("@3i", 1001, 1002, 1003))
message("rights-none", SOL_SOCKET, socket.SCM_RIGHTS, b"")
message("credentials", SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack("@3i", 4242, 1000, -2))
message("security", SOL_SOCKET, 3, b"system_u:object_r:unlabeled_t:s0\0")
message("pidfd", SOL_SOCKET, 4, struct.pack("@i", 1004))
message("pidfd-gone", SOL_SOCKET, 4, struct.pack("@i", -3))
for name, kind in ("timestamp-old", 29), ("timestamp-new", 63):
    message(name, SOL_SOCKET, kind, struct.pack("@2q", 1795352700, 999999))
for name, kind in ("timestampns-old", 35), ("timestampns-new", 64):
    message(name, SOL_SOCKET, kind, struct.pack("@2q", 1795352700, 123456789))
for name, kind in ("timestamping-old", 37), ("timestamping-new", 65):
    message(name, SOL_SOCKET, kind, struct.pack("@6q", 1795352700, 5, 0, 0, 17, 999999999))
message("timestamping-software", SOL_SOCKET, 37, struct.pack("@6q", 1795352700, 5, 0, 0, 0, 0))
message("drops", SOL_SOCKET, 40, struct.pack("@I", 4294967295))
message("mark", SOL_SOCKET, socket.SO_MARK, struct.pack("@I", 0xCAFE))
message("txtime", SOL_SOCKET, 61, struct.pack("@Q", 1795352700123456789))
message("pktinfo", IP, 8, struct.pack("@i", 2) + inet_aton("192.0.2.1") + inet_aton("192.0.2.255"))
message("ttl", IP, socket.IP_TTL, struct.pack("@i", 64))
message("tos-received", IP, socket.IP_TOS, struct.pack("@B", 0xB9))
message("tos-sent", IP, socket.IP_TOS, struct.pack("@i", 0xB9))
message(
    "error-icmp",
    IP,
    11,
    struct.pack("@IBBBBII", 111, 2, 3, 3, 0, 0, 0) + sockaddr_in("192.0.2.7", 0),
)
message(
    "error-too-big",
    IP,
    11,
    struct.pack("@IBBBBII", 90, 1, 0, 0, 0, 1280, 0) + bytes(16),
)
message("origdst", IP, 20, sockaddr_in("192.0.2.9", 8080))
message("pktinfo6", IPV6, 50, inet_pton(AF_INET6, "2001:db8::1") + struct.pack("@i", 3))
message("pktinfo6-mapped", IPV6, 50, inet_pton(AF_INET6, "::ffff:192.0.2.1") + struct.pack("@i", 0))
message("pktinfo6-multicast", IPV6, 50, inet_pton(AF_INET6, "ff02::1") + struct.pack("@i", 3))
message("hoplimit", IPV6, 52, struct.pack("@i", 255))
message("tclass", IPV6, 67, struct.pack("@i", 0x28))
message("flowinfo", IPV6, 11, struct.pack("!I", 0x02812345))
message(
    "error-icmp6",
    IPV6,
    25,
    struct.pack("@IBBBBII", 113, 3, 1, 3, 0, 0, 0) + sockaddr_in6("2001:db8::7", 0),
)
message(
    "error-zerocopy",
    IPV6,
    25,
    struct.pack("@IBBBBII", 0, 5, 0, 1, 0, 7, 4294967295) + bytes(28),
)
message("origdst6", IPV6, 74, sockaddr_in6("fe80::9", 53, 4))
message("segment", UDP, 103, struct.pack("@H", 65535))
message("gro", UDP, 104, struct.pack("@i", 1448))
message("inq", TCP, 36, struct.pack("@i", 70000))
message("inq-unix", SOL_SOCKET, 84, struct.pack("@i", 3))
message("unknown", 263, 8, bytes(range(5)))
for size in (0, 1, 4, 7, 8, 9, 12, 15, 16, 17, 48, 1012, 65535, 2147483624):
    print("size", size, socket.CMSG_LEN(size), end=" ")
    try:
        print(socket.CMSG_SPACE(size))
    except OverflowError:
        print("-")
