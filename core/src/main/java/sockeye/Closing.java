// SPDX-License-Identifier: Apache-2.0
package sockeye;

/** Closing on the way out of a failure. */
final class Closing {
    private Closing() {}

    /** Closes; what goes wrong is suppressed in the failure that is already on its way. */
    static void quietly(AutoCloseable thing, Throwable failure) {
        try {
            thing.close();
        } catch (Exception second) {
            failure.addSuppressed(second);
        }
    }
}
