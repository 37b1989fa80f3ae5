// SPDX-License-Identifier: Apache-2.0
package sockeye;

import jdk.jfr.FlightRecorder;

import sockeye.internal.trace.SocketAcceptEvent;
import sockeye.internal.trace.SocketConnectEvent;
import sockeye.internal.trace.SocketReadEvent;
import sockeye.internal.trace.SocketWriteEvent;

/**
 * Whether Java Flight Recorder is to be told what sockets do, which {@link SocketRecorder} does.
 *
 * <p>Every operation asks first, and that is all it costs while nobody has ever recorded: a look at
 * one field of the JDK, and not even that where the module {@code jdk.jfr} is not there. Only once
 * there was a recording are the classes of the events loaded, which registers them; from then on
 * each has a switch of its own, a threshold and a rate.
 */
final class SocketTrace {
    private static final boolean HAS_RECORDER = hasRecorder();

    private SocketTrace() {}

    private static boolean hasRecorder() {
        Module own = SocketTrace.class.getModule();
        return ModuleLayer.boot().findModule("jdk.jfr").map(own::canRead).orElse(false);
    }

    /** Whether somebody may be recording. */
    static boolean isOn() {
        return HAS_RECORDER && FlightRecorder.isInitialized();
    }

    static boolean reads() {
        return isOn() && SocketReadEvent.isWanted();
    }

    static boolean writes() {
        return isOn() && SocketWriteEvent.isWanted();
    }

    static boolean accepts() {
        return isOn() && SocketAcceptEvent.isWanted();
    }

    static boolean connects() {
        return isOn() && SocketConnectEvent.isWanted();
    }
}
