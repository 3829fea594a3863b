/** ShardPool: runs MariaDB where it is Managed. */
@NullMarked
package dev.tollgate.operator.shard;

import org.jspecify.annotations.NullMarked;
