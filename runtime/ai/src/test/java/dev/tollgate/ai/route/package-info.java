@NullMarked
package dev.tollgate.ai.route;

import org.jspecify.annotations.NullMarked;
