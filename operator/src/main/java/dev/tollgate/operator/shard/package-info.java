/**
 * ShardPool: runs MariaDB where it is Managed, and keeps its passwords. Talks to the API server
 * and, to rotate a password, to the databases; entered by the controller's threads, never twice at
 * a time for one pool.
 */
@NullMarked
package dev.tollgate.operator.shard;

import org.jspecify.annotations.NullMarked;
