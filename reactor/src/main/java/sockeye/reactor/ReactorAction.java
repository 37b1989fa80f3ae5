// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/** What is to be done whenever a reactor {@linkplain Reactor#onStart starts} or stops. */
public interface ReactorAction {
    /** Is not to be done any more. For the reactor's own thread; a second call does nothing. */
    void remove();
}
