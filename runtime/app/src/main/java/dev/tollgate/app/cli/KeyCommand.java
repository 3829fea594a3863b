package dev.tollgate.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
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
          String label,
      @Option(
              names = "--scopes",
              split = ",",
              arity = "1",
              paramLabel = "SCOPE",
              description =
                  "What it may do, such as usage:read,models:use; \"\" for nothing (default: everything).")
          @Nullable List<String> scopes,
      @Option(
              names = "--expires",
              paramLabel = "TIME",
              description = "When it ends, such as 2027-01-01T00:00:00Z (default: never).")
          @Nullable String expires)
      throws Exception {
    var path =
        new StringBuilder(AdminClient.path("tenants", tenant, "keys"))
            .append("?label=")
            .append(AdminClient.encoded(label));
    if (scopes != null) {
      path.append("&scopes=").append(AdminClient.encoded(String.join(" ", scopes)));
    }
    if (expires != null) {
      path.append("&expires=").append(AdminClient.encoded(expires));
    }
    return print(admin.call("POST", path.toString()).path("key").asText());
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the keys of a tenant, without their secrets.")
  int list(@Parameters(paramLabel = "TENANT") String tenant) throws Exception {
    var path = AdminClient.path("tenants", tenant, "keys");
    var page = admin.call("GET", path);
    print(page);
    while (page.hasNonNull("next")) {
      page = admin.call("GET", path + "?after=" + AdminClient.encoded(page.path("next").asText()));
      print(page);
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

  private void print(JsonNode page) {
    for (var key : page.path("keys")) {
      print(
          "%-14s %-16s %-9s expires %s"
              .formatted(
                  key.path("id").asText(),
                  key.path("label").asText(),
                  key.path("state").asText(),
                  key.path("expires").asText("never")));
    }
  }

  private int print(@Nullable String line) {
    var out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
    return 0;
  }
}
