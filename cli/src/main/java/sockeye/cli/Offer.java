// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import sockeye.wire.EchoService;
import sockeye.wire.MessageService;
import sockeye.wire.StreamService;
import sockeye.wire.TimestampService;

/**
 * A service in both of its shapes.
 *
 * @param streams over streams
 * @param messages over datagrams and records
 * @param unit what it counts on a stream
 */
record Offer(StreamService streams, MessageService messages, String unit) {
    static Offer timestamp(TimestampService service) {
        return new Offer(service, service, "message");
    }

    /** Echo does not look for messages: its unit is what one read brought. */
    static Offer echo() {
        var service = new EchoService();
        return new Offer(service, service, "piece");
    }
}
