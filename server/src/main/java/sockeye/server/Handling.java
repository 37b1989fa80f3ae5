// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

/** Steps around a handler, for handlers of every kind. */
final class Handling {
    private Handling() {}

    /** A handler, or a step beside one. */
    interface Step<C> {
        void take(C client) throws Exception;
    }

    /** A step that knows what was thrown. */
    interface Rescue<C> {
        void take(C client, Throwable thrown) throws Exception;
    }

    /** Runs the last step whatever the first has done, whose failure is the one that counts. */
    static <C> void finishing(C client, Step<C> first, Step<C> last) throws Exception {
        try {
            first.take(client);
        } catch (Throwable thrown) {
            try {
                last.take(client);
            } catch (Throwable another) {
                if (!another.equals(thrown)) {
                    thrown.addSuppressed(another);
                }
            }
            throw thrown;
        }
        last.take(client);
    }

    static <C> void rescuing(C client, Step<C> first, Rescue<C> rescue) throws Exception {
        try {
            first.take(client);
        } catch (Throwable thrown) {
            rescue.take(client, thrown);
        }
    }
}
