package dev.tollgate.core.store;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/**
 * Sees that an embedded database has closed itself: H2 does when it could not write. Its
 * connections know no more than to fail then, and as long as one is open nobody can open it anew.
 */
final class SelfClosed implements SQLExceptionOverride {

  /** H2's number for a database that has been closed. */
  private static final int CLOSED = 90098;

  private volatile boolean seen;

  @java.lang.Override
  public SQLExceptionOverride.Override adjudicate(SQLException e) {
    if (e.getErrorCode() != CLOSED) {
      return SQLExceptionOverride.Override.CONTINUE_EVICT;
    }
    seen = true;
    // the whole pool is thrown away: a warning of each of its connections tells nothing more
    return SQLExceptionOverride.Override.DO_NOT_EVICT;
  }

  boolean seen() {
    return seen;
  }
}
