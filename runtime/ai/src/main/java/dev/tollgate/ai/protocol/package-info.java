/**
 * The protocols of language models as bytes: what a request asks for, how it is written for a
 * backend that speaks another dialect, what a streamed or whole answer says, and how an error looks
 * in each dialect. Nothing here does I/O, waits or holds a lock. A {@link
 * dev.tollgate.ai.protocol.ResponseReader} belongs to one answer and is used by one thread at a
 * time, as a rule the event loop that the answer comes in on; everything else is immutable and may
 * be used by any thread.
 */
@NullMarked
package dev.tollgate.ai.protocol;

import org.jspecify.annotations.NullMarked;
