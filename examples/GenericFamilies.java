// SPDX-License-Identifier: Apache-2.0
//
// Lists the families of generic netlink that this kernel has, what each can be asked, and the
// groups that can be heard.
//
//     ./sockeye run examples/GenericFamilies.java
//
// test: GenericFamilies -> ^ +16 nlctrl +version \d+, \d+ operations, groups \[notify]

import module sockeye.netlink;

void main() throws Exception {
    try (var generic = GenericSocket.open()) {
        for (var family : generic.families()) {
            IO.println(
                    "%5d %-16s version %d, %d operations, groups %s"
                            .formatted(
                                    family.id(),
                                    family.name(),
                                    family.version(),
                                    family.operations().size(),
                                    family.groups().stream().map(GenericGroup::name).toList()));
        }
    }
}
