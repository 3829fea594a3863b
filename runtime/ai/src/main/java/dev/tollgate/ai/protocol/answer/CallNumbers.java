package dev.tollgate.ai.protocol.answer;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the calls of tools in OpenAI's chat, and says which call a fragment belongs to. Servers
 * that are compatible with it differ: some give every call the index 0, some repeat id and name in
 * every fragment, and some make up a new id for each.
 */
final class CallNumbers {

  /** No call has begun to which a fragment could belong. */
  static final int NONE = -1;

  /** In place of the index of a call in the way before tools, of which a choice has one. */
  static final int FUNCTION = -1;

  private static final int MOST_INDEXES = 10_001;

  /** The calls that share an index. */
  private static final class Slot {
    private final Map<String, Integer> byId = new HashMap<>(2);
    private int last = NONE;
    private @Nullable String name;
  }

  private final Map<Integer, Slot> slots = new HashMap<>(2);
  private final Map<Integer, Integer> counts = new HashMap<>(2);
  private boolean begun;

  /** Whether the fragment that was looked for last has begun a call. */
  boolean begun() {
    return begun;
  }

  /**
   * The number of a fragment's call, from 0 in each choice.
   *
   * @param index as the backend gives it, the place in its list, or {@link #FUNCTION}
   * @param name null where the fragment has none
   */
  int of(int choice, int index, @Nullable String id, @Nullable String name) {
    begun = false;
    int place = index == FUNCTION ? -1 - choice : choice * MOST_INDEXES + index;
    Slot slot = slots.computeIfAbsent(place, _ -> new Slot());
    Integer known = id == null ? null : slot.byId.get(id);
    if (known != null) {
      return known;
    }
    if (name == null || (id == null && name.equals(slot.name))) {
      return slot.last;
    }
    begun = true;
    slot.last = counts.merge(choice, 1, Integer::sum) - 1;
    slot.name = name;
    if (id != null) {
      slot.byId.put(id, slot.last);
    }
    return slot.last;
  }
}
