package dev.tollgate.billing.engine;

import dev.tollgate.crd.view.TenantView;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A customer to be made for a tenant.
 *
 * @param email where invoices go, or null
 */
public record CustomerDraft(String tenantId, String name, @Nullable String email) {

  /** What any provider takes: one that it refuses would keep the tenant from being billed. */
  private static final Pattern EMAIL =
      Pattern.compile("[\\w%+-]+(\\.[\\w%+-]+)*@([A-Za-z0-9]+(-+[A-Za-z0-9]+)*\\.)+[A-Za-z]{2,63}");

  private static final int LONGEST_EMAIL = 254;

  /** With the tenant's contact as its address, where that is an e-mail address. */
  public static CustomerDraft of(TenantView tenant) {
    var contact = tenant.contact();
    var email =
        contact != null && contact.length() <= LONGEST_EMAIL && EMAIL.matcher(contact).matches()
            ? contact
            : null;
    return new CustomerDraft(tenant.tenantId(), tenant.displayName(), email);
  }
}
