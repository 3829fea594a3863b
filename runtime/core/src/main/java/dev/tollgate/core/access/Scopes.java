package dev.tollgate.core.access;

import java.util.Set;

/**
 * What a key or token may do. It is made when a key or token is read, so that a request only looks
 * at what was found out then.
 *
 * @param names as they were granted
 * @param all whether {@code *} is among them, which grants all
 * @param apis whether it may {@link Use#APIS}
 * @param models whether it may {@link Use#MODELS}
 * @param prompts whether it may {@link Use#PROMPTS}
 */
public record Scopes(
    Set<String> names, boolean all, boolean apis, boolean models, boolean prompts) {

  /** Opens everything. */
  public static final String EVERYTHING = "*";

  public static final String APIS_USE = "apis:use";
  public static final String MODELS_USE = "models:use";
  public static final String PROMPTS_USE = "prompts:use";
  public static final String FEEDBACK_WRITE = "feedback:write";
  public static final String USAGE_READ = "usage:read";
  public static final String BILLING_READ = "billing:read";
  public static final String BILLING_MANAGE = "billing:manage";
  public static final String KEYS_MANAGE = "keys:manage";

  /** Scopes that mean something here; a route may name others. */
  private static final Set<String> OWN =
      Set.of(
          EVERYTHING,
          APIS_USE,
          MODELS_USE,
          PROMPTS_USE,
          FEEDBACK_WRITE,
          USAGE_READ,
          BILLING_READ,
          BILLING_MANAGE,
          KEYS_MANAGE);

  /** Those of a tenant's first key. */
  public static final Scopes ALL = of(Set.of(EVERYTHING));

  /**
   * Those of a token that says nothing of scopes: what is sold is open to it, and nothing of the
   * tenant's own API.
   */
  public static final Scopes UNSAID = new Scopes(Set.of(), false, true, true, true);

  public static Scopes of(Set<String> names) {
    var all = names.contains(EVERYTHING);
    return new Scopes(
        Set.copyOf(names),
        all,
        all || names.contains(Use.APIS.scope()),
        all || names.contains(Use.MODELS.scope()),
        all || names.contains(Use.PROMPTS.scope()));
  }

  /**
   * Those of a token, as its issuer names them. Where none of them is of Tollgate, they say nothing
   * of what is sold here, and it is open to the token.
   */
  static Scopes ofToken(Set<String> names) {
    return names.isEmpty() || names.stream().anyMatch(OWN::contains)
        ? of(names)
        : new Scopes(Set.copyOf(names), false, true, true, true);
  }

  public boolean has(String scope) {
    return all || names.contains(scope);
  }

  public boolean allow(Use use) {
    return switch (use) {
      case APIS -> apis;
      case MODELS -> models;
      case PROMPTS -> prompts;
    };
  }
}
