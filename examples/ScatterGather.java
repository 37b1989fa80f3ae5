// SPDX-License-Identifier: Apache-2.0
//
// A header and a body leave from two buffers in one call, and arrive in two: nothing is put
// together or taken apart by hand.
//
//     ./sockeye run examples/ScatterGather.java
//
// test: ScatterGather -> ^header says 11 bytes, body says hello world

import module sockeye;

import module java.base;

void main() throws Exception {
    try (var pair = StreamSocket.pair()) {
        var body = ByteBuffer.wrap("hello world".getBytes());
        var header = ByteBuffer.allocate(4).putInt(body.remaining()).flip();
        pair.left().write(new ByteBuffer[] {header, body});

        var length = ByteBuffer.allocate(4);
        var text = ByteBuffer.allocate(100);
        pair.right().read(new ByteBuffer[] {length, text});
        IO.println(
                "header says %d bytes, body says %s"
                        .formatted(length.getInt(0), StandardCharsets.UTF_8.decode(text.flip())));
    }
}
