package dev.tollgate.crd.finding;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects what is wrong with one resource. What {@link #refuse} tells keeps the resource out of
 * the view; what {@link #unresolved} and {@link #partly} tell leaves the rest of it served.
 */
public final class Findings {
  private final String kind;
  private final String name;
  private final List<Finding> all;
  private boolean refused;

  /**
   * A collector for one resource.
   *
   * @param all where the findings go, together with those of others
   */
  public Findings(String kind, String name, List<Finding> all) {
    this.kind = kind;
    this.name = name;
    this.all = all;
  }

  /** A collector for the same resource that has not refused anything yet. */
  public static Findings of(String kind, String name) {
    return new Findings(kind, name, new ArrayList<>());
  }

  /** Wrong, and the resource is not served. */
  public void refuse(String reason, String path, String message) {
    refused = true;
    all.add(new Finding(kind, name, "Accepted", reason, message, path));
  }

  /** Wrong, but only the part at {@code path} is left out. */
  public void partly(String reason, String path, String message) {
    all.add(new Finding(kind, name, "Accepted", reason, message, path));
  }

  /** Refers to what is missing, or has no effect; the rest is served. */
  public void unresolved(String reason, String path, String message) {
    all.add(new Finding(kind, name, "ResolvedRefs", reason, message, path));
  }

  /** Whether the resource is not served. */
  public boolean refused() {
    return refused;
  }

  /** All that was told so far. */
  public List<Finding> all() {
    return all;
  }

  /** The same resource and list, with an own memory of refusals. */
  public Findings part() {
    return new Findings(kind, name, all);
  }
}
