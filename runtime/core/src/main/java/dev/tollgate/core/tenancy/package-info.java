/**
 * Which tenants there are and what is served. A source (a watched directory or the cluster) hands
 * {@link dev.tollgate.crd.manifest.Manifests} to {@link LiveServing}, on the source's one thread;
 * everybody else reads {@link Serving#current()}, from any thread, without a lock.
 */
@NullMarked
package dev.tollgate.core.tenancy;

import org.jspecify.annotations.NullMarked;
