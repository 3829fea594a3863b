package dev.tollgate.ai.prompt.template;

import io.pebbletemplates.pebble.node.BodyNode;
import io.pebbletemplates.pebble.node.IfNode;
import io.pebbletemplates.pebble.node.Node;
import io.pebbletemplates.pebble.node.PrintNode;
import io.pebbletemplates.pebble.node.TextNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns one template into a {@link Template}: each variable becomes a number of a slot, each filter
 * the code that does it.
 */
final class Compilation {

  private final String source;
  private final int variables;
  private final Map<String, Integer> scope = new HashMap<>();
  private final Terms terms = new Terms(this);
  private int slots;
  private int loop = -1;

  Compilation(String source, List<String> variables) {
    this.source = source;
    this.variables = variables.size();
    for (var name : variables) {
      scope.put(name, slots++);
    }
  }

  Template template() {
    var part = body(Grammar.parse(source).getBody());
    return new Template(part, variables, slots, source.length() + source.length() / 2 + 16);
  }

  /**
   * Slot of a name.
   *
   * @throws TemplateException when there is no such name here
   */
  int slot(String name, int position) {
    var slot = scope.get(name);
    if (slot == null) {
      throw Grammar.refused(
          "there is no variable named " + name + "; declare it under properties of variables",
          position);
    }
    return slot;
  }

  boolean declares(String name) {
    return scope.containsKey(name);
  }

  /** Slot of the state of the innermost loop; -1 outside of one. */
  int loop() {
    return loop;
  }

  private Part body(BodyNode body) {
    List<Part> parts = new ArrayList<>();
    for (var child : body.getChildren()) {
      parts.add(part(child));
    }
    return switch (parts.size()) {
      case 0 -> _ -> {};
      case 1 -> parts.getFirst();
      default -> {
        var all = parts.toArray(Part[]::new);
        yield r -> {
          for (var part : all) {
            part.render(r);
          }
        };
      }
    };
  }

  private Part part(Node node) {
    return switch (node) {
      case TextNode text -> {
        var written = new String(text.getData());
        yield r -> r.append(written);
      }
      case PrintNode print -> {
        var term = terms.of(print.getExpression());
        yield r -> r.append(Values.text(term.value(r), r));
      }
      case IfNode branch -> branch(branch);
      case ForTag.Tree tag -> loop(tag);
      default ->
          throw new IllegalStateException("the grammar has no " + node.getClass().getSimpleName());
    };
  }

  private Part branch(IfNode node) {
    var pairs = node.getConditionsWithBodies();
    var conditions = pairs.stream().map(p -> terms.of(p.getLeft())).toArray(Term[]::new);
    var bodies = pairs.stream().map(p -> body(p.getRight())).toArray(Part[]::new);
    var otherwise = optional(node.getElseBody());
    return r -> {
      for (int i = 0; i < conditions.length; i++) {
        if (Values.truth(conditions[i].value(r))) {
          bodies[i].render(r);
          return;
        }
      }
      otherwise.render(r);
    };
  }

  private Part optional(@Nullable BodyNode body) {
    return body == null ? _ -> {} : body(body);
  }

  private Part loop(ForTag.Tree tag) {
    var over = terms.of(tag.over);
    var outerLoop = loop;
    var outer = new HashMap<>(scope);
    var state = slots++;
    var first = slots++;
    var second = tag.second == null ? -1 : slots++;
    loop = state;
    scope.put(tag.variable, first);
    if (tag.second != null) {
      scope.put(tag.second, second);
    }
    var body = body(tag.body);
    loop = outerLoop;
    scope.clear();
    scope.putAll(outer);
    return new Loop(over, state, first, second, body, optional(tag.otherwise));
  }
}
