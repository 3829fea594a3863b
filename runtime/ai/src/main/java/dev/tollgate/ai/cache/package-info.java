/**
 * Whole answers of models, kept in memory for calls of the same tenant that are equal to the
 * letter. {@code AnswerCache} is the store of the process, {@code RouteCache} what one route keeps
 * in it, and {@code AnswerRecording} gathers one stream. The first two may be used by any thread
 * and do not wait; a recording is used by one thread at a time.
 */
@NullMarked
package dev.tollgate.ai.cache;

import org.jspecify.annotations.NullMarked;
