// SPDX-License-Identifier: Apache-2.0

/** The command's parser, its subcommands and what they print. */
@NullMarked
package sockeye.cli;

import org.jspecify.annotations.NullMarked;
