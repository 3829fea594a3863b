package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.app.wiring.OperatorPort;
import dev.tollgate.core.FreePort;
import dev.tollgate.core.access.PoolSecret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The port of the operator, as replicas in a cluster have it. */
@NullUnmarked
class OperatorPortTest {

  @TempDir static Path data;
  @TempDir static Path manifests;
  @TempDir static Path pool;
  @TempDir static Path others;

  private static int port;
  private static RunningRuntime runtime;

  @BeforeAll
  static void start() throws Exception {
    TestCertificates.ofPool(pool);
    TestCertificates.ofPool(others);
    port = FreePort.find();
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            "",
            Map.of("tollgate.operator.port", port, "tollgate.operator.directory", pool.toString()));
  }

  @AfterAll
  static void stop() {
    runtime.close();
  }

  @Test
  void theOperatorIsAnsweredThereAndNobodyElse() throws Exception {
    var request = "https://localhost:" + port + "/tollgate/programmed";
    try (var operator = TestCertificates.client(pool, "operator")) {
      assertThat(get(operator, request).body()).contains("Tenant/acme");
    }
    for (var stranger :
        List.of(
            TestCertificates.client(pool, ""),
            TestCertificates.client(pool, "replica"),
            TestCertificates.client(others, "operator"))) {
      try (stranger) {
        assertThatThrownBy(() -> get(stranger, request)).isInstanceOf(IOException.class);
      }
    }
    assertThatThrownBy(() -> get(runtime.client, "http://localhost:" + port + "/health"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void whatTheOperatorAsksIsAnsweredNowhereElse() throws Exception {
    var management = "http://localhost:" + runtime.managementPort;
    for (var path : List.of("programmed", "quotas", "billing", "experiments", "prompts")) {
      assertThat(get(runtime.client, management + "/tollgate/" + path).statusCode())
          .as(path)
          .isEqualTo(404);
      assertThat(runtime.get("acme", "/tollgate/" + path).statusCode()).as(path).isEqualTo(404);
    }
    assertThat(get(runtime.client, management + "/health").statusCode()).isEqualTo(200);
  }

  @Test
  void theTokenOfThePoolIsTheAdministratorsOnTheManagementPort() throws Exception {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://localhost:" + runtime.managementPort + "/admin/tenants"))
            .header("Authorization", "Bearer of-the-pool");
    assertThat(runtime.send(request).statusCode()).isEqualTo(200);
  }

  @Test
  void whatIsRenewedIsTakenUp(@TempDir Path next) throws Exception {
    TestCertificates.ofPool(next);
    var request = "https://localhost:" + port + "/tollgate/programmed";
    var files = List.of(PoolSecret.KEY, PoolSecret.CERTIFICATE, PoolSecret.AUTHORITIES);
    var before = pool.resolve("before");
    Files.createDirectory(before);
    for (var file : files) {
      Files.copy(pool.resolve(file), before.resolve(file));
      Files.copy(next.resolve(file), pool.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    var serving = runtime.context.getBean(OperatorPort.class);
    serving.read();
    try (var operator = TestCertificates.client(next, "operator")) {
      assertThat(get(operator, request).statusCode()).isEqualTo(200);
    }
    Files.writeString(pool.resolve(PoolSecret.CERTIFICATE), "half of a");
    serving.read();
    try (var operator = TestCertificates.client(next, "operator")) {
      assertThat(get(operator, request).statusCode()).as("what was good is used on").isEqualTo(200);
    }
    for (var file : files) {
      Files.copy(before.resolve(file), pool.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    serving.read();
  }

  private static HttpResponse<String> get(HttpClient client, String url) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
  }
}
