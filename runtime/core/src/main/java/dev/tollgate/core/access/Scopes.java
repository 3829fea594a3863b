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

  /** Scopes that mean something here; a route may name others. */
  private static final Set<String> OWN =
      Set.of(
          "*",
          "apis:use",
          "models:use",
          "prompts:use",
          "feedback:write",
          "usage:read",
          "billing:read",
          "billing:manage",
          "keys:manage");

  /** Those of a tenant's first key. */
  public static final Scopes ALL = of(Set.of("*"));

  /**
   * Those of a token that says nothing of scopes: what is sold is open to it, and nothing of the
   * tenant's own API.
   */
  public static final Scopes UNSAID = new Scopes(Set.of(), false, true, true, true);

  public static Scopes of(Set<String> names) {
    var all = names.contains("*");
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
