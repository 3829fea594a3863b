/**
 * ModelServer: runs Ollama and brings it its models. Everything it makes is named {@code
 * <server>-models}; the claims outlive it, for a model is long in coming. Models from the engine's
 * library or a URL are brought by virtual threads of the operator, files of a volume by a Job next
 * to the volume. Talks to the API server and to the replicas, never longer than two seconds on a
 * thread of the controller; entered by those, one at a time for each server.
 */
@NullMarked
package dev.tollgate.operator.model;

import org.jspecify.annotations.NullMarked;
