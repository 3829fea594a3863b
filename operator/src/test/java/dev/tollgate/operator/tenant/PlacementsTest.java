package dev.tollgate.operator.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class PlacementsTest {

  @Test
  void tenantsThatComeTogetherAreSpread() throws Exception {
    var shards = List.of("data-0", "data-1", "data-2", "data-3");
    try (var threads = Executors.newFixedThreadPool(shards.size())) {
      for (int round = 0; round < 500; round++) {
        var placements = new Placements();
        placements.from(Stream::empty);
        var together = new CyclicBarrier(shards.size());
        var chosen =
            threads.invokeAll(
                IntStream.range(0, shards.size())
                    .mapToObj(i ->
                        (java.util.concurrent.Callable<String>)
                            () -> {
                              together.await();
                              return placements.choose("tenant-" + i, shards);
                            })
                    .toList());
        for (var each : chosen) {
          each.get();
        }
        assertThat(chosen.stream().map(f -> f.resultNow())).doesNotHaveDuplicates();
      }
    }
  }
}
