// SPDX-License-Identifier: Apache-2.0

/** Events of Java Flight Recorder. Its classes are loaded only once a recording was made. */
@NullMarked
package sockeye.internal.trace;

import org.jspecify.annotations.NullMarked;
