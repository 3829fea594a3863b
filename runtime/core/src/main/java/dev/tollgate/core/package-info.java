/** The ground every product line stands on. */
@NullMarked
package dev.tollgate.core;

import org.jspecify.annotations.NullMarked;
