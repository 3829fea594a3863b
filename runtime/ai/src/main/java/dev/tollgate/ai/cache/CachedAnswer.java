package dev.tollgate.ai.cache;

import dev.tollgate.ai.protocol.Usage;

/**
 * A complete answer as the client got it.
 *
 * @param body the body of a whole answer, or every event of a stream; not to be changed
 * @param usage the tokens that it took
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record CachedAnswer(byte[] body, Usage usage) {}
