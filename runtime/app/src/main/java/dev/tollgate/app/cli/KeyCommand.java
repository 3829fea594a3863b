package dev.tollgate.app.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes, replaces and revokes API keys. */
@Command(
    name = "key",
    mixinStandardHelpOptions = true,
    description = "Makes, replaces and revokes the API keys of a tenant.")
public final class KeyCommand {

  @Mixin AdminClient admin = new AdminClient();
  @Spec CommandSpec spec = CommandSpec.create();

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Makes a key and prints it; it is shown only this once.")
  int create(
      @Parameters(paramLabel = "TENANT") String tenant,
      @Option(names = "--label", defaultValue = "cli", description = "What it is for.")
          String label)
      throws Exception {
    var path = AdminClient.path("tenants", tenant, "keys") + "?label=" + AdminClient.encoded(label);
    return print(admin.call("POST", path).path("key").asText());
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the keys of a tenant, without their secrets.")
  int list(@Parameters(paramLabel = "TENANT") String tenant) throws Exception {
    for (var key : admin.call("GET", AdminClient.path("tenants", tenant, "keys")).path("keys")) {
      print(
          "%-14s %-16s %-9s expires %s"
              .formatted(
                  key.path("id").asText(),
                  key.path("label").asText(),
                  key.path("state").asText(),
                  key.path("expires").asText("never")));
    }
    return 0;
  }

  @Command(
      name = "rotate",
      mixinStandardHelpOptions = true,
      description = "Makes a successor of a key and prints it; the old one works for a day more.")
  int rotate(
      @Parameters(paramLabel = "TENANT") String tenant,
      @Parameters(paramLabel = "KEY_ID") String id)
      throws Exception {
    var path = AdminClient.path("tenants", tenant, "keys", id, "rotate");
    return print(admin.call("POST", path).path("key").asText());
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Ends a key; it is refused within two seconds.")
  int revoke(
      @Parameters(paramLabel = "TENANT") String tenant,
      @Parameters(paramLabel = "KEY_ID") String id)
      throws Exception {
    var _ = admin.call("DELETE", AdminClient.path("tenants", tenant, "keys", id));
    return print("revoked " + id);
  }

  private int print(@Nullable String line) {
    var out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
    return 0;
  }
}
