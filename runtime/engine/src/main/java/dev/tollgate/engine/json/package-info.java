/**
 * Reads JSON (RFC 8259) as it arrives, in constant memory, and says exactly where it is wrong.
 *
 * <p>Nothing here blocks, reads a clock or knows of a network: callers push bytes in and take bytes
 * out. A scanner or formatter belongs to one document and is used by one thread at a time; which
 * thread it is may change from one chunk to the next if the caller hands it over safely.
 */
@NullMarked
package dev.tollgate.engine.json;

import org.jspecify.annotations.NullMarked;
