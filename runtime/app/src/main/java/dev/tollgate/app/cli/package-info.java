/** The commands of {@code ./tollgate}. */
@NullMarked
package dev.tollgate.app.cli;

import org.jspecify.annotations.NullMarked;
