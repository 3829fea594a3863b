/**
 * Certificates that a server shows, with their keys, and the authorities that are trusted. Any
 * thread.
 */
@NullMarked
package dev.tollgate.core.tls;

import org.jspecify.annotations.NullMarked;
