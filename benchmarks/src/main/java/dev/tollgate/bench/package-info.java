/**
 * What single parts cost, measured with JMH. Uses public classes only; every benchmark makes what
 * it needs and may be run alone.
 */
@NullMarked
package dev.tollgate.bench;

import org.jspecify.annotations.NullMarked;
