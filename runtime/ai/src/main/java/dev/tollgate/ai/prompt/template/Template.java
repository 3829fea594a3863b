package dev.tollgate.ai.prompt.template;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A compiled template. Immutable; any thread. */
public final class Template {

  private final Part part;
  private final int variables;
  private final int slots;
  private final int expected;

  Template(Part part, int variables, int slots, int expected) {
    this.part = part;
    this.variables = variables;
    this.slots = slots;
    this.expected = expected;
  }

  /**
   * Compiles a template.
   *
   * @param variables names that it may use, in the order in which values are given
   * @throws TemplateException when it is not a template, or uses a name, filter or test that there
   *     is not
   */
  public static Template compile(String source, List<String> variables) {
    return new Compilation(source, variables).template();
  }

  /**
   * Renders it.
   *
   * @param values in the order of the variables; null, Boolean, Long, Double, BigDecimal, String,
   *     List or Map with String keys of those; neither kept nor changed
   * @throws RenderException when a limit is reached, or a value is not what an operation needs
   */
  public String render(@Nullable Object[] values, RenderLimits limits) {
    if (values.length != variables) {
      throw new IllegalArgumentException(
          "the template has %d variables, not %d".formatted(variables, values.length));
    }
    var text = new StringBuilder(expected);
    var own = slots == values.length ? values : Arrays.copyOf(values, slots);
    part.render(new Rendering(own, text, limits));
    return text.toString();
  }
}
