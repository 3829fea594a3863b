package dev.tollgate.engine.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class JsonChunkingPropertyTest {

  @Property(tries = 300)
  void anyChunkingFindsTheSameErrorAtTheSamePlace(
      @ForAll("damaged") byte[] document, @ForAll @IntRange(min = 1, max = 20) int chunk) {
    assertThat(Scan.errorOf(document, chunk, JsonLimits.DEFAULT))
        .isEqualTo(Scan.errorOf(document, Integer.MAX_VALUE, JsonLimits.DEFAULT));
  }

  @Property(tries = 300)
  void anyChunkingWritesTheSame(
      @ForAll("documents") String document, @ForAll @IntRange(min = 1, max = 20) int chunk) {
    assertThat(Scan.format(document, 3, chunk))
        .isEqualTo(Scan.format(document, 3, Integer.MAX_VALUE));
  }

  @Property(tries = 300)
  void minifyingWhatWasFormattedIsMinifying(
      @ForAll("documents") String document, @ForAll @IntRange(min = 1, max = 16) int indent) {
    String minified = Scan.format(document, 0, 100);

    assertThat(Scan.format(Scan.format(document, indent, 7), 0, 11)).isEqualTo(minified);
    assertThat(Scan.format(minified, 0, 13)).isEqualTo(minified);
  }

  @Property(tries = 300)
  void formattingIsDoneAfterOneTime(@ForAll("documents") String document) {
    String formatted = Scan.format(document, 2, 100);

    assertThat(Scan.format(formatted, 2, 9)).isEqualTo(formatted);
  }

  /** Valid documents with one byte replaced by another, or cut off there. */
  @Provide
  Arbitrary<byte[]> damaged() {
    return documents()
        .flatMap(document -> {
          byte[] bytes = document.getBytes(UTF_8);
          return Arbitraries.integers()
              .between(0, bytes.length - 1)
              .flatMap(at ->
                  Arbitraries.bytes()
                      .map(b -> {
                        if (b == 0) {
                          return Arrays.copyOf(bytes, at);
                        }
                        byte[] damaged = bytes.clone();
                        damaged[at] = b;
                        return damaged;
                      }));
        });
  }

  @Provide
  Arbitrary<String> documents() {
    return Arbitraries.lazyOf(
        () -> spaced(Arbitraries.of("null", "true", "false")),
        () -> spaced(numbers()),
        () -> spaced(strings()),
        () ->
            spaced(
                documents()
                    .list()
                    .ofMaxSize(4)
                    .map(e -> e.stream().collect(Collectors.joining(",", "[", "]")))),
        () ->
            spaced(
                Combinators.combine(spaced(strings()), documents())
                    .as((name, value) -> name + ":" + value)
                    .list()
                    .ofMaxSize(4)
                    .map(m -> m.stream().collect(Collectors.joining(",", "{", "}")))));
  }

  private static Arbitrary<String> numbers() {
    return Arbitraries.oneOf(
        Arbitraries.longs().map(String::valueOf),
        Arbitraries.bigDecimals().map(String::valueOf),
        Arbitraries.of("-0", "0.0", "1E+30", "1e-7", "-0.10e01"));
  }

  private static Arbitrary<String> strings() {
    return Arbitraries.of(
            "a", "é", "€", "😀", " ", "/", "~", "\\\"", "\\\\", "\\n", "\\u00e9", "\\ud83d\\ude00")
        .list()
        .ofMaxSize(6)
        .map(parts -> '"' + String.join("", parts) + '"');
  }

  private static Arbitrary<String> spaced(Arbitrary<String> token) {
    Arbitrary<String> space = Arbitraries.of("", "", " ", "\n", "\r\n", "\r", "\t  ");
    return Combinators.combine(space, token, space).as((a, t, b) -> a + t + b);
  }
}
