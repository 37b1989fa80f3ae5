// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a class whose {@code static final int} fields are the layout of one kernel structure:
 * {@code SIZEOF}, and for each member used, a field with exactly the member's C name that holds its
 * offset in bytes. A member of an embedded structure is named by its path, underscores for dots:
 * {@code msg_hdr.msg_iov} is {@code msg_hdr_msg_iov}.
 *
 * <p>The layout is the kernel's own, as a raw system call sees it, not that of the C library. A
 * test compares every class so marked with the golden files of a C probe. A field that is a
 * compile-time constant must be right on every architecture. Where architectures differ, it is
 * chosen at class initialization by the system property {@code os.arch}, and nothing else, so that
 * the test can check the choice for every architecture on any:
 *
 * <pre>{@code
 * @CStruct("struct epoll_event")
 * static final class Event {
 *     private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");
 *     static final int SIZEOF = PACKED ? 12 : 16;
 *     static final int events = 0;
 *     static final int data = PACKED ? 4 : 8;
 * }
 * }</pre>
 *
 * <p>Other fields with an upper-case name are not layout and are left alone.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface CStruct {
    /** The C type, such as {@code struct msghdr}, spelt as in the golden files. */
    String value();
}
