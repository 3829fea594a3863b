package dev.tollgate.crd.resolve;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.view.TenantView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A resolved tenant: {@code view} is null when it cannot be served, and findings say why. */
public record TenantResult(@Nullable TenantView view, List<Finding> findings) {}
