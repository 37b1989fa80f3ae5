// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The faults that a suite under {@link UnderFaults} is run with, where all would be too many: at
 * the BSD floor a short read is an answer, and not for anybody to hide.
 */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface WithFaults {
    /** The faults; each happens at every twentieth call that can have it. */
    FaultyKernel.Fault[] value();
}
