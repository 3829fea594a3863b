/** Tests of the one text of a JSON value. */
@NullMarked
package dev.tollgate.crd.resolve.prompt;

import org.jspecify.annotations.NullMarked;
