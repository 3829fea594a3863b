/** Rate limits and budgets, attached to plans, tenants, routes and gateway pools. */
@NullMarked
package dev.tollgate.crd.limit;

import org.jspecify.annotations.NullMarked;
