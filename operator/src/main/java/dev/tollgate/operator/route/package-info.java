/** ApiRoute: conditions, per pool too. */
@NullMarked
package dev.tollgate.operator.route;

import org.jspecify.annotations.NullMarked;
