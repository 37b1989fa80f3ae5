// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static sockeye.Readiness.EPOLLET;
import static sockeye.Readiness.EPOLLIN;
import static sockeye.Readiness.EPOLLONESHOT;
import static sockeye.Readiness.EPOLLOUT;
import static sockeye.Readiness.EPOLLPRI;
import static sockeye.Readiness.EPOLLRDHUP;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The same steps here and with Python's {@code select.epoll}: the masks must be the same. */
@Tag("C-03")
@SuppressWarnings("try") // some are closed early on purpose
class ReadinessPythonTest {
    private static final String SCRIPT =
            """
            import os, select, socket, sys
            e = select.epoll()
            def show():
                print(' '.join('%x' % m for m in sorted(m & 0xffffffff for f, m in e.poll(0))))
            A = select.EPOLLIN | select.EPOLLOUT | select.EPOLLPRI | select.EPOLLRDHUP
            l, r = socket.socketpair()
            e.register(l, A)
            show()
            r.send(b'x')
            show()
            e.modify(l, select.EPOLLIN | select.EPOLLET)
            show()
            show()
            r.send(b'x')
            show()
            e.modify(l, select.EPOLLIN | select.EPOLLONESHOT)
            show()
            r.send(b'x')
            show()
            e.modify(l, A)
            l.recv(10)
            show()
            r.shutdown(socket.SHUT_WR)
            show()
            r.close()
            show()
            e.unregister(l)
            show()
            i, o = os.pipe()
            e.register(i, select.EPOLLIN)
            e.register(o, select.EPOLLOUT)
            show()
            os.write(o, b'x')
            show()
            e.unregister(i)
            os.close(i)
            show()
            e.unregister(o)
            i, o = os.pipe()
            e.register(i, 0)
            os.close(o)
            show()
            t = socket.socket()
            e.register(t, select.EPOLLIN | select.EPOLLOUT)
            show()
            """;

    @Test
    void theMasksAreThoseThatPythonGets() throws Exception {
        assertEquals(Python.run(SCRIPT, List.of()), ours());
    }

    private static List<String> ours() throws IOException {
        List<String> lines = new ArrayList<>();
        int all = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP;
        byte[] x = {'x'};
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair();
                var tcp = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM)) {
            ReadinessKey<String> key = selector.register(pair.left(), all, "");
            lines.add(found(selector));
            pair.right().send(x);
            lines.add(found(selector));
            key.interest(EPOLLIN | EPOLLET);
            lines.add(found(selector));
            lines.add(found(selector));
            pair.right().send(x);
            lines.add(found(selector));
            key.interest(EPOLLIN | EPOLLONESHOT);
            lines.add(found(selector));
            pair.right().send(x);
            lines.add(found(selector));
            key.interest(all);
            pair.left().recv(10);
            lines.add(found(selector));
            pair.right().shutdown(LinuxSocket.SHUT_WR);
            lines.add(found(selector));
            pair.right().close();
            lines.add(found(selector));
            key.cancel();
            lines.add(found(selector));
            PassedDescriptor[] pipe = OpenDescriptors.pipe();
            selector.register(pipe[0], EPOLLIN, "");
            selector.register(pipe[1], EPOLLOUT, "");
            lines.add(found(selector));
            pipe[1].write(ByteBuffer.wrap(x));
            lines.add(found(selector));
            pipe[0].close();
            lines.add(found(selector));
            pipe[1].close();
            pipe = OpenDescriptors.pipe();
            selector.register(pipe[0], 0, "");
            pipe[1].close();
            lines.add(found(selector));
            selector.register(tcp, EPOLLIN | EPOLLOUT, "");
            lines.add(found(selector));
            pipe[0].close();
        }
        return lines;
    }

    private static String found(ReadinessSelector<String> selector) throws IOException {
        List<String> masks = new ArrayList<>();
        for (ReadinessKey<String> key : selector.selectNow()) {
            masks.add(Integer.toHexString(key.ready()));
        }
        masks.sort((a, b) ->
                Integer.compareUnsigned(
                        Integer.parseUnsignedInt(a, 16), Integer.parseUnsignedInt(b, 16)));
        return String.join(" ", masks);
    }
}
