/**
 * The platform database and the shards: connections, migrations, and what is read and written
 * there. Nearly all of it blocks, so no event loop enters.
 */
@NullMarked
package dev.tollgate.core.store;

import org.jspecify.annotations.NullMarked;
