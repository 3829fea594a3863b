/**
 * What a model route refuses or hides: expressions that a request's text must or must not have, and
 * personal data that is masked in requests and in answers. Nothing here does I/O, waits or holds a
 * lock, and all of it takes time in proportion to the text. A {@code MaskFilter} belongs to one
 * answer and is used by one thread at a time; everything else is immutable and may be used by any
 * thread.
 */
@NullMarked
package dev.tollgate.ai.guard;

import org.jspecify.annotations.NullMarked;
