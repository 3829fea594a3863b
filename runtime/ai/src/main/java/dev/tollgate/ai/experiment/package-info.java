/**
 * Experiments over versions of prompts: who gets which variant, what was seen of each, the guard
 * that stops one that does harm, and feedback.
 *
 * <p>{@link dev.tollgate.ai.experiment.Experiments} is asked on the hot path and never waits;
 * everything that reads databases is called by a thread that may.
 */
@NullMarked
package dev.tollgate.ai.experiment;

import org.jspecify.annotations.NullMarked;
