/**
 * Resources as files: YAML is read as strictly as an API server reads it, and written. Any thread;
 * no I/O but reading files.
 */
@NullMarked
package dev.tollgate.crd.manifest;

import org.jspecify.annotations.NullMarked;
