# SPDX-License-Identifier: Apache-2.0
"""Echo servers with one defect each, for selftest.sh.  bad_server.py MODE PORT

The defect begins after a few messages, so that the first replies are right.
"""

import socket
import sys
import threading
import time

MODE = sys.argv[1]
PORT = int(sys.argv[2])
GOOD_BYTES = 5000
EVERY = 50


def serve_udp() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", PORT))
    count = 0
    while True:
        data, sender = sock.recvfrom(65536)
        count += 1
        defective = count % EVERY == 0
        if MODE == "udp-stall" and count > EVERY:
            continue
        if MODE == "udp-drop" and defective:
            continue
        if MODE == "udp-short" and defective:
            data = data[:-1]
        if MODE == "udp-long" and defective:
            data += b"#"
        if MODE == "udp-corrupt" and defective:
            data = data[:20] + b"#" + data[21:]
        if MODE == "udp-corrupt-tag" and defective:
            data = b"#" + data[1:]
        sock.sendto(data, sender)
        if MODE == "udp-dup" and defective:
            sock.sendto(data, sender)


def reply(conn: socket.socket, data: bytes, index: int) -> bool:
    """Sends the defective form of data; false when the connection is closed."""
    if MODE == "close":
        return False
    if MODE == "stall" or (MODE == "stall-one" and index == 0):
        time.sleep(30)
    if MODE == "corrupt":
        data = data[:3] + b"#" + data[4:]
    if MODE == "drop":
        data = data[:-1]
    if MODE == "dup":
        data = data + data
    conn.sendall(data)
    return True


def serve_connection(conn: socket.socket, index: int) -> None:
    total = 0
    with conn:
        while data := conn.recv(65536):
            total += len(data)
            if MODE == "split":
                for i in range(0, len(data), 7):
                    conn.sendall(data[i : i + 7])
            elif total <= GOOD_BYTES or MODE == "ok":
                conn.sendall(data)
            elif not reply(conn, data, index):
                return


def guarded(conn: socket.socket, index: int) -> None:
    try:
        serve_connection(conn, index)
    except OSError:
        pass  # the load generator hangs up when it has seen a fault


def serve_tcp() -> None:
    listener = socket.create_server(("127.0.0.1", PORT))
    index = 0
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=guarded, args=(conn, index), daemon=True).start()
        index += 1


if MODE.startswith("udp"):
    serve_udp()
else:
    serve_tcp()
