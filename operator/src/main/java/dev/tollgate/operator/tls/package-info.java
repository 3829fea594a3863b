/** Certificates for what talks within a platform. Computes only; any thread. */
@NullMarked
package dev.tollgate.operator.tls;

import org.jspecify.annotations.NullMarked;
