// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/**
 * What a service of a tree was doing.
 *
 * @param path the names on the way to it from the tree that was asked, with slashes between them;
 *     empty for that tree
 * @param service the service
 * @param state what it was doing
 */
public record ServiceStatus(String path, Service service, ServiceState state) {
    /** Whether it was {@link ServiceState.Running}. */
    public boolean isRunning() {
        return state instanceof ServiceState.Running;
    }
}
