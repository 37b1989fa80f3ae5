// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;

import sockeye.testkit.TestNetwork;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** What iproute2 says, as JSON. */
final class IpTool {
    private static final Gson JSON =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private IpTool() {}

    /** The objects of one command's output. */
    static List<JsonObject> run(TestNetwork network, String... command) throws IOException {
        String printed = network.run(command);
        List<JsonObject> all = new ArrayList<>();
        if (!printed.isBlank()) {
            JsonArray array = JsonParser.parseString(printed).getAsJsonArray();
            array.forEach(each -> all.add(each.getAsJsonObject()));
        }
        // Each family and link without anything is an empty object to some versions.
        all.removeIf(JsonObject::isEmpty);
        return all;
    }

    static void quietly(TestNetwork network, String command) throws IOException {
        network.run(command.split(" "));
    }

    /** Reads something that may change while it is read. */
    @FunctionalInterface
    interface Reading<T> {
        List<T> read() throws IOException;
    }

    /**
     * The same for what runs by itself, ages above all: what is ours is read before and after, and
     * all of it again if it changed meanwhile.
     */
    static <T> void assertSame(Reading<JsonObject> theirs, Reading<T> ours) throws IOException {
        for (int attempt = 0; attempt < 100; attempt++) {
            List<T> before = ours.read();
            List<JsonObject> they = theirs.read();
            if (before.equals(ours.read())) {
                assertSame(they, before);
                return;
            }
        }
        Assertions.fail("it never stands still");
    }

    /** Fails unless both say the same; shows the members that differ. */
    static void assertSame(List<? extends JsonElement> theirs, List<?> ours) {
        List<JsonElement> mine = ours.stream().map(JSON::toJsonTree).toList();
        var found = new ArrayList<String>();
        for (int i = 0; i < Math.max(theirs.size(), mine.size()); i++) {
            if (i >= theirs.size() || i >= mine.size()) {
                found.add("only " + (i < mine.size() ? "ours " + mine.get(i) : theirs.get(i)));
            } else {
                differences("[" + i + "]", theirs.get(i), mine.get(i), found);
            }
        }
        assertEquals("", String.join("\n", found));
    }

    private static void differences(
            String path,
            @Nullable JsonElement theirs,
            @Nullable JsonElement mine,
            List<String> found) {
        if (theirs instanceof JsonObject left && mine instanceof JsonObject right) {
            var names = new TreeSet<>(left.keySet());
            names.addAll(right.keySet());
            names.forEach(
                    each -> differences(path + "." + each, left.get(each), right.get(each), found));
        } else if (!Objects.equals(theirs, mine)) {
            found.add(path + ": " + theirs + ", but ours is " + mine);
        }
    }

    /** Without some members, at a path of names. */
    static void remove(JsonObject object, Set<String> names, String... path) {
        JsonObject at = object;
        for (String each : path) {
            if (at.get(each) instanceof JsonObject inner) {
                at = inner;
            } else {
                return;
            }
        }
        names.forEach(at::remove);
    }

    static String[] words(String command) {
        return Arrays.stream(command.split(" ")).toArray(String[]::new);
    }
}
