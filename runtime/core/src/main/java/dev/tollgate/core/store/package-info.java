/** The platform database and the shards. */
@NullMarked
package dev.tollgate.core.store;

import org.jspecify.annotations.NullMarked;
