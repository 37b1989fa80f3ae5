// SPDX-License-Identifier: Apache-2.0
//
// What the name service says of a host and a service: addresses in the order to be tried, the
// official name, and the names that the addresses have.
//
//     ./sockeye run examples/LookUp.java HOST [SERVICE]
//
// test: LookUp localhost domain -> 127\.0\.0\.1:53 +is
// test: LookUp no-such-host.invalid -> EAI_

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var query =
            AddressQuery.of(args[0], args.length > 1 ? args[1] : null)
                    .withType(SocketType.SOCK_STREAM)
                    .withFlags(AddressQuery.AI_CANONNAME);
    try {
        var answers = NameService.getAddrInfo(query, Deadline.after(Duration.ofSeconds(10)));
        IO.println("%s is %s".formatted(args[0], answers.getFirst().canonicalName()));
        for (var answer : answers) {
            var name = NameService.getNameInfo(answer.endpoint(), 0);
            IO.println("%-24s is %s, %s".formatted(answer.endpoint(), name.host(), name.service()));
        }
    } catch (ResolveFailure failure) {
        IO.println(failure.getMessage());
        IO.println(failure.isTemporary() ? "Ask again later." : "That will not change.");
    }
}
