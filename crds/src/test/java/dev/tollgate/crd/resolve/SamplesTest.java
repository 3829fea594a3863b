package dev.tollgate.crd.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.tenant.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every folder of samples is without errors and findings. */
class SamplesTest {
  static List<Path> folders() throws IOException {
    try (Stream<Path> list = Files.list(Path.of("../samples"))) {
      return list.filter(Files::isDirectory).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void sampleResolvesWithoutFindings(Path folder) throws IOException {
    ManifestReader.Read read = ManifestReader.readDirectory(folder);
    assertThat(read.errors()).isEmpty();
    Shared shared = Resolver.shared(read.manifests());
    assertThat(shared.findings()).isEmpty();
    for (Tenant tenant : read.manifests().tenants().values()) {
      assertThat(Resolver.tenant(shared, tenant, Places.of(shared, tenant)).findings()).isEmpty();
    }
  }
}
