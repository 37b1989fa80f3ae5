// SPDX-License-Identifier: Apache-2.0

package sockeye;

/** Keeps the package from being empty; goes when its first public type lands. */
final class Soon {
    private Soon() {}
}
