/** The billing provider. Entered by the controllers' threads; writes status alone. */
@NullMarked
package dev.tollgate.operator.billing;

import org.jspecify.annotations.NullMarked;
