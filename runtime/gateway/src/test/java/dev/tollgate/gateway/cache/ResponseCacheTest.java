package dev.tollgate.gateway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.gateway.cache.ResponseCache.Found;
import dev.tollgate.gateway.cache.ResponseCache.Resource;
import java.time.InstantSource;
import java.util.HashMap;
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
      found +=
          cache.find("acme", resource(target), request, origin -> true) instanceof Found.Fresh
              ? 1
              : 0;
    }
    return found;
  }

  private void store(
      String target, ResponseCache.Headers request, List<Map.Entry<String, String>> headers) {
    var _ =
        cache.store(
            "acme",
            resource(target),
            "",
            request,
            200,
            headers,
            new byte[2],
            cache.asked(resource(target)),
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

  private static final Resource THING = resource("/thing");

  private StoredResponse answer(String control) {
    return answer(control, cache.asked(THING));
  }

  private StoredResponse answer(String control, ResponseCache.Asked asked) {
    return cache.store(
        "acme",
        THING,
        "",
        name -> List.of(),
        200,
        List.of(
            Map.entry("Cache-Control", control),
            Map.entry("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")),
        new byte[2],
        asked,
        0);
  }

  private Found find(String control) {
    return cache.find(
        "acme",
        THING,
        name -> name.equals("Cache-Control") ? List.of(control) : List.of(),
        origin -> true);
  }

  @Test
  void whatHasBecomePublicIsFoundByWhoHadItsOwn() {
    answer("max-age=0");
    assertThat(find("")).isInstanceOf(Found.Stale.class);
    answer("public, max-age=60");
    assertThat(find("")).isInstanceOf(Found.Fresh.class);
  }

  @Test
  void howStaleAnAnswerMayBeIsWhatTheClientSays() throws InterruptedException {
    answer("max-age=0");
    Thread.sleep(5);
    assertThat(find("max-stale=0")).isInstanceOf(Found.Stale.class);
    assertThat(find("max-stale=x")).isInstanceOf(Found.Stale.class);
    assertThat(find("max-stale=60")).isInstanceOf(Found.Fresh.class);
    assertThat(find("max-stale")).isInstanceOf(Found.Fresh.class);
  }

  @Test
  void anAnswerIsModifiedSinceDatesBeforeItsOwn() {
    var stored = answer("max-age=60");
    assertThat(stored.matches(null, "Sun, 06 Nov 1994 08:49:36 GMT")).isFalse();
    assertThat(stored.matches(null, "Sun, 06 Nov 1994 08:49:37 GMT")).isTrue();
    assertThat(stored.matches(null, "Mon, 07 Nov 1994 08:49:37 GMT")).isTrue();
    assertThat(stored.matches(null, "yesterday")).isFalse();
    assertThat(stored.matches(null, null)).isFalse();
  }

  @Test
  void whatDoesNotTellWhenItWasModifiedWasNotAfterItsDate() {
    store(
        "/thing",
        name -> List.of(),
        List.of(
            Map.entry("Cache-Control", "max-age=0"),
            Map.entry("Date", "Sun, 06 Nov 1994 08:49:37 GMT")));
    var stored = ((Found.Stale) find("")).response();
    assertThat(stored.matches(null, "Sun, 06 Nov 1994 08:49:37 GMT")).isTrue();
    assertThat(stored.matches(null, "Sun, 06 Nov 1994 08:49:36 GMT")).isFalse();
  }

  /** As of a backend behind a cache of its own, whose answers begin with an age. */
  @Test
  void whatIsStillGoodIsAsOldAsTheAnswerThatSaysSo() {
    var old =
        List.of(
            Map.entry("Cache-Control", "max-age=40"),
            Map.entry("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            Map.entry("Age", "50"));
    store("/thing", name -> List.of(), old);
    assertThat(find("")).isInstanceOf(Found.Stale.class);
    var stored = ((Found.Stale) find("")).response();
    var fresh = freshen(stored, Map.entry("ETag", "\"1\""));
    assertThat(fresh.header("Age")).isNull();
    assertThat(find("")).isInstanceOf(Found.Fresh.class);
  }

  /** Load balancers set cookies with every answer, also with one that says that nothing changed. */
  @Test
  void aCookieThatComesWithWhatIsStillGoodIsForItsCallerAlone() {
    var stored = answer("public, max-age=0");
    var own = freshen(stored, Map.entry("Set-Cookie", "session=1"));
    assertThat(own.header("Set-Cookie")).isEqualTo("session=1");
    assertThat(((Found.Stale) find("")).response()).isSameAs(stored);
    freshen(stored, Map.entry("Cache-Control", "private, max-age=60"));
    assertThat(((Found.Stale) find("")).response()).isSameAs(stored);
  }

  @SafeVarargs
  private StoredResponse freshen(StoredResponse stored, Map.Entry<String, String>... update) {
    return cache.freshen(
        "acme", THING, "", name -> List.of(), stored, List.of(update), cache.asked(THING), 0);
  }

  @Test
  void whatABackendAnsweredIsNotFoundWhereItIsNoMore() {
    answer("max-age=60");
    assertThat(find("")).isInstanceOf(Found.Fresh.class);
    assertThat(cache.find("acme", THING, name -> List.of(), origin -> false))
        .isInstanceOf(Found.Nothing.class);
  }

  /** A GET may overtake a change, and be answered with what was before it. */
  @Test
  void whatWasAskedForBeforeAChangeIsNotKeptAfterIt() {
    answer("max-age=60");
    var before = cache.asked(THING);
    cache.invalidate("acme", THING);
    answer("max-age=60", before);
    assertThat(find("")).isInstanceOf(Found.Nothing.class);
    answer("public, max-age=60", before);
    assertThat(find("")).isInstanceOf(Found.Nothing.class);
    answer("max-age=60");
    assertThat(find("")).isInstanceOf(Found.Fresh.class);
  }

  @Test
  void aHeadTellsThatTheContentIsAnother() {
    var stored = answer("max-age=60");
    var modified = "Sun, 06 Nov 1994 08:49:37 GMT";
    ResponseCache.Headers same =
        name -> name.equals("Last-Modified") ? List.of(modified) : List.of();
    assertThat(stored.differs(same)).isFalse();
    assertThat(stored.differs(name -> List.of())).isFalse();
    assertThat(stored.differs(name -> List.of("Mon, 07 Nov 1994 08:49:37 GMT"))).isTrue();
  }

  @Test
  void aHeadAgreesThatNamesTheSameValidatorsAndNoOther() {
    var stored = answer("max-age=60");
    var modified = Map.of("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
    assertThat(stored.agrees(headers(modified))).isTrue();
    assertThat(stored.agrees(headers(Map.of()))).as("it names none").isFalse();
    var tagged = new HashMap<>(modified);
    tagged.put("ETag", "\"1\"");
    assertThat(stored.agrees(headers(tagged))).isFalse();
    var longer = new HashMap<>(modified);
    longer.put("Content-Length", "3");
    assertThat(stored.agrees(headers(longer))).isFalse();
    assertThat(stored.differs(headers(longer))).isTrue();
  }

  private static ResponseCache.Headers headers(Map<String, String> values) {
    return name -> values.containsKey(name) ? List.of(values.get(name)) : List.of();
  }
}
