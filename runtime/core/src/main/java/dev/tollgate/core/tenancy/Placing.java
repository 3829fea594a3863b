package dev.tollgate.core.tenancy;

import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.tenant.Tenant;
import java.util.Collection;
import java.util.Map;

/**
 * Where tenants are. Standalone and with an Embedded pool the runtime places them itself; otherwise
 * the operator does, and the placement is read from the Tenant's status.
 */
public interface Placing {

  /** What came of it: placements by tenant name, and a sentence for each tenant without one. */
  record Result(Map<String, Placement> placed, Map<String, String> refused) {}

  /** Placements of all these tenants; called on the source's thread, may block. */
  Result place(Shared shared, Collection<Tenant> tenants);
}
