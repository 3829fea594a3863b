package dev.tollgate.app;

import static dev.tollgate.app.Manifests.JSON_TOOL;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.wiring.AdminToken;
import dev.tollgate.app.wiring.RuntimeSettings;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.tenancy.LiveServing;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the operator asks of a replica when a tenant with {@code reclaim: Delete} goes. */
@NullUnmarked
class ReclaimTest {

  @Test
  void theDataOfATenantThatIsGoneIsDeletedAndThatOfAnotherStays(
      @TempDir Path data, @TempDir Path manifests) throws Exception {
    try (var runtime = RunningRuntime.start(data, manifests, JSON_TOOL, Map.of())) {
      for (var tenant : new String[] {"acme", "globex"}) {
        runtime.send(
            runtime
                .request(tenant, "/v1/tools/json/minify")
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
      }
      await(() -> rows(runtime) == 2);
      var serving = runtime.context.getBean(LiveServing.class);
      var acme = serving.current().tenantIds().get("acme");
      assertThat(delete(runtime, acme)).as("while it is served").isEqualTo(409);
      Files.writeString(
          manifests.resolve("tenants.yaml"),
          Manifests.TENANTS.replaceFirst("(?s)---\\R[^-]*name: acme.*?---", "---"));
      await(() -> !serving.current().tenants().containsKey(acme));
      assertThat(delete(runtime, acme, "")).as("by nobody").isEqualTo(401);
      assertThat(delete(runtime, acme, "Bearer wrong")).as("by somebody").isEqualTo(401);
      assertThat(rows(runtime)).isEqualTo(2);
      assertThat(delete(runtime, acme)).isEqualTo(204);
      assertThat(delete(runtime, acme)).as("again").isEqualTo(204);
      assertThat(rows(runtime)).isEqualTo(1);
    }
  }

  @Test
  void whatChangesSomethingOnTheManagementPortTakesTheToken(
      @TempDir Path data, @TempDir Path manifests) throws Exception {
    try (var runtime = RunningRuntime.start(data, manifests, JSON_TOOL, Map.of())) {
      for (var path :
          List.of(
              "/refresh",
              "/stop",
              "/loggers/ROOT",
              "/caches",
              "/admin/tenants/acme/keys",
              "/admin/tenants/acme/credits?key=k&amount=1&currency=usd")) {
        for (var method : List.of("POST", "DELETE", "PUT")) {
          assertThat(send(runtime, method, path, "Bearer wrong"))
              .as("%s %s", method, path)
              .isBetween(400, 499);
        }
      }
    }
  }

  private static int delete(RunningRuntime runtime, String tenantId) throws Exception {
    var data = runtime.context.getBean(RuntimeSettings.class).data();
    return delete(
        runtime, tenantId, "Bearer " + Files.readString(AdminToken.file(Path.of(data))).strip());
  }

  private static int delete(RunningRuntime runtime, String tenantId, String authorization)
      throws Exception {
    return send(
        runtime, "DELETE", "/tollgate/tenants/" + tenantId + "?shard=default-0", authorization);
  }

  private static int send(RunningRuntime runtime, String method, String path, String authorization)
      throws Exception {
    var url = "http://localhost:" + runtime.managementPort + path;
    return runtime
        .client
        .send(
            HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", authorization)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString("{}"))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static long rows(RunningRuntime runtime) {
    var shard = runtime.context.getBean(Databases.class).shard("default-0");
    try (var connection = shard.getConnection();
        var query = connection.prepareStatement("SELECT COUNT(*) FROM usage_record");
        var rows = query.executeQuery()) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
