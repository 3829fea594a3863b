package dev.tollgate.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists what a running instance serves. */
@Command(
    name = "get",
    mixinStandardHelpOptions = true,
    description = "Lists what a running instance serves, and what is wrong with it.")
public final class GetCommand implements Callable<Integer> {

  private static final List<String> KINDS =
      List.of("tenants", "plans", "routes", "models", "prompts", "experiments", "findings");

  @Parameters(
      arity = "0..1",
      paramLabel = "KIND",
      description =
          "tenants, plans, routes, models, prompts, experiments or findings (default: ${DEFAULT-VALUE}).",
      defaultValue = "tenants")
  String kind = "tenants";

  /** How the list is printed. */
  enum Form {
    table,
    json
  }

  @Option(
      names = {"-o", "--output"},
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
      defaultValue = "table")
  Form form = Form.table;

  @Mixin AdminClient admin = new AdminClient();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    if (!KINDS.contains(kind)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "There is no kind " + kind + "; there are " + String.join(", ", KINDS) + ".");
    }
    var rows = admin.call("GET", AdminClient.path(kind)).path("items");
    var out = spec.commandLine().getOut();
    if (form == Form.json) {
      out.println(rows.toPrettyString());
    } else if (rows.isEmpty()) {
      out.println("none");
    } else {
      List<String> columns = new ArrayList<>();
      rows.get(0).fieldNames().forEachRemaining(columns::add);
      var widths = columns.stream().mapToInt(String::length).toArray();
      for (var row : rows) {
        for (int i = 0; i < widths.length; i++) {
          widths[i] = Math.max(widths[i], row.path(columns.get(i)).asText().length());
        }
      }
      var line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(pad(columns.get(i).toUpperCase(Locale.ROOT), widths[i]));
      }
      out.println(line.toString().stripTrailing());
      for (var row : rows) {
        line.setLength(0);
        for (int i = 0; i < widths.length; i++) {
          line.append(pad(row.path(columns.get(i)).asText(), widths[i]));
        }
        out.println(line.toString().stripTrailing());
      }
    }
    out.flush();
    return 0;
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(width - text.length() + 3);
  }
}
