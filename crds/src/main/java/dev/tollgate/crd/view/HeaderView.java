package dev.tollgate.crd.view;

import dev.tollgate.crd.common.SecretRef;
import org.jspecify.annotations.Nullable;

/** A header set on the way to a backend: a plain value or a key of a Secret. */
public record HeaderView(String name, @Nullable String value, @Nullable SecretRef secret) {}
