/** What is wrong with resources, for people: in conditions, in logs and on a terminal. */
@NullMarked
package dev.tollgate.crd.finding;

import org.jspecify.annotations.NullMarked;
