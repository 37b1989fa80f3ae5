// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A test that counts on what one single call does, and so means nothing where a {@link
 * FaultyKernel} cuts calls short.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface ExactKernel {}
