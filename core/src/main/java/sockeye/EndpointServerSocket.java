// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.net.StandardSocketOptions.SO_RCVBUF;
import static java.net.StandardSocketOptions.SO_REUSEADDR;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.util.LinkedHashMap;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A {@link Listener} of any family as a {@link ServerSocket} of java.net, for libraries that want
 * one; what it accepts are {@link EndpointSocket}s. {@link EndpointServerSocketFactory} makes them
 * by configuration alone.
 *
 * <p>It behaves as java.net says of a ServerSocket: SO_TIMEOUT bounds each accept, close wakes who
 * accepts with {@link SocketException}. One with an <b>endpoint of its own</b> binds to that,
 * whatever address {@link #bind} is given; the file of a Unix path goes with it. Of families
 * without IP addresses {@link #getInetAddress} is the loopback address and {@link #getLocalPort} 0;
 * {@link #getLocalSocketAddress} tells the truth. An interrupt cancels an accept that waits, as it
 * does a read of {@link EndpointSocket}.
 *
 * <p>Safe for use by any thread.
 */
public final class EndpointServerSocket extends ServerSocket {
    private static final int DEFAULT_BACKLOG = 50;

    private final @Nullable EndpointSpec target;
    private final AdapterOptions options = new AdapterOptions();
    private final Object lock = new Object();
    private final ReentrantLock accepting = new ReentrantLock();
    private volatile @Nullable Listener<StreamSocket> listener;
    private volatile @Nullable Endpoint local;
    private volatile boolean closed;
    private volatile int soTimeout;

    /** Not bound; {@link #bind} will say where. */
    public EndpointServerSocket() {
        this((EndpointSpec) null);
    }

    /** Not bound; it will be bound to this endpoint, whatever {@link #bind} says. */
    public EndpointServerSocket(@Nullable EndpointSpec target) {
        super(new Unused());
        this.target = target;
    }

    /**
     * Listens at what a text names: {@code unix:/run/x?mode=0660}, {@code tcp:8080}, {@code fd:3}.
     *
     * @throws EndpointSyntaxException if the text is not that of a stream
     * @throws IOException as {@link Listener#stream(EndpointSpec, OptionSetting...)}
     */
    public static EndpointServerSocket listen(String endpoint) throws IOException {
        var server = new EndpointServerSocket(EndpointSpec.parse(endpoint));
        try {
            server.bind(null);
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(server, failed);
            throw failed;
        }
        return server;
    }

    @Override
    public void bind(@Nullable SocketAddress endpoint) throws IOException {
        bind(endpoint, 0);
    }

    /**
     * Binds to the endpoint of its own, or else to the one given, and listens.
     *
     * @param endpoint null for any port of this host
     * @param backlog less than 1 for the default: 50, or with an endpoint of its own that of its
     *     text
     */
    @Override
    public void bind(@Nullable SocketAddress endpoint, int backlog) throws IOException {
        synchronized (lock) {
            requireOpen();
            if (local != null) {
                throw new SocketException("Already bound");
            }
            Listener<StreamSocket> made =
                    target == null ? open(endpoint, backlog) : open(target, backlog);
            try {
                options.attach(made.socket());
                local = made.local();
                listener = made;
            } catch (IOException | RuntimeException | Error failed) {
                Closing.quietly(made, failed);
                throw failed;
            }
        }
    }

    private Listener<StreamSocket> open(EndpointSpec spec, int backlog) throws IOException {
        var all = new LinkedHashMap<>(spec.options());
        if (backlog > 0 && !spec.scheme().isDescriptor()) {
            all.putIfAbsent("backlog", Integer.toString(backlog));
        }
        return Listener.stream(spec.withOptions(all), options.early());
    }

    private Listener<StreamSocket> open(@Nullable SocketAddress address, int backlog)
            throws IOException {
        var listen = ListenSettings.DEFAULT.withBacklog(backlog < 1 ? DEFAULT_BACKLOG : backlog);
        SocketAddress wanted = address == null ? new InetSocketAddress(0) : address;
        if (wanted instanceof InetSocketAddress inet && inet.isUnresolved()) {
            throw new SocketException("Unresolved address");
        }
        Endpoint endpoint = Endpoint.of(wanted);
        boolean both =
                wanted instanceof InetSocketAddress inet
                        && inet.getAddress().isAnyLocalAddress()
                        && Listener.hasDualStack();
        if (both) {
            endpoint = InetEndpoint.any(((InetSocketAddress) wanted).getPort());
        }
        return Listener.stream(endpoint, listen, options.early());
    }

    private void requireOpen() throws SocketException {
        if (closed) {
            throw new SocketException("Socket is closed");
        }
    }

    /** Waits for a connection; an {@link EndpointSocket}. */
    @Override
    public Socket accept() throws IOException {
        requireOpen();
        Listener<StreamSocket> made = listener;
        if (made == null) {
            throw new SocketException("Socket is not bound yet");
        }
        accepting.lock();
        try {
            made.deadline(SocketStreams.by(soTimeout));
            return EndpointSocket.of(made.accept());
        } catch (SocketTimeoutException none) {
            throw new SocketTimeoutException("Accept timed out");
        } catch (IOException failed) {
            throw SocketStreams.asOfSocket(failed);
        } finally {
            accepting.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        Listener<StreamSocket> made;
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            made = listener;
        }
        if (made != null) {
            made.close();
        }
    }

    @Override
    public boolean isBound() {
        return local != null;
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        Endpoint known = local;
        return known == null ? null : known.toSocketAddress();
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        SocketAddress known = getLocalSocketAddress();
        if (known == null) {
            return null;
        }
        return known instanceof InetSocketAddress inet
                ? inet.getAddress()
                : IpAddress.LOOPBACK_IPV4.toInetAddress();
    }

    @Override
    public int getLocalPort() {
        SocketAddress known = getLocalSocketAddress();
        if (known == null) {
            return -1;
        }
        return known instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    /** None: null. */
    @Override
    public @Nullable ServerSocketChannel getChannel() {
        return null;
    }

    @Override
    public String toString() {
        Endpoint known = local;
        return "EndpointServerSocket["
                + (known != null ? known : target != null ? target : "unbound")
                + "]";
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        requireOpen();
        if (timeout < 0) {
            throw new IllegalArgumentException("timeout < 0");
        }
        soTimeout = timeout;
    }

    @Override
    public int getSoTimeout() throws IOException {
        requireOpen();
        return soTimeout;
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        set(SO_REUSEADDR, on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return get(SO_REUSEADDR);
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        set(SO_RCVBUF, EndpointSocket.requirePositive(size));
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return get(SO_RCVBUF);
    }

    @Override
    public <T> ServerSocket setOption(SocketOption<T> name, T value) throws IOException {
        set(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return get(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return options.supported();
    }

    private <T> void set(SocketOption<T> option, T value) throws SocketException {
        requireOpen();
        options.set(option, value);
    }

    private <T> T get(SocketOption<T> option) throws SocketException {
        requireOpen();
        int known = target == null ? 0 : target.scheme().family();
        return options.get(option, known == 0 ? AddressFamily.AF_INET : known);
    }

    /** Does nothing, as a hint may. */
    @Override
    public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {}

    /** What the superclass wants to be given, and is never asked for anything. */
    private static final class Unused extends SocketImpl {
        private static UnsupportedOperationException never() {
            return new UnsupportedOperationException("every method is overridden");
        }

        @Override
        protected void create(boolean stream) {
            throw never();
        }

        @Override
        protected void connect(String host, int port) {
            throw never();
        }

        @Override
        protected void connect(InetAddress address, int port) {
            throw never();
        }

        @Override
        protected void connect(SocketAddress address, int timeout) {
            throw never();
        }

        @Override
        protected void bind(InetAddress host, int port) {
            throw never();
        }

        @Override
        protected void listen(int backlog) {
            throw never();
        }

        @Override
        protected void accept(SocketImpl s) {
            throw never();
        }

        @Override
        protected InputStream getInputStream() {
            throw never();
        }

        @Override
        protected OutputStream getOutputStream() {
            throw never();
        }

        @Override
        protected int available() {
            throw never();
        }

        @Override
        protected void close() {}

        @Override
        protected void sendUrgentData(int data) {
            throw never();
        }

        @Override
        public void setOption(int optID, Object value) {
            throw never();
        }

        @Override
        public Object getOption(int optID) {
            throw never();
        }
    }
}
