/**
 * Whole answers of models, kept in memory for calls of the same tenant that are equal to the
 * letter. {@code AnswerCache} is the store of the process, {@code RouteCache} what one route keeps
 * in it, {@code Flights} joins equal calls that run at once, and {@code AnswerRecording} gathers
 * one stream. A recording is used by one thread at a time; the others may be used by any thread and
 * do not wait.
 */
@NullMarked
package dev.tollgate.ai.cache;

import org.jspecify.annotations.NullMarked;
