package dev.tollgate.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.prompt.CompiledVersion;
import dev.tollgate.ai.prompt.template.RenderLimits;
import dev.tollgate.ai.prompt.template.Template;
import dev.tollgate.crd.view.PromptMessageView;
import dev.tollgate.crd.view.PromptVersionView;
import dev.tollgate.engine.experiment.Assignment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Renders of the sql-fixer prompt of the documentation, and assignments of an experiment. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class PromptBenchmark {

  private final CompiledVersion version =
      CompiledVersion.of(
          "sql-fixer",
          new PromptVersionView(
              2,
              "llama3",
              "{\"temperature\":0.2}",
              List.of(
                  new PromptMessageView("system", "Answer in a {{ tone }} style."),
                  new PromptMessageView("user", "{{ query }}")),
              "{\"type\":\"object\",\"required\":[\"query\"],\"properties\":{\"tone\":{\"type\":\"string\",\"default\":\"concise\"},\"query\":{\"type\":\"string\",\"maxLength\":4000}}}",
              ""));
  private final Template system =
      Template.compile("Answer in a {{ tone }} style.", List.of("tone", "query"));
  private final Template user = Template.compile("{{ query }}", List.of("tone", "query"));
  private final Object[] values = {"concise", "SELEC * FORM users"};
  private final ObjectNode variables =
      JsonNodeFactory.instance.objectNode().put("query", "SELEC * FORM users");
  private final Assignment assignment =
      new Assignment(
          "pax-2024-q3",
          List.of(new Assignment.Share("control", 50), new Assignment.Share("treatment-a", 50)));
  private final String[] users = new String[1024];
  private int next;

  public PromptBenchmark() {
    for (int i = 0; i < users.length; i++) {
      users[i] = "t7q2k9abcdefghijklmno/user-" + i;
    }
  }

  /** Both messages, the values at hand. */
  @Benchmark
  public int render() {
    return system.render(values, RenderLimits.DEFAULT).length()
        + user.render(values, RenderLimits.DEFAULT).length();
  }

  /** With defaults and the check of the variables by their schema. */
  @Benchmark
  public List<PromptMessageView> checkAndRender() {
    return version.render(variables);
  }

  @Benchmark
  public int assign() {
    return assignment.of(users[next++ & 1023]);
  }
}
