/** Whose tokens are believed. */
@NullMarked
package dev.tollgate.crd.access;

import org.jspecify.annotations.NullMarked;
