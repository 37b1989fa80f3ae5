// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.Serial;
import java.net.UnknownHostException;

/**
 * A look-up in the name service that gave nothing, with the code of getaddrinfo(3): {@code resolve
 * no-such-host.invalid: EAI_NONAME (-2) Name or service not known}.
 *
 * <p>The code tells "there is no such name", EAI_NONAME and EAI_NODATA, from "nobody could be
 * asked", EAI_AGAIN: only the second is worth another try. EAI_AGAIN is also what a resolver says
 * that has as many look-ups under way as it may.
 *
 * <p>Python's {@code gaierror} and {@code herror}; a {@link NameResolver} of your own throws it
 * too.
 */
public final class ResolveFailure extends UnknownHostException {
    @Serial private static final long serialVersionUID = 1;

    private final String name;
    private final EaiCode code;
    private final @Nullable Errno errno;

    /** The failure to find a name. */
    public ResolveFailure(String name, EaiCode code) {
        this(name, code, null, "");
    }

    /**
     * The same with more to say.
     *
     * @param errno what the kernel said, for EAI_SYSTEM
     * @param more what else there is to tell, {@code "32 look-ups under way"}; or empty
     */
    ResolveFailure(String name, EaiCode code, @Nullable Errno errno, String more) {
        super(
                "resolve "
                        + (name.isEmpty() ? "" : name + ": ")
                        + code
                        + (errno == null ? "" : ": " + errno)
                        + (more.isEmpty() ? "" : ": " + more));
        this.name = name;
        this.code = code;
        this.errno = errno;
    }

    /** What was to be found, {@code "no-such-host.invalid"} or {@code "example.org port http"}. */
    public String name() {
        return name;
    }

    /** The code of getaddrinfo(3). */
    public EaiCode code() {
        return code;
    }

    /** What the kernel said, if the code is EAI_SYSTEM; else null. */
    public @Nullable Errno errno() {
        return errno;
    }

    /** Whether another try may find what this one did not: EAI_AGAIN. */
    public boolean isTemporary() {
        return code.equals(EaiCode.EAI_AGAIN);
    }
}
