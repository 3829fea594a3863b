package dev.tollgate.core.store;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says in words, for whoever runs the platform, why a database did not do what was asked. */
public final class StoreFailure {

  private static final Set<Integer> FULL = Set.of(1021, 1114);
  private static final Set<Integer> REFUSED = Set.of(1044, 1045, 1142, 1698);
  private static final Set<Integer> READ_ONLY = Set.of(1290, 1792, 1836);
  private static final Set<Integer> TOO_MANY = Set.of(1040, 1203, 1226);
  private static final int NO_DATABASE = 1049;
  private static final String NO_ANSWER =
      "does not answer; see that it runs, that its address is right, and that nothing keeps the"
          + " gateways from it";

  private StoreFailure() {}

  /**
   * What is the matter and what to do, to come after the name of the database. What the server said
   * is left out: it may quote a statement.
   */
  public static String words(Throwable failure) {
    var said = lastWord(failure);
    if (said == null) {
      var ours = failure;
      while (ours.getCause() instanceof StoreException cause) {
        ours = cause;
      }
      return ours instanceof StoreException && ours.getCause() == null
          ? "cannot be used: " + ours.getMessage()
          : NO_ANSWER;
    }
    var state = String.valueOf(said.getSQLState());
    var code = said.getErrorCode();
    if (FULL.contains(code)) {
      return "has no room left; enlarge its volume";
    }
    if (READ_ONLY.contains(code)) {
      return "takes no writes, it is read-only; name the server that takes them";
    }
    if (TOO_MANY.contains(code)) {
      return "has no connection left; let it take more, or fewer others use it";
    }
    if (code == NO_DATABASE) {
      return "does not have the database that its URL names; create it, or correct the URL";
    }
    if (REFUSED.contains(code) || state.startsWith("28")) {
      return "refuses its user, or the password in its Secret; correct them, or the user's rights";
    }
    return said.getSQLState() == null || state.startsWith("08")
        ? NO_ANSWER
        : "fails with SQL state %s, error %d; see its log".formatted(state, code);
  }

  /** The innermost of what a driver threw that says anything, or the innermost of all. */
  private static @Nullable SQLException lastWord(Throwable failure) {
    SQLException last = null;
    for (var e = failure; e != null; e = e.getCause()) {
      if (e instanceof SQLException sql
          && (last == null || sql.getSQLState() != null || last.getSQLState() == null)) {
        last = sql;
      }
    }
    return last;
  }
}
