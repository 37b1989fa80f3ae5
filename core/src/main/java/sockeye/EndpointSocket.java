// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.net.StandardSocketOptions.IP_TOS;
import static java.net.StandardSocketOptions.SO_KEEPALIVE;
import static java.net.StandardSocketOptions.SO_LINGER;
import static java.net.StandardSocketOptions.SO_RCVBUF;
import static java.net.StandardSocketOptions.SO_REUSEADDR;
import static java.net.StandardSocketOptions.SO_SNDBUF;
import static java.net.StandardSocketOptions.TCP_NODELAY;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A {@link StreamSocket} of any family as a {@link Socket} of java.net, for libraries that want
 * one: drivers, clients of HTTP, {@link javax.net.ssl.SSLSocketFactory#createSocket(Socket, String,
 * int, boolean) SSLSocket}s on top. {@link EndpointSocketFactory} makes them by configuration
 * alone.
 *
 * <pre>{@code
 * Socket socket = EndpointSocket.connect("unix:/run/docker.sock");
 * }</pre>
 *
 * <p>It behaves as java.net says of a Socket: SO_TIMEOUT bounds each read, the timeout of connect
 * the connect; a failed connect closes; close wakes who reads, writes or connects with {@link
 * SocketException}; one direction can be shut. Errors of the kernel are {@link ErrnoFailure}s, all
 * of them IOExceptions and nearly all SocketExceptions. What differs:
 *
 * <ul>
 *   <li>A socket with an <b>endpoint of its own</b> connects to that, whatever address {@link
 *       #connect} is given; without one it connects to the address, an {@link InetSocketAddress}, a
 *       {@link java.net.UnixDomainSocketAddress} or an {@link EndpointSocketAddress}. {@link
 *       #getRemoteSocketAddress} tells the truth. Of families without IP addresses {@link
 *       #getInetAddress} and {@link #getPort} are what connect was asked for, or the loopback
 *       address and 0.
 *   <li><b>Options of TCP and IP</b> (TCP_NODELAY, traffic class) are kept and told by sockets of
 *       other families, and do nothing. TCP_NODELAY is on from the start.
 *   <li>An <b>interrupt</b> cancels a call that waits, on threads of every kind, with {@link
 *       SocketInterruptedException}, and leaves the socket open; the JDK's sockets ignore it on
 *       platform threads, and are closed by it on virtual ones.
 *   <li>No {@link java.net.SocketImplFactory} and no {@link java.net.Proxy} has a say, and there is
 *       no {@link #getChannel channel}.
 * </ul>
 *
 * <p>Safe for use by any thread, as a Socket is.
 */
public final class EndpointSocket extends Socket {
    private final @Nullable EndpointSpec target;
    private final AdapterOptions options = new AdapterOptions();
    private final Object lock = new Object();
    private @Nullable LinuxSocket bound; // guarded by lock
    private @Nullable Thread connecting; // guarded by lock
    private boolean interrupted; // guarded by lock: by close, and not by anybody else
    private volatile @Nullable StreamSocket stream;
    private volatile @Nullable Endpoint local;
    private volatile @Nullable Endpoint peer;
    private volatile @Nullable InetSocketAddress asked;
    private volatile @Nullable InputStream input;
    private volatile @Nullable OutputStream output;
    private volatile boolean closed;
    private volatile boolean inputShut;
    private volatile boolean outputShut;
    private volatile int soTimeout;

    /**
     * Not connected; {@link #connect} will say where to.
     *
     * @throws SocketException never; the superclass's constructor declares it
     */
    public EndpointSocket() throws SocketException {
        this((EndpointSpec) null);
    }

    /**
     * Not connected; it will connect to this endpoint, whatever {@link #connect} says.
     *
     * @throws EndpointSyntaxException when it connects, if the scheme is no stream, or an option is
     *     not known
     * @throws SocketException never; the superclass's constructor declares it
     */
    public EndpointSocket(@Nullable EndpointSpec target) throws SocketException {
        super((SocketImpl) null);
        this.target = target;
    }

    /**
     * Connects to what a text names: {@code unix:/run/x}, {@code vsock:2:1024}, {@code
     * tcp:example.org:80}, {@code fd:3}.
     *
     * @throws EndpointSyntaxException if the text is not that of a stream
     * @throws IOException as {@link StreamSocket#connect(EndpointSpec, OptionSetting...)}
     */
    public static EndpointSocket connect(String endpoint) throws IOException {
        var socket = new EndpointSocket(EndpointSpec.parse(endpoint));
        socket.connect(0);
        return socket;
    }

    /** A connected stream as a Socket, which takes charge of it. */
    public static EndpointSocket of(StreamSocket stream) throws IOException {
        var socket = new EndpointSocket();
        socket.connected(stream);
        return socket;
    }

    /** The stream below; empty until connected. */
    public Optional<StreamSocket> stream() {
        return Optional.ofNullable(stream);
    }

    // Connecting.

    @Override
    public void connect(SocketAddress endpoint) throws IOException {
        connect(endpoint, 0);
    }

    /**
     * Connects to the endpoint of its own, or else to the one given.
     *
     * @param timeout in milliseconds, resolving included; 0 for no limit
     */
    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
        if (endpoint == null) {
            throw new IllegalArgumentException("connect: The address can't be null");
        }
        if (timeout < 0) {
            throw new IllegalArgumentException("connect: timeout can't be negative");
        }
        if (endpoint instanceof InetSocketAddress inet) {
            asked = inet;
        }
        connect(timeout, target == null ? dialer(endpoint) : dialer(target));
    }

    /** Connects to the endpoint of its own. */
    private void connect(int timeout) throws IOException {
        if (target == null) {
            throw new IllegalStateException("no endpoint");
        }
        connect(timeout, dialer(target));
    }

    /** Where to connect to. */
    private interface Dialer {
        StreamSocket connect(Deadline by, OptionSetting<?>... early) throws IOException;

        /** The addresses, for a socket that is bound already. */
        List<Endpoint> peers(int family, Deadline by) throws IOException;
    }

    private static Dialer dialer(EndpointSpec spec) {
        return new Dialer() {
            @Override
            public StreamSocket connect(Deadline by, OptionSetting<?>... early) throws IOException {
                return StreamSocket.connect(spec, by, early);
            }

            @Override
            public List<Endpoint> peers(int family, Deadline by) throws IOException {
                return ConnectSettings.DEFAULT
                        .resolverInForce()
                        .endpoints(spec.forConnecting(), family, by);
            }
        };
    }

    private static Dialer dialer(SocketAddress address) {
        if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
            return dialer(
                    EndpointSpec.of(
                            EndpointScheme.TCP,
                            new EndpointTarget.Host(inet.getHostString(), inet.getPort())));
        }
        Endpoint endpoint = Endpoint.of(address);
        return new Dialer() {
            @Override
            public StreamSocket connect(Deadline by, OptionSetting<?>... early) throws IOException {
                return StreamSocket.connect(endpoint, by, early);
            }

            @Override
            public List<Endpoint> peers(int family, Deadline by) {
                return List.of(endpoint);
            }
        };
    }

    private void connect(int timeout, Dialer dialer) throws IOException {
        LinuxSocket own;
        synchronized (lock) {
            requireOpen();
            if (stream != null || connecting != null) {
                throw new SocketException("Already connected");
            }
            connecting = Thread.currentThread();
            own = bound;
        }
        try {
            Deadline by = SocketStreams.by(timeout);
            StreamSocket made =
                    own == null
                            ? dialer.connect(by, options.early())
                            : connect(own, dialer.peers(own.family(), by), by);
            synchronized (lock) {
                if (!closed) {
                    connected(made);
                    return;
                }
            }
            made.close();
            throw new SocketException("Socket closed");
        } catch (IOException | RuntimeException | Error failed) {
            boolean byClose = closed;
            close();
            if (byClose && failed instanceof IOException) {
                var woken = new SocketException("Socket closed");
                woken.initCause(failed);
                throw woken;
            }
            throw failed;
        } finally {
            synchronized (lock) {
                connecting = null;
                if (interrupted) {
                    Thread.interrupted();
                }
            }
        }
    }

    private static StreamSocket connect(LinuxSocket own, List<Endpoint> peers, Deadline by)
            throws IOException {
        own.writeDeadline(by);
        IOException last = new UnknownHostException("no address of the family that it is bound to");
        for (Endpoint peer : peers) {
            try {
                own.connect(peer);
                return StreamSocket.connected(own, peer);
            } catch (IOException failed) {
                if (!(failed instanceof ErrnoFailure)) {
                    throw failed;
                }
                last = failed;
            }
        }
        throw last;
    }

    private void connected(StreamSocket made) throws IOException {
        options.attach(made.socket());
        peer = made.peer();
        local = made.local();
        stream = made;
    }

    /** Binds at once: to an address, or for null to any port of IPv4. */
    @Override
    public void bind(@Nullable SocketAddress bindpoint) throws IOException {
        Endpoint endpoint =
                bindpoint == null ? InetEndpoint.of(IpAddress.ANY_IPV4, 0) : Endpoint.of(bindpoint);
        synchronized (lock) {
            requireOpen();
            if (isBound()) {
                throw new SocketException("Already bound");
            }
            LinuxSocket made = LinuxSocket.socket(endpoint.family(), SocketType.SOCK_STREAM);
            try {
                Nagle.off(made);
                made.apply(options.early());
                made.bind(endpoint);
                local = made.getSockName();
                bound = made;
            } catch (IOException | RuntimeException | Error failed) {
                Closing.quietly(made, failed);
                throw failed;
            }
        }
    }

    private void requireOpen() throws SocketException {
        if (closed) {
            throw new SocketException("Socket is closed");
        }
    }

    private StreamSocket requireConnected() throws SocketException {
        requireOpen();
        StreamSocket made = stream;
        if (made == null) {
            throw new SocketException("Socket is not connected");
        }
        return made;
    }

    // Moving bytes, and ending.

    @Override
    public InputStream getInputStream() throws IOException {
        StreamSocket made = requireConnected();
        if (inputShut) {
            throw new SocketException("Socket input is shutdown");
        }
        InputStream known = input;
        if (known == null) {
            known = new SocketStreams.Input(this, made.socket());
            input = known;
        }
        return known;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        StreamSocket made = requireConnected();
        if (outputShut) {
            throw new SocketException("Socket output is shutdown");
        }
        OutputStream known = output;
        if (known == null) {
            known = new SocketStreams.Output(this, made);
            output = known;
        }
        return known;
    }

    @Override
    public void sendUrgentData(int data) throws IOException {
        LinuxSocket socket = requireConnected().socket();
        socket.send(new byte[] {(byte) data}, 0, 1, MessageFlag.MSG_OOB);
    }

    @Override
    public void shutdownInput() throws IOException {
        StreamSocket made = requireConnected();
        if (inputShut) {
            throw new SocketException("Socket input is already shutdown");
        }
        inputShut = true;
        shut(made::shutdownInput);
    }

    @Override
    public void shutdownOutput() throws IOException {
        StreamSocket made = requireConnected();
        if (outputShut) {
            throw new SocketException("Socket output is already shutdown");
        }
        shut(made::shutdownOutput);
        outputShut = true;
    }

    private interface Half {
        void shut() throws IOException;
    }

    private static void shut(Half half) throws IOException {
        try {
            half.shut();
        } catch (UnsupportedOperationException bothAtOnce) {
            var refused = new SocketException(bothAtOnce.getMessage());
            refused.initCause(bothAtOnce);
            throw refused;
        } catch (IOException failed) {
            throw SocketStreams.asOfSocket(failed);
        }
    }

    @Override
    public void close() throws IOException {
        LinuxSocket own;
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            own = bound;
            Thread waiting = connecting;
            if (waiting != null && waiting != Thread.currentThread()) {
                interrupted = true;
                waiting.interrupt();
            }
        }
        StreamSocket made = stream;
        if (made != null) {
            made.close();
        } else if (own != null) {
            own.close();
        }
    }

    // What it is.

    @Override
    public boolean isConnected() {
        return stream != null;
    }

    @Override
    public boolean isBound() {
        return local != null || stream != null;
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public boolean isInputShutdown() {
        return inputShut;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShut;
    }

    @Override
    public @Nullable SocketAddress getRemoteSocketAddress() {
        Endpoint known = peer;
        return stream == null || known == null ? null : known.toSocketAddress();
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        Endpoint known = local;
        return known == null ? null : known.toSocketAddress();
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        return stream == null ? null : remote().getAddress();
    }

    @Override
    public int getPort() {
        return stream == null ? 0 : remote().getPort();
    }

    /** The peer, or what stands for one that has no IP address. */
    private InetSocketAddress remote() {
        if (getRemoteSocketAddress() instanceof InetSocketAddress inet) {
            return inet;
        }
        InetSocketAddress instead = asked;
        return instead != null && !instead.isUnresolved()
                ? instead
                : new InetSocketAddress(
                        IpAddress.LOOPBACK_IPV4.toInetAddress(),
                        instead == null ? 0 : instead.getPort());
    }

    @Override
    public InetAddress getLocalAddress() {
        if (closed || local == null) {
            return new InetSocketAddress(0).getAddress();
        }
        return getLocalSocketAddress() instanceof InetSocketAddress inet
                ? inet.getAddress()
                : IpAddress.LOOPBACK_IPV4.toInetAddress();
    }

    @Override
    public int getLocalPort() {
        if (local == null) {
            return -1;
        }
        return getLocalSocketAddress() instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    /** None: null. */
    @Override
    public @Nullable SocketChannel getChannel() {
        return null;
    }

    @Override
    public String toString() {
        StreamSocket made = stream;
        if (made == null) {
            return "EndpointSocket[" + (target == null ? "unconnected" : target) + "]";
        }
        return "EndpointSocket[%s]".formatted(made.socket().describe(named(peer)));
    }

    private static Endpoint named(@Nullable Endpoint peer) {
        return peer == null ? UnixEndpoint.unnamed() : peer;
    }

    // Options.

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        requireOpen();
        if (timeout < 0) {
            throw new IllegalArgumentException("timeout can't be negative");
        }
        soTimeout = timeout;
    }

    @Override
    public int getSoTimeout() throws SocketException {
        requireOpen();
        return soTimeout;
    }

    int readTimeout() {
        return soTimeout;
    }

    @Override
    public <T> Socket setOption(SocketOption<T> name, T value) throws IOException {
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
        return options.get(option, family());
    }

    /** The family that a socket will probably be of. */
    private int family() {
        int known = target == null ? 0 : target.scheme().family();
        return known == 0 ? AddressFamily.AF_INET : known;
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
        set(TCP_NODELAY, on);
    }

    @Override
    public boolean getTcpNoDelay() throws SocketException {
        return get(TCP_NODELAY);
    }

    @Override
    public void setSoLinger(boolean on, int linger) throws SocketException {
        if (on && linger < 0) {
            throw new IllegalArgumentException("invalid value for SO_LINGER");
        }
        set(SO_LINGER, on ? Math.min(linger, 0xFFFF) : -1);
    }

    @Override
    public int getSoLinger() throws SocketException {
        return get(SO_LINGER);
    }

    @Override
    public void setOOBInline(boolean on) throws SocketException {
        set(SoOption.OOB_INLINE, on);
    }

    @Override
    public boolean getOOBInline() throws SocketException {
        return get(SoOption.OOB_INLINE);
    }

    @Override
    public void setSendBufferSize(int size) throws SocketException {
        set(SO_SNDBUF, requirePositive(size));
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return get(SO_SNDBUF);
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        set(SO_RCVBUF, requirePositive(size));
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return get(SO_RCVBUF);
    }

    static int requirePositive(int size) {
        if (size <= 0) {
            throw new IllegalArgumentException("invalid size of a buffer: " + size);
        }
        return size;
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
        set(SO_KEEPALIVE, on);
    }

    @Override
    public boolean getKeepAlive() throws SocketException {
        return get(SO_KEEPALIVE);
    }

    @Override
    public void setTrafficClass(int tc) throws SocketException {
        if (tc < 0 || tc > 0xFF) {
            throw new IllegalArgumentException("tc is not in range 0 -- 255");
        }
        set(IP_TOS, tc);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return get(IP_TOS);
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        set(SO_REUSEADDR, on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return get(SO_REUSEADDR);
    }

    /** Does nothing, as a hint may. */
    @Override
    public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {}
}
