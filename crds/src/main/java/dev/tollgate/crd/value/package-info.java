/** Values that are written as text, read: durations, money, URLs. What is wrong is a finding. */
@NullMarked
package dev.tollgate.crd.value;

import org.jspecify.annotations.NullMarked;
