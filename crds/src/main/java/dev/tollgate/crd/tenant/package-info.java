/** Tenants: who buys. */
@NullMarked
package dev.tollgate.crd.tenant;

import org.jspecify.annotations.NullMarked;
