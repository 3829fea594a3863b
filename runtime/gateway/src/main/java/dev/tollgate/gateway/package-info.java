/**
 * The streaming proxy that serves every ApiRoute. A request comes in by {@code entry}, is one of a
 * {@code route}, passes the gate of {@code admission}, and {@code proxy} takes it to a {@code
 * backend} and its answer to the {@code caller}. {@code http} and {@code body} are what all of them
 * read and write. Everything runs on event loops, and nothing here blocks.
 */
@NullMarked
package dev.tollgate.gateway;

import org.jspecify.annotations.NullMarked;
