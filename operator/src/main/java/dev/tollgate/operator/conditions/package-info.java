/**
 * Status conditions, the Events that go with them, and whether the Secrets that resources name may
 * be used. Entered by the controllers' threads, and by those of informers.
 */
@NullMarked
package dev.tollgate.operator.conditions;

import org.jspecify.annotations.NullMarked;
