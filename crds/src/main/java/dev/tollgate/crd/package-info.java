/** The custom resources as records, one package per kind. */
@NullMarked
package dev.tollgate.crd;

import org.jspecify.annotations.NullMarked;
