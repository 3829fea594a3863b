package dev.tollgate.ai.prompt.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A compiled {@code for}.
 *
 * @param state slot of its {@link State}
 * @param first slot of the element, or of the key where there is a second variable
 * @param second slot of the value of a map's entry; -1 for none
 */
record Loop(Term over, int state, int first, int second, Part body, Part otherwise)
    implements Part {

  /** What {@code loop} tells within it. */
  static final class State {
    private final int length;
    private int index;

    State(int length) {
      this.length = length;
    }

    /** What {@code loop.NAME} is; null for a name that there is not. */
    static @Nullable Term member(String name, int slot) {
      return switch (name) {
        case "index" -> r -> (long) of(r, slot).index + 1;
        case "index0" -> r -> (long) of(r, slot).index;
        case "revindex" -> r -> (long) of(r, slot).length - of(r, slot).index;
        case "revindex0" -> r -> (long) of(r, slot).length - of(r, slot).index - 1;
        case "length" -> r -> (long) of(r, slot).length;
        case "first" -> r -> of(r, slot).index == 0;
        case "last" -> r -> of(r, slot).index == of(r, slot).length - 1;
        default -> null;
      };
    }

    private static State of(Rendering rendering, int slot) {
      if (rendering.get(slot) instanceof State state) {
        return state;
      }
      throw new IllegalStateException("no loop is under way");
    }
  }

  @Override
  public void render(Rendering r) {
    var value = over.value(r);
    if (second >= 0) {
      entries(value, r);
    } else {
      elements(Filters.list(value, "for"), r);
    }
  }

  private void elements(List<?> list, Rendering r) {
    if (list.isEmpty()) {
      otherwise.render(r);
      return;
    }
    var at = new State(list.size());
    r.set(state, at);
    for (var element : list) {
      r.step();
      r.set(first, element);
      body.render(r);
      at.index++;
    }
  }

  private void entries(@Nullable Object value, Rendering r) {
    if (value != null && !(value instanceof Map)) {
      throw new RenderException("for with two variables needs a map, not " + Values.kind(value));
    }
    if (!(value instanceof Map<?, ?> map) || map.isEmpty()) {
      otherwise.render(r);
      return;
    }
    var at = new State(map.size());
    r.set(state, at);
    for (var entry : map.entrySet()) {
      r.step();
      r.set(first, entry.getKey());
      r.set(second, entry.getValue());
      body.render(r);
      at.index++;
    }
  }
}
