/**
 * ModelRoute, which is only judged, and ModelServer, which runs Ollama and brings it its models.
 * Everything made for a server is named {@code <server>-models}; the claims outlive it, for a model
 * is long in coming. Models from the engine's library or a URL are brought by virtual threads of
 * the operator, files of a volume by a Job next to the volume. Talks to the API server and to the
 * replicas, never longer than two seconds on a thread of the controllers; entered by those, one at
 * a time for each resource.
 */
@NullMarked
package dev.tollgate.operator.model;

import org.jspecify.annotations.NullMarked;
