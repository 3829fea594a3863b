/** Status conditions and the Events that go with them. */
@NullMarked
package dev.tollgate.operator.conditions;

import org.jspecify.annotations.NullMarked;
