@NullMarked
package dev.tollgate.ai.cache;

import org.jspecify.annotations.NullMarked;
