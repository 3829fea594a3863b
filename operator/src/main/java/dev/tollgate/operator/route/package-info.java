/** ApiRoute: conditions, per pool too. Entered by the controllers' threads; writes status alone. */
@NullMarked
package dev.tollgate.operator.route;

import org.jspecify.annotations.NullMarked;
