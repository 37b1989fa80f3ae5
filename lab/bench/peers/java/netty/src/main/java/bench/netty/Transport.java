// SPDX-License-Identifier: Apache-2.0
package bench.netty;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;

/** What differs between Netty's transports, each set up as its documentation advises for speed. */
sealed interface Transport {

    IoHandlerFactory ioHandlers();

    Class<? extends ServerChannel> tcpServer();

    Class<? extends ServerChannel> unixServer();

    Class<? extends DatagramChannel> udp();

    default void tuneStreams(ServerBootstrap bootstrap) {}

    default void tuneDatagrams(Bootstrap bootstrap) {}

    static Transport named(String name) {
        return switch (name) {
            case "nio" -> new Nio();
            case "epoll" -> new Epoll();
            case "io_uring" -> new Uring(true);
            case "io_uring_no_buffer_ring" -> new Uring(false);
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The JDK's selector. */
    record Nio() implements Transport {
        @Override
        public IoHandlerFactory ioHandlers() {
            return NioIoHandler.newFactory();
        }

        @Override
        public Class<? extends ServerChannel> tcpServer() {
            return NioServerSocketChannel.class;
        }

        @Override
        public Class<? extends ServerChannel> unixServer() {
            throw new IllegalArgumentException("no AF_UNIX here with nio");
        }

        @Override
        public Class<? extends DatagramChannel> udp() {
            return NioDatagramChannel.class;
        }
    }

    /** The native epoll transport. */
    record Epoll() implements Transport {
        private static final int MAX_DATAGRAM = 2048;
        private static final int DATAGRAMS_PER_READ = 64;

        @Override
        public IoHandlerFactory ioHandlers() {
            return EpollIoHandler.newFactory();
        }

        @Override
        public Class<? extends ServerChannel> tcpServer() {
            return EpollServerSocketChannel.class;
        }

        @Override
        public Class<? extends ServerChannel> unixServer() {
            return EpollServerDomainSocketChannel.class;
        }

        @Override
        public Class<? extends DatagramChannel> udp() {
            return EpollDatagramChannel.class;
        }

        /** Makes it use recvmmsg. */
        @Override
        public void tuneDatagrams(Bootstrap bootstrap) {
            bootstrap.option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, MAX_DATAGRAM);
            bootstrap.option(
                    ChannelOption.RECVBUF_ALLOCATOR,
                    new FixedRecvByteBufAllocator(MAX_DATAGRAM * DATAGRAMS_PER_READ));
        }
    }

    /** The native io_uring transport, streams with or without a ring of provided buffers. */
    record Uring(boolean bufferRing) implements Transport {
        private static final short BUFFER_GROUP = 0;

        @Override
        public IoHandlerFactory ioHandlers() {
            IoUringIoHandlerConfig config = new IoUringIoHandlerConfig().setSingleIssuer(true);
            if (bufferRing) {
                config.setBufferRingConfig(
                        IoUringBufferRingConfig.builder()
                                .bufferGroupId(BUFFER_GROUP)
                                .bufferRingSize((short) 1024)
                                .batchSize(64)
                                .incremental(IoUring.isRegisterBufferRingIncSupported())
                                .allocator(new IoUringFixedBufferRingAllocator(32768))
                                .batchAllocation(false)
                                .build());
            }
            return IoUringIoHandler.newFactory(config);
        }

        @Override
        public Class<? extends ServerChannel> tcpServer() {
            return IoUringServerSocketChannel.class;
        }

        @Override
        public Class<? extends ServerChannel> unixServer() {
            return IoUringServerDomainSocketChannel.class;
        }

        @Override
        public Class<? extends DatagramChannel> udp() {
            return IoUringDatagramChannel.class;
        }

        @Override
        public void tuneStreams(ServerBootstrap bootstrap) {
            if (bufferRing) {
                bootstrap.childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, BUFFER_GROUP);
            }
        }
    }
}
