/**
 * Routes of language models, and the servers that run them in the cluster. Entered by the
 * controllers' threads.
 */
@NullMarked
package dev.tollgate.operator.model;

import org.jspecify.annotations.NullMarked;
