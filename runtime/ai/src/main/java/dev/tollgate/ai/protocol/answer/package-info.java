/**
 * Answers of models: one reader and one writer for each dialect, which meet in {@link
 * dev.tollgate.ai.protocol.answer.Parts}, so that N dialects need N of each. All of them belong to
 * one answer and are used by one thread at a time.
 */
@NullMarked
package dev.tollgate.ai.protocol.answer;

import org.jspecify.annotations.NullMarked;
