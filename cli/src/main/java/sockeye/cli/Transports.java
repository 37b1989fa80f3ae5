// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static sockeye.EndpointScheme.MPTCP;
import static sockeye.EndpointScheme.NETLINK;
import static sockeye.EndpointScheme.TCP;

import sockeye.AddressFamily;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.EndpointOptions;
import sockeye.EndpointScheme;
import sockeye.EndpointSpec;
import sockeye.LinuxSocket;
import sockeye.NameResolver;
import sockeye.OptionSetting;
import sockeye.SoOption;
import sockeye.TcpOption;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What both commands know about the transports of a spec. */
final class Transports {
    /** Those that the commands can use. */
    static final Set<EndpointScheme> KNOWN = EnumSet.complementOf(EnumSet.of(NETLINK));

    private static final int MOST_BUFFER = 1 << 30;

    private Transports() {}

    /** Whether it is one of IP's. */
    static boolean isInet(EndpointScheme scheme) {
        return switch (scheme) {
            case TCP, MPTCP, SCTP, UDP, UDPLITE -> true;
            default -> false;
        };
    }

    /** Whether it has TCP's options. */
    static boolean isTcp(EndpointScheme scheme) {
        return scheme == TCP || scheme == MPTCP;
    }

    /** Whether it is one of TIPC's. */
    static boolean isTipc(EndpointScheme scheme) {
        return scheme.family() == AddressFamily.AF_TIPC;
    }

    /** Takes from a spec what are options of any of its sockets, listening or connecting. */
    static List<OptionSetting<?>> takeSettings(EndpointOptions options, EndpointScheme scheme) {
        var settings = new ArrayList<OptionSetting<?>>();
        if (isTcp(scheme)) {
            settings.add(TcpOption.NO_DELAY.to(options.takeFlag("nodelay", true)));
            boolean keepAlive = options.takeFlag("keepalive", false);
            if (keepAlive) {
                settings.add(SoOption.KEEP_ALIVE.to(true));
            }
        }
        if (isTipc(scheme)) {
            // They belong to the address: the spec itself reads them.
            options.take("scope");
            options.take("domain");
        }
        int send = options.takeInt("sndbuf", 0, MOST_BUFFER, -1);
        if (send >= 0) {
            settings.add(SoOption.SND_BUF.to(send));
        }
        int receive = options.takeInt("rcvbuf", 0, MOST_BUFFER, -1);
        if (receive >= 0) {
            settings.add(SoOption.RCV_BUF.to(receive));
        }
        if (isInet(scheme)) {
            String device = options.take("device");
            if (device != null) {
                settings.add(SoOption.BIND_TO_DEVICE.to(device));
            }
            int mark = options.takeInt("mark", 0, Integer.MAX_VALUE, -1);
            if (mark >= 0) {
                settings.add(SoOption.MARK.to((long) mark));
            }
        }
        return settings;
    }

    /** Sets options on a socket. */
    static void apply(LinuxSocket socket, OptionSetting<?>... settings) throws IOException {
        for (OptionSetting<?> setting : settings) {
            applyOne(socket, setting);
        }
    }

    private static <T> void applyOne(LinuxSocket socket, OptionSetting<T> setting)
            throws IOException {
        socket.setOption(setting.option(), setting.value());
    }

    /**
     * All endpoints that a spec may mean, in the order to try.
     *
     * @throws java.net.UnknownHostException if it has a host name that has no address
     */
    static List<Endpoint> resolve(EndpointSpec spec, Deadline deadline) throws IOException {
        return NameResolver.current().endpoints(spec, deadline);
    }
}
