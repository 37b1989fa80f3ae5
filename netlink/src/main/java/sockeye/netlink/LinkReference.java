// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * Another link, which may be in another network namespace.
 *
 * @param index its number there
 * @param namespaceId the other namespace, as this one numbers it (RTM_GETNSID, {@code ip netns
 *     list-id}); −1 if it is in this one
 */
public record LinkReference(int index, int namespaceId) {
    /** Whether it is in the same namespace. */
    public boolean isHere() {
        return namespaceId < 0;
    }
}
