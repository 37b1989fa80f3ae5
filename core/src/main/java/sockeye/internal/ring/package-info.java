// SPDX-License-Identifier: Apache-2.0

/** io_uring in Java: the rings that a process shares with the kernel, set up by system calls. */
@NullMarked
package sockeye.internal.ring;

import org.jspecify.annotations.NullMarked;
