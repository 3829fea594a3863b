package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.route.ApiRoute;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a route's status says of pools that do not serve it. */
@NullUnmarked
class RouteParentsTest {

  private Replica replica;
  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    replica = new Replica(() -> 204);
    replica.serves(100);
    platform = new Platform(replica.port());
    replica.joins(platform, "default");
  }

  @AfterEach
  void stop() {
    platform.close();
    replica.close();
  }

  @Test
  void aRouteOnAListenerThatIsNotThereIsNotProgrammed() {
    platform.apply(POOLS + route("{name: default, sectionName: nowhere}"));
    await("it is told", () -> "NotResolved".equals(reason()));
    assertThat(platform.condition("ApiRoute", "weather", "ResolvedRefs").reason())
        .isEqualTo("ListenerNotFound");
  }

  @Test
  void aPoolThatIsNotThereDoesNotServeWhatTheOtherServes() {
    platform.apply(POOLS + route("{name: default}, {name: missing}"));
    await("one serves it", () -> "Programmed".equals(reason()));
    assertThat(platform.condition("ApiRoute", "weather", "Programmed").message())
        .contains("GatewayPool default serves")
        .doesNotContain("missing");
    var parents =
        platform.here().resources(ApiRoute.class).withName("weather").get().getStatus().parents();
    assertThat(parents)
        .extracting(p ->
            p.parentRef().name()
                + " "
                + p.conditions().stream()
                    .filter(c -> c.type().equals("Programmed"))
                    .findFirst()
                    .orElseThrow()
                    .status())
        .containsExactly("default True", "missing False");
  }

  private String reason() {
    return platform.condition("ApiRoute", "weather", "Programmed").reason();
  }

  private static String route(String parents) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ApiRoute
    metadata: {name: weather}
    spec:
      parentRefs: [%s]
      match: {path: /v1/weather}
      backends: [{name: a, url: "http://weather.example"}]
    """
        .formatted(parents);
  }
}
