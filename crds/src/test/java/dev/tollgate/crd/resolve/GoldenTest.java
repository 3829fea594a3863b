package dev.tollgate.crd.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.ManifestWriter;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.view.TenantView;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A folder a case: what goes in, and what comes out. Names begin with good- or bad-. */
class GoldenTest {
  static final Path CASES = Path.of("src/test/resources/golden");
  private static final ObjectMapper JSON = mapper();

  static List<Path> cases() throws IOException {
    try (Stream<Path> list = Files.list(CASES)) {
      return list.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void inputResolvesToWhatIsWrittenDown(Path folder) throws IOException {
    Map<String, Object> result = resolve(Files.readString(folder.resolve("in.yaml")));
    String actual = Serialization.asYaml(JSON.convertValue(result, Object.class));
    Path out = folder.resolve("out.yaml");
    if (Boolean.getBoolean("regenerate")) {
      Files.writeString(out, actual);
    }
    boolean clean =
        Objects.equals(result.get("errors"), List.of())
            && Objects.equals(result.get("findings"), List.of());
    assertThat(clean)
        .as(actual)
        .isEqualTo(String.valueOf(folder.getFileName()).startsWith("good-"));
    assertThat(out).hasContent(actual);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsWrittenIsReadAgain(Path folder) throws IOException {
    Manifests before = read(Files.readString(folder.resolve("in.yaml"))).manifests();
    String written = ManifestWriter.write(before.all().toList());
    ManifestReader.Read again = read(written);
    assertThat(again.errors()).isEmpty();
    assertThat(ManifestWriter.write(again.manifests().all().toList()).lines())
        .containsExactlyInAnyOrderElementsOf(written.lines().toList());
  }

  private static ManifestReader.Read read(String yaml) {
    return ManifestReader.read(Map.of("in.yaml", yaml));
  }

  @Test
  void thereAreManyCasesAndNoLeftovers() throws IOException {
    List<Path> all = cases();
    assertThat(all).hasSizeGreaterThanOrEqualTo(40);
    long bad = all.stream().filter(p -> p.getFileName().toString().startsWith("bad-")).count();
    assertThat(bad).isGreaterThanOrEqualTo(all.size() / 2);
    for (Path folder : all) {
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files.map(f -> f.getFileName().toString()))
            .as(folder.toString())
            .contains("in.yaml", "out.yaml")
            .isSubsetOf("in.yaml", "out.yaml", "api.txt");
      }
    }
  }

  private static Map<String, Object> resolve(String yaml) {
    ManifestReader.Read read = read(yaml);
    Shared shared = Resolver.shared(read.manifests());
    List<Finding> findings = new ArrayList<>(shared.findings());
    Map<String, TenantView> tenants = new TreeMap<>();
    for (Tenant tenant : new TreeMap<>(read.manifests().tenants()).values()) {
      TenantResult result = Resolver.tenant(shared, tenant, Places.of(shared, tenant));
      findings.addAll(result.findings());
      if (result.view() != null) {
        tenants.put(tenant.getMetadata().getName(), result.view());
      }
    }
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("errors", read.errors());
    out.put("findings", findings);
    out.put("secrets", read.secrets().keySet());
    out.put("plans", new TreeMap<>(shared.plans()));
    out.put("routes", shared.routes());
    out.put("gatewayPools", new TreeMap<>(shared.gatewayPools()));
    out.put("shardPools", new TreeMap<>(shared.shardPools()));
    out.put("tenants", tenants);
    // most cases have none of these
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("modelRoutes", shared.modelRoutes());
    more.put("prompts", new TreeMap<>(shared.prompts()));
    more.put("experiments", new TreeMap<>(shared.experiments()));
    more.values().removeIf(v -> v.equals(List.of()) || v.equals(Map.of()));
    out.putAll(more);
    if (shared.billing() != null) {
      out.put("billing", shared.billing());
    }
    return out;
  }

  @SuppressWarnings("unchecked")
  private static ObjectMapper mapper() {
    SimpleModule module = new SimpleModule();
    module.addSerializer(Duration.class, ToStringSerializer.instance);
    module.addSerializer(ZoneId.class, ToStringSerializer.instance);
    module.addSerializer(Instant.class, ToStringSerializer.instance);
    module.addSerializer(Pattern.class, ToStringSerializer.instance);
    module.addSerializer(URI.class, ToStringSerializer.instance);
    module.addSerializer(
        (Class<Set<?>>) (Class<?>) Set.class,
        new JsonSerializer<Set<?>>() {
          @Override
          public void serialize(Set<?> set, JsonGenerator to, SerializerProvider with)
              throws IOException {
            to.writeStartArray();
            for (String text : set.stream().map(String::valueOf).sorted().toList()) {
              to.writeString(text);
            }
            to.writeEndArray();
          }
        });
    return new ObjectMapper()
        .registerModule(module)
        .configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);
  }
}
