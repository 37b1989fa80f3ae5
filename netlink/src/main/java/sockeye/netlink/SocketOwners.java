// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which processes have which sockets, by inode: what {@code ss --processes} shows, read from {@code
 * /proc/PID/fd}. A snapshot, as far as one can be had: processes come and go while it is made.
 *
 * <p>Only root sees the descriptors of other users' processes; and in another pid namespace, only
 * its own processes are seen.
 */
public final class SocketOwners {
    /** How many descriptors {@link #scan()} looks at, before it stops. */
    public static final int MOST_DESCRIPTORS = 1 << 20;

    private static final String BEFORE = "socket:[";

    private final Map<Long, List<Owner>> byInode = new HashMap<>();
    private final int most;
    private int looked;
    private int hidden;

    private SocketOwners(int most) {
        this.most = most;
    }

    /**
     * A descriptor of a process.
     *
     * @param pid the process
     * @param command its name, at most 15 bytes; {@code ?} if it could not be read any more
     * @param descriptor the number of the descriptor
     */
    public record Owner(long pid, String command, int descriptor) {}

    /**
     * Looks at the descriptors of all processes.
     *
     * @throws IOException if there is no {@code /proc}
     */
    public static SocketOwners scan() throws IOException {
        return scan(MOST_DESCRIPTORS);
    }

    /**
     * The same, with a bound.
     *
     * @param most how many descriptors to look at; {@link #isComplete} says whether they were all
     */
    public static SocketOwners scan(int most) throws IOException {
        var owners = new SocketOwners(most);
        List<Long> processes = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            all.forEach(each -> processes.add(Long.valueOf(each.getFileName().toString())));
        } catch (DirectoryIteratorException failed) {
            throw failed.getCause();
        }
        Collections.sort(processes);
        for (long pid : processes) {
            owners.look(pid);
        }
        return owners;
    }

    private void look(long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        String command = null;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path each : all) {
                if (looked >= most) {
                    looked = Integer.MAX_VALUE;
                    return;
                }
                looked++;
                long inode = inode(each);
                if (inode > 0) {
                    command = command == null ? command(process) : command;
                    int descriptor = Integer.parseInt(each.getFileName().toString());
                    byInode.computeIfAbsent(inode, none -> new ArrayList<>())
                            .add(new Owner(pid, command, descriptor));
                }
            }
        } catch (NoSuchFileException gone) {
            // It ended.
        } catch (IOException | DirectoryIteratorException refused) {
            hidden++;
        }
    }

    /** The inode of the socket that a descriptor is for, 0 if it is for something else. */
    private static long inode(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith(BEFORE) && target.endsWith("]")
                    ? Long.parseLong(target, BEFORE.length(), target.length() - 1, 10)
                    : 0;
        } catch (IOException | NumberFormatException gone) {
            return 0;
        }
    }

    private static String command(Path process) {
        try {
            byte[] name = Files.readAllBytes(process.resolve("comm"));
            return new String(name, StandardCharsets.UTF_8).stripTrailing();
        } catch (IOException gone) {
            return "?";
        }
    }

    /** The descriptors for a socket, by process; empty if none is known. */
    public List<Owner> of(SocketReport socket) {
        return of(socket.inode());
    }

    /** The same for an inode. */
    public List<Owner> of(long inode) {
        return List.copyOf(byInode.getOrDefault(inode, List.of()));
    }

    /** Whether every descriptor was looked at of every process that could be. */
    public boolean isComplete() {
        return looked != Integer.MAX_VALUE;
    }

    /** How many processes did not let their descriptors be seen. */
    public int hiddenProcesses() {
        return hidden;
    }

    /** How many sockets have an owner. */
    @Override
    public String toString() {
        return "SocketOwners[%d sockets, %d processes hidden]".formatted(byInode.size(), hidden);
    }
}
