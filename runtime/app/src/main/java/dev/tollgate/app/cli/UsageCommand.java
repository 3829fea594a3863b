package dev.tollgate.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what a tenant has used in a cycle. */
@Command(
    name = "usage",
    mixinStandardHelpOptions = true,
    description = "Shows what a tenant has used in a cycle.")
public final class UsageCommand implements Callable<Integer> {

  @Parameters(paramLabel = "TENANT")
  String tenant = "";

  @Option(
      names = "--cycle",
      paramLabel = "DAY",
      description = "First day of the cycle, such as 2026-11-01 (default: the running one).")
  @Nullable String cycle;

  @Mixin AdminClient admin = new AdminClient();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    var query = cycle == null ? "" : "?cycle=" + AdminClient.encoded(cycle);
    var usage = admin.call("GET", AdminClient.path("tenants", tenant, "usage") + query);
    var out = spec.commandLine().getOut();
    out.println(
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(usage));
    out.flush();
    return 0;
  }
}
