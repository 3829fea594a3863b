@NullMarked
package dev.tollgate.ai.guard;

import org.jspecify.annotations.NullMarked;
