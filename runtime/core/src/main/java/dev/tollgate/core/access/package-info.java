/**
 * Who calls: API keys, JSON Web Tokens, trusts. Callers are known on event loops, which never wait
 * here: what has to be fetched first comes as a stage that completes later. Keys are made, changed
 * and listed by threads that may block.
 */
@NullMarked
package dev.tollgate.core.access;

import org.jspecify.annotations.NullMarked;
