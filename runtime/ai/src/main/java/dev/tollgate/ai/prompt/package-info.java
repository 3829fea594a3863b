/**
 * Prompts as a service: templates with typed variables, versions that never change, labels that
 * move.
 */
@NullMarked
package dev.tollgate.ai.prompt;

import org.jspecify.annotations.NullMarked;
