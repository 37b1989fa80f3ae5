// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import sockeye.tidy.Tree.Source;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The product's promise: the libraries bring nothing with them. */
final class Poms {
    static final List<String> WITHOUT_DEPENDENCIES =
            List.of("core", "wire", "netlink", "server", "reactor");

    private static final Pattern DEPENDENCY = Pattern.compile("(?s)<dependency>(.*?)</dependency>");
    private static final Pattern TAG = Pattern.compile("<(groupId|artifactId|scope)>(.*?)</");
    private static final Set<String> NOT_AT_RUN_TIME = Set.of("test", "provided");

    private Poms() {}

    static List<String> dependencies(Source pom) {
        var findings = new ArrayList<String>();
        var declared = pom.text().replaceAll("(?s)<(dependencyManagement|build)>.*?</\\1>", "");
        var dependency = DEPENDENCY.matcher(declared);
        while (dependency.find()) {
            String group = "";
            String artifact = "";
            String scope = "compile";
            var tag = TAG.matcher(dependency.group(1));
            while (tag.find()) {
                switch (tag.group(1)) {
                    case "groupId" -> group = tag.group(2);
                    case "artifactId" -> artifact = tag.group(2);
                    default -> scope = tag.group(2);
                }
            }
            if (!group.equals("dev.sockeye") && !NOT_AT_RUN_TIME.contains(scope)) {
                findings.add(pom.path() + ": " + artifact + " is needed at run time");
            }
        }
        return findings;
    }
}
