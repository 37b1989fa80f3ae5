// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.Map;
import java.util.OptionalInt;

/**
 * What the kernel demands of the attributes of a family's requests.
 *
 * @param operations for each command with rules, which policy its requests have to follow
 * @param policies for each policy by its number, what each type of attribute has to be like; nests
 *     refer to further ones
 */
public record GenericPolicies(
        Map<Integer, OfOperation> operations,
        Map<Integer, Map<Integer, AttributePolicy>> policies) {
    /**
     * The numbers of an operation's policies.
     *
     * @param request for one thing
     * @param dump for a dump
     */
    public record OfOperation(OptionalInt request, OptionalInt dump) {}

    /** Keeps the maps as they are. */
    public GenericPolicies {
        operations = Map.copyOf(operations);
        policies = Map.copyOf(policies);
    }
}
