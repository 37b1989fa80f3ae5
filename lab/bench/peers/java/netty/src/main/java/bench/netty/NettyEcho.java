// SPDX-License-Identifier: Apache-2.0
package bench.netty;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;

import java.io.File;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Netty on one event loop.
 *
 * <p>{@code NettyEcho nio | epoll | io_uring | io_uring_no_buffer_ring tcp:PORT | udp:PORT |
 * unix:PATH}
 */
public final class NettyEcho {

    private static final int BACKLOG = 4096;
    private static final int UDP_RECEIVE_BUFFER = 4 << 20;

    private NettyEcho() {}

    public static void main(String[] args) throws InterruptedException {
        Transport transport = Transport.named(args[0]);
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, transport.ioHandlers());
        String kind = args[1].substring(0, args[1].indexOf(':'));
        String where = args[1].substring(args[1].indexOf(':') + 1);
        Channel server =
                switch (kind) {
                    case "tcp" -> streams(transport, group, false, loopback(where));
                    case "unix" -> streams(transport, group, true, unixPath(where));
                    case "udp" -> datagrams(transport, group, loopback(where));
                    default -> throw new IllegalArgumentException(args[1]);
                };
        server.closeFuture().sync();
    }

    private static SocketAddress loopback(String port) {
        return new InetSocketAddress("127.0.0.1", Integer.parseInt(port));
    }

    private static SocketAddress unixPath(String path) {
        new File(path).delete();
        return new DomainSocketAddress(path);
    }

    private static Channel streams(
            Transport transport, EventLoopGroup group, boolean unix, SocketAddress address)
            throws InterruptedException {
        StreamEcho echo = new StreamEcho();
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(group)
                        .channel(unix ? transport.unixServer() : transport.tcpServer())
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline().addLast(echo);
                                    }
                                });
        if (!unix) {
            bootstrap.childOption(ChannelOption.TCP_NODELAY, true);
        }
        transport.tuneStreams(bootstrap);
        return bootstrap.bind(address).sync().channel();
    }

    private static Channel datagrams(
            Transport transport, EventLoopGroup group, SocketAddress address)
            throws InterruptedException {
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(group)
                        .channel(transport.udp())
                        .option(ChannelOption.SO_RCVBUF, UDP_RECEIVE_BUFFER)
                        .handler(new DatagramEcho());
        transport.tuneDatagrams(bootstrap);
        return bootstrap.bind(address).sync().channel();
    }

    /** Writes what it reads and flushes once per read burst. */
    @ChannelHandler.Sharable
    private static final class StreamEcho extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.write(message, context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    private static final class DatagramEcho extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            context.write(
                    new DatagramPacket(packet.content(), packet.sender()), context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }
    }
}
