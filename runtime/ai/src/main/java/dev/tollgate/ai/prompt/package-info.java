/**
 * Prompts as a service: templates with typed variables, versions that never change, labels that
 * move. Calls read what is in memory, on event loops; what follows the resources or answers the API
 * may wait for the database.
 */
@NullMarked
package dev.tollgate.ai.prompt;

import org.jspecify.annotations.NullMarked;
