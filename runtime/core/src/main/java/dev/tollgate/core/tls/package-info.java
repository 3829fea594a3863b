/** Certificates that a server shows, and their keys. Any thread. */
@NullMarked
package dev.tollgate.core.tls;

import org.jspecify.annotations.NullMarked;
