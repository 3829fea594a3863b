/** Tests of the reader of files, beside a real API server. */
@NullMarked
package dev.tollgate.crd.manifest;

import org.jspecify.annotations.NullMarked;
