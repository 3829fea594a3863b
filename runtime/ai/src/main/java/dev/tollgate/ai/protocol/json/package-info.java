/**
 * JSON as a range of bytes: a cursor that walks over it without building a tree, and an output that
 * copies string literals from one document to another as they are. Used by one thread at a time.
 */
@NullMarked
package dev.tollgate.ai.protocol.json;

import org.jspecify.annotations.NullMarked;
