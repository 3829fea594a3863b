package dev.tollgate.ai.prompt;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.prompt.template.RenderException;
import dev.tollgate.ai.prompt.template.RenderLimits;
import dev.tollgate.ai.prompt.template.Template;
import dev.tollgate.ai.prompt.template.TemplateException;
import dev.tollgate.crd.view.PromptMessageView;
import dev.tollgate.crd.view.PromptVersionView;
import java.util.ArrayList;
import java.util.List;

/** A version of a prompt, ready to be rendered. Immutable; any thread. */
public final class CompiledVersion {

  private final String prompt;
  private final PromptVersionView view;
  private final Variables variables;
  private final List<Template> templates;

  private CompiledVersion(
      String prompt, PromptVersionView view, Variables variables, List<Template> templates) {
    this.prompt = prompt;
    this.view = view;
    this.variables = variables;
    this.templates = templates;
  }

  /**
   * A version that nobody has accepted yet.
   *
   * @throws IllegalArgumentException when variables or a message are wrong; says where
   */
  public static CompiledVersion of(String prompt, PromptVersionView view) {
    return of(prompt, view, Variables.compile(view.variables()));
  }

  /**
   * A version that was accepted, be it by a release that looked at less.
   *
   * @throws IllegalArgumentException when variables or a message are wrong; says where
   */
  static CompiledVersion accepted(String prompt, PromptVersionView view) {
    return of(prompt, view, Variables.accepted(view.variables()));
  }

  private static CompiledVersion of(String prompt, PromptVersionView view, Variables variables) {
    List<Template> templates = new ArrayList<>();
    for (int i = 0; i < view.messages().size(); i++) {
      try {
        templates.add(Template.compile(view.messages().get(i).content(), variables.names()));
      } catch (TemplateException e) {
        throw new IllegalArgumentException("messages[" + i + "].content: " + e.getMessage(), e);
      }
    }
    return new CompiledVersion(prompt, view, variables, List.copyOf(templates));
  }

  /** What was compiled. */
  public PromptVersionView view() {
    return view;
  }

  /**
   * The messages, with the variables in their places.
   *
   * @throws PromptException 422 when the variables are not as described, or the text gets too large
   */
  public List<PromptMessageView> render(ObjectNode given) {
    List<Violation> wrong = new ArrayList<>(0);
    var values = variables.bind(given, wrong);
    if (!wrong.isEmpty()) {
      throw PromptException.variables(prompt, view.version(), wrong);
    }
    List<PromptMessageView> messages = new ArrayList<>(templates.size());
    try {
      for (int i = 0; i < templates.size(); i++) {
        messages.add(
            new PromptMessageView(
                view.messages().get(i).role(),
                templates.get(i).render(values, RenderLimits.DEFAULT)));
      }
    } catch (RenderException e) {
      throw PromptException.notRendered(prompt, view.version(), String.valueOf(e.getMessage()));
    }
    return messages;
  }
}
