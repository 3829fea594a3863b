package dev.tollgate.crd.view;

import dev.tollgate.crd.common.SecretRef;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Where a tenant is told of events, and the secret they are signed with. */
public record WebhookView(URI url, @Nullable SecretRef secret) {}
