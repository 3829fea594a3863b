/**
 * What is served, with every default filled in and every reference followed. Immutable; any thread.
 */
@NullMarked
package dev.tollgate.crd.view;

import org.jspecify.annotations.NullMarked;
