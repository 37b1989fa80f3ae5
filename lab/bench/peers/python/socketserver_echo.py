# SPDX-License-Identifier: Apache-2.0
"""socketserver: socketserver_echo.py tcp PORT | udp PORT | unix PATH | unix-dgram PATH

Streams get a thread per connection, UDP a thread per datagram, as the module does it. The
AF_UNIX datagram server answers in its only thread.
"""

import os
import socketserver
import sys
import threading


class StreamEcho(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(65536):
                self.request.sendall(data)
        except ConnectionError:
            pass


class DatagramEcho(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, sock = self.request
        sock.sendto(data, self.client_address)


class TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 4096


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 4096


class UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    max_packet_size = 65536


class UnixDatagramServer(socketserver.UnixDatagramServer):
    max_packet_size = 65536


def server(kind: str, where: str) -> socketserver.BaseServer:
    if kind == "tcp":
        return TcpServer(("127.0.0.1", int(where)), StreamEcho)
    if kind == "udp":
        return UdpServer(("127.0.0.1", int(where)), DatagramEcho)
    if os.path.exists(where):
        os.unlink(where)
    if kind == "unix":
        return UnixServer(where, StreamEcho)
    return UnixDatagramServer(where, DatagramEcho)


threading.stack_size(256 * 1024)
server(sys.argv[1], sys.argv[2]).serve_forever()
