// SPDX-License-Identifier: Apache-2.0

/** The system-call line: the one place where native code is called. */
@NullMarked
package sockeye.internal.kernel;

import org.jspecify.annotations.NullMarked;
