package dev.tollgate.ai.guard;

import dev.tollgate.ai.protocol.json.JsonCursor;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's {@code thinking} of a request whose {@code max_tokens} is lowered: its budget must
 * stay below that, and may not be less than 1,024.
 */
final class ThinkingBound {

  private static final long LEAST = 1024;
  private static final String OFF = "{\"type\":\"disabled\"}";

  private final int from;
  private final int to;
  private final int budgetFrom;
  private final int budgetTo;
  private final long budget;

  private ThinkingBound(int from, int to, int budgetFrom, int budgetTo, long budget) {
    this.from = from;
    this.to = to;
    this.budgetFrom = budgetFrom;
    this.budgetTo = budgetTo;
    this.budget = budget;
  }

  /** Reads the value where the cursor is; null when it has no budget. */
  static @Nullable ThinkingBound read(JsonCursor cursor) {
    cursor.peek();
    int from = cursor.at();
    int budgetFrom = 0;
    int budgetTo = 0;
    long budget = -1;
    if (cursor.enterObject()) {
      while (cursor.nextMember()) {
        if (cursor.key().is("budget_tokens")) {
          cursor.peek();
          budgetFrom = cursor.at();
          budget = cursor.count();
          budgetTo = cursor.at();
        } else {
          cursor.skip();
        }
      }
    }
    return budget < 0 ? null : new ThinkingBound(from, cursor.at(), budgetFrom, budgetTo, budget);
  }

  /**
   * What is changed where an answer has at most so many tokens: the budget, or where there is no
   * room for one the thinking is switched off; null when it fits.
   */
  OutputBound.@Nullable Edit under(long most) {
    if (budget < most) {
      return null;
    }
    return most > LEAST
        ? new OutputBound.Edit(budgetFrom, budgetTo, Long.toString(most - 1))
        : new OutputBound.Edit(from, to, OFF);
  }
}
