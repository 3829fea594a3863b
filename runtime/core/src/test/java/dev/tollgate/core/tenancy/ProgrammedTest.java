package dev.tollgate.core.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.Manifests;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the operator is told to be served. */
class ProgrammedTest {

  @Test
  void aResourceIsToldWhenAllThatFollowTheChangesHaveTakenItOver() {
    var serving = new LiveServing((shared, tenants) -> new Placing.Result(Map.of(), Map.of()));
    List<Map<String, Long>> toldMeanwhile = new ArrayList<>();
    serving.onChange(_ -> toldMeanwhile.add(serving.programmed()));

    var read =
        ManifestReader.read(
            Map.of(
                "plan.yaml",
                """
                apiVersion: tollgate.dev/v1alpha1
                kind: Plan
                metadata: {name: basic}
                spec: {displayName: Basic}
                """));
    var plan = read.documents().getFirst().resource();
    plan.getMetadata().setGeneration(3L);
    var _ = serving.accept(Manifests.of(List.of(plan)));

    assertThat(toldMeanwhile).hasSize(2).allMatch(Map::isEmpty);
    assertThat(serving.programmed()).containsEntry("Plan/basic", 3L);
  }
}
