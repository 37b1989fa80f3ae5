// SPDX-License-Identifier: Apache-2.0

/** Runs tests in the lab kernel, which has the families that most machines' kernels lack. */
@NullMarked
package sockeye.lab;

import org.jspecify.annotations.NullMarked;
