/** Values that several kinds share: references, money, conditions. */
@NullMarked
package dev.tollgate.crd.common;

import org.jspecify.annotations.NullMarked;
