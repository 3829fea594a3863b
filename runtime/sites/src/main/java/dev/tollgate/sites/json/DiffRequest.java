package dev.tollgate.sites.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.engine.json.JsonScanner;
import dev.tollgate.engine.json.JsonTokens;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Semaphore;

/**
 * Answers a request to compare two documents, {@code {"left":…,"right":…}}, given whole. Bounded in
 * size, in values, and in how many are worked on at once.
 */
@Singleton
final class DiffRequest {
  private final JsonToolLimits limits;
  private final Semaphore turns;
  private final JsonMapper mapper;

  DiffRequest(JsonToolLimits limits) {
    this.limits = limits;
    this.turns = new Semaphore(limits.diffConcurrency(), true);
    var constraints =
        StreamReadConstraints.builder()
            .maxNestingDepth(limits.maxDepth() + 1)
            .maxStringLength(limits.diffMaxSize())
            .maxNameLength(limits.diffMaxSize())
            .build();
    var factory =
        JsonFactory.builder()
            .streamReadConstraints(constraints)
            .streamWriteConstraints(
                StreamWriteConstraints.builder().maxNestingDepth(limits.maxDepth() + 4).build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();
    this.mapper =
        JsonMapper.builder(factory)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();
  }

  /** A patch, written out, or what is wrong with the request. */
  sealed interface Answer {
    /**
     * The changes from left to right.
     *
     * @param json a JSON Patch (RFC 6902) in UTF-8
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on at once, never compared
    record Patch(byte[] json) implements Answer {}

    /** Why there is no patch. */
    record Refused(Problem problem) implements Answer {}
  }

  /** Compares the documents of a request. Waits for its turn when others are being compared. */
  Answer answer(byte[] request) throws InterruptedException {
    var values = new ValueCount();
    var scanner = new JsonScanner(limits.document(), values);
    scanner.feed(request, 0, request.length);
    scanner.finish();
    var error = scanner.error();
    if (error != null) {
      return new Answer.Refused(JsonProblems.invalidJson(error));
    }
    if (values.count > limits.diffMaxValues()) {
      return new Answer.Refused(
          JsonProblems.tooLarge(
              "The documents have %d values; at most %d can be compared."
                  .formatted(values.count, limits.diffMaxValues())));
    }
    turns.acquire();
    try {
      return compare(request);
    } finally {
      turns.release();
    }
  }

  private Answer compare(byte[] request) {
    try {
      JsonNode both = mapper.readTree(request);
      JsonNode left = both.get("left");
      JsonNode right = both.get("right");
      if (left == null || right == null || both.size() != 2) {
        return new Answer.Refused(
            JsonProblems.notToBeCompared(
                "Send an object with the two members 'left' and 'right', and no others."));
      }
      return new Answer.Patch(
          mapper.writeValueAsBytes(JsonDiff.patch(left, right, limits.diffMaxSize())));
    } catch (JsonProcessingException e) {
      return new Answer.Refused(JsonProblems.notToBeCompared(e.getOriginalMessage()));
    } catch (NumberFormatException | ArithmeticException e) {
      return new Answer.Refused(
          JsonProblems.notToBeCompared("A number has an exponent of more than nine digits."));
    } catch (IOException e) {
      throw new UncheckedIOException("bytes in memory could not be read", e);
    }
  }

  /** Counts values: one, and one more for each that a comma or an opening bracket announces. */
  private static final class ValueCount implements JsonTokens {
    private long count = 1;

    @Override
    public void structure(byte character) {
      if (character == ',' || character == '[' || character == '{') {
        count++;
      }
    }

    @Override
    public void text(byte[] bytes, int offset, int length) {}
  }
}
