package dev.tollgate.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what a tenant has used in the running cycle. */
@Command(
    name = "usage",
    mixinStandardHelpOptions = true,
    description = "Shows what a tenant has used in the running cycle.")
public final class UsageCommand implements Callable<Integer> {

  @Parameters(paramLabel = "TENANT")
  String tenant = "";

  @Mixin AdminClient admin = new AdminClient();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    var usage = admin.call("GET", AdminClient.path("tenants", tenant, "usage"));
    var out = spec.commandLine().getOut();
    out.println(
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(usage));
    out.flush();
    return 0;
  }
}
