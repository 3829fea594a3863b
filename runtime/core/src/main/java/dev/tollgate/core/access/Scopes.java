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
