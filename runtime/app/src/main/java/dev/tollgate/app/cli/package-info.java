/**
 * The commands of {@code ./tollgate}. Each runs on the main thread; {@code get}, {@code key} and
 * {@code usage} ask a running instance over its management port.
 */
@NullMarked
package dev.tollgate.app.cli;

import org.jspecify.annotations.NullMarked;
