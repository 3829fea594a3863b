package dev.tollgate.operator;

/** How a kind is read of which a namespace may have very many. */
public final class Paging {

  /** So many at a time are read at the start: all at once would be a large piece of memory. */
  public static final long PAGE = 100;

  private Paging() {}
}
