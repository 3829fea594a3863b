@NullUnmarked
package dev.tollgate.billing.work;

import org.jspecify.annotations.NullUnmarked;
