// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * A multicast group of a family of generic netlink.
 *
 * @param name its name within the family
 * @param number what to join; another at each boot
 */
public record GenericGroup(String name, int number) {}
