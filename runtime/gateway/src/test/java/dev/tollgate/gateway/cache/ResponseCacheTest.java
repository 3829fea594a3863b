package dev.tollgate.gateway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.gateway.cache.ResponseCache.Found;
import dev.tollgate.gateway.cache.ResponseCache.Resource;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class ResponseCacheTest {

  private static final int BYTES = 1 << 20;
  private static final int ENTRIES = 2000;

  private final ResponseCache cache = new ResponseCache(BYTES, 1 << 16, InstantSource.system());

  private static Resource resource(String target) {
    return new Resource("api", "", target);
  }

  private int kept(List<String> targets, ResponseCache.Headers request) {
    var found = 0;
    for (var target : targets) {
      found += cache.find("acme", resource(target), request) instanceof Found.Fresh ? 1 : 0;
    }
    return found;
  }

  private void store(
      String target, ResponseCache.Headers request, List<Map.Entry<String, String>> headers) {
    var _ =
        cache.store(
            "acme",
            resource(target),
            request,
            200,
            headers,
            new byte[2],
            System.currentTimeMillis(),
            60_000);
  }

  private static List<String> targets(int length) {
    return IntStream.range(0, ENTRIES).mapToObj(i -> "/thing?" + "x".repeat(length) + i).toList();
  }

  @Test
  void longTargetsTakeTheirPartOfTheBytes() {
    var targets = targets(3900);
    targets.forEach(target -> store(target, name -> List.of(), List.of()));
    assertThat(kept(targets, name -> List.of())).isBetween(50, BYTES / 7800);
  }

  @Test
  void headersAndVaryValuesTakeTheirPartOfTheBytes() {
    var targets = targets(1);
    ResponseCache.Headers request = name -> List.of("v".repeat(2000));
    ResponseCache.Headers reads =
        name -> name.equals("accept-language") ? request.all(name) : List.of();
    targets.forEach(target ->
        store(
            target,
            reads,
            List.of(Map.entry("Vary", "Accept-Language"), Map.entry("X-Long", "h".repeat(2000)))));
    assertThat(kept(targets, reads)).isBetween(50, BYTES / 8000);
  }

  @Test
  void evenTheSmallestAnswerTakesSomeHundredBytes() {
    var targets = targets(1);
    targets.forEach(target -> store(target, name -> List.of(), List.of()));
    assertThat(kept(targets, name -> List.of())).isBetween(500, BYTES / 512);
  }
}
