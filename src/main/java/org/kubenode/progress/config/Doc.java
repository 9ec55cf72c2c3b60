package org.kubenode.progress.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a configuration key means and which values it takes. The start checks values by it, and
 * {@code docs/configuration.md}, {@code --help} and {@code --print-config} are made from it, so
 * that none of them can disagree.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
@interface Doc {

    /** One or two sentences for an operator. */
    String value();

    /** The smallest allowed number, duration ({@code 10ms}) or size ({@code 1KB}); empty: none. */
    String min() default "";

    /** The largest allowed number, duration or size; empty: none. */
    String max() default "";

    /** What a text must match; an unset (empty) text always passes. */
    String pattern() default "";

    /** {@link #pattern()} in words. */
    String allowed() default "";

    /** Never shown, neither in a message nor by {@code --print-config}. */
    boolean secret() default false;

    /** What holds while the key is unset, where that is no plain default value. */
    String unset() default "";
}
