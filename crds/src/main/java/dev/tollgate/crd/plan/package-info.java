/** Plans: what is sold, what is included and what more costs. */
@NullMarked
package dev.tollgate.crd.plan;

import org.jspecify.annotations.NullMarked;
