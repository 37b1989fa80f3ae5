// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;

/**
 * A result of getaddrinfo(3) that is no success, with its symbol and its sentence: what {@link
 * Errno} is to the kernel, this is to the name service.
 *
 * <p>An open value, as {@link Errno}: numbers without a name here are as good as others. glibc and
 * musl agree on the numbers; the sentences are glibc's. Compare with {@code equals}, or switch over
 * {@link #number()}.
 *
 * @param number the negative number that the library gives; 0 is no error
 */
public record EaiCode(int number) implements Comparable<EaiCode>, Serializable {
    private static final int LIMIT = 106;
    private static final @Nullable EaiCode[] KNOWN = new EaiCode[LIMIT];
    private static final @Nullable String[] SYMBOLS = new String[LIMIT];
    private static final @Nullable String[] TEXTS = new String[LIMIT];

    /** −1: Bad value for ai_flags. */
    public static final EaiCode EAI_BADFLAGS = known(-1, "EAI_BADFLAGS", "Bad value for ai_flags");

    /** −2: Name or service not known. */
    public static final EaiCode EAI_NONAME = known(-2, "EAI_NONAME", "Name or service not known");

    /** −3: Temporary failure in name resolution. */
    public static final EaiCode EAI_AGAIN =
            known(-3, "EAI_AGAIN", "Temporary failure in name resolution");

    /** −4: Non-recoverable failure in name resolution. */
    public static final EaiCode EAI_FAIL =
            known(-4, "EAI_FAIL", "Non-recoverable failure in name resolution");

    /** −5: No address associated with hostname. */
    public static final EaiCode EAI_NODATA =
            known(-5, "EAI_NODATA", "No address associated with hostname");

    /** −6: ai_family not supported. */
    public static final EaiCode EAI_FAMILY = known(-6, "EAI_FAMILY", "ai_family not supported");

    /** −7: ai_socktype not supported. */
    public static final EaiCode EAI_SOCKTYPE =
            known(-7, "EAI_SOCKTYPE", "ai_socktype not supported");

    /** −8: Servname not supported for ai_socktype. */
    public static final EaiCode EAI_SERVICE =
            known(-8, "EAI_SERVICE", "Servname not supported for ai_socktype");

    /** −9: Address family for hostname not supported. */
    public static final EaiCode EAI_ADDRFAMILY =
            known(-9, "EAI_ADDRFAMILY", "Address family for hostname not supported");

    /** −10: Memory allocation failure. */
    public static final EaiCode EAI_MEMORY = known(-10, "EAI_MEMORY", "Memory allocation failure");

    /** −11: System error; {@link ResolveFailure#errno} says which. */
    public static final EaiCode EAI_SYSTEM = known(-11, "EAI_SYSTEM", "System error");

    /** −12: Result too large for supplied buffer. */
    public static final EaiCode EAI_OVERFLOW =
            known(-12, "EAI_OVERFLOW", "Result too large for supplied buffer");

    /** −100: Processing request in progress; of getaddrinfo_a(3). */
    public static final EaiCode EAI_INPROGRESS =
            known(-100, "EAI_INPROGRESS", "Processing request in progress");

    /** −101: Request canceled; of getaddrinfo_a(3). */
    public static final EaiCode EAI_CANCELED = known(-101, "EAI_CANCELED", "Request canceled");

    /** −102: Request not canceled; of getaddrinfo_a(3). */
    public static final EaiCode EAI_NOTCANCELED =
            known(-102, "EAI_NOTCANCELED", "Request not canceled");

    /** −103: All requests done; of getaddrinfo_a(3). */
    public static final EaiCode EAI_ALLDONE = known(-103, "EAI_ALLDONE", "All requests done");

    /** −104: Interrupted by a signal; of getaddrinfo_a(3). */
    public static final EaiCode EAI_INTR = known(-104, "EAI_INTR", "Interrupted by a signal");

    /** −105: Parameter string not correctly encoded; of AI_IDN. */
    public static final EaiCode EAI_IDN_ENCODE =
            known(-105, "EAI_IDN_ENCODE", "Parameter string not correctly encoded");

    /**
     * Takes the number as it is.
     *
     * @throws IllegalArgumentException if it is positive, which no such code is
     */
    public EaiCode {
        if (number > 0) {
            throw new IllegalArgumentException("a code of the name service is negative: " + number);
        }
    }

    private static EaiCode known(int number, String symbol, String text) {
        var code = new EaiCode(number);
        KNOWN[-number] = code;
        SYMBOLS[-number] = symbol;
        TEXTS[-number] = text;
        return code;
    }

    private static <T> @Nullable T at(@Nullable T[] table, int number) {
        return number > -LIMIT ? table[-number] : null;
    }

    /** The code of a number. */
    public static EaiCode of(int number) {
        EaiCode known = number <= 0 ? at(KNOWN, number) : null;
        return known != null ? known : new EaiCode(number);
    }

    /** {@code "EAI_NONAME"}, or {@code "EAI_-77"} for a number without a name. */
    public String symbol() {
        String symbol = at(SYMBOLS, number);
        return symbol != null ? symbol : "EAI_" + number;
    }

    /** The sentence, {@code "Name or service not known"}; {@code "Unknown error"} without one. */
    public String text() {
        String text = at(TEXTS, number);
        return text != null ? text : "Unknown error";
    }

    @Override
    public int compareTo(EaiCode other) {
        return Integer.compare(other.number, number);
    }

    /** {@code EAI_NONAME (-2) Name or service not known}. */
    @Override
    public String toString() {
        return symbol() + " (" + number + ") " + text();
    }
}
