package dev.tollgate.sites.json;

import dev.tollgate.engine.json.JsonLimits;
import io.micronaut.context.annotation.ConfigurationInject;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * What the JSON tool accepts, under {@code tollgate.json}.
 *
 * @param maxSize bytes of a document to validate, format or minify; these are never held whole
 * @param maxDepth how many arrays and objects may be open at once
 * @param maxKeyBytes how many bytes of each name are kept for the pointer of an error
 * @param diffMaxSize bytes of a request to diff, which is held whole
 * @param diffMaxValues arrays, objects and scalars in a request to diff; together they take some
 *     200 bytes each while it runs
 * @param diffConcurrency how many diffs may be computed at once; others wait
 */
@ConfigurationProperties("tollgate.json")
record JsonToolLimits(
    long maxSize,
    int maxDepth,
    int maxKeyBytes,
    int diffMaxSize,
    int diffMaxValues,
    int diffConcurrency) {

  @ConfigurationInject
  JsonToolLimits(
      @Bindable(defaultValue = "1073741824") long maxSize,
      @Bindable(defaultValue = "512") int maxDepth,
      @Bindable(defaultValue = "256") int maxKeyBytes,
      @Bindable(defaultValue = "10485760") int diffMaxSize,
      @Bindable(defaultValue = "500000") int diffMaxValues,
      @Bindable(defaultValue = "2") int diffConcurrency) {
    this.maxSize = atLeastOne("max-size", maxSize);
    this.maxDepth = (int) atLeastOne("max-depth", maxDepth);
    this.maxKeyBytes = (int) atLeastOne("max-key-bytes", maxKeyBytes);
    this.diffMaxSize = (int) atLeastOne("diff-max-size", diffMaxSize);
    this.diffMaxValues = (int) atLeastOne("diff-max-values", diffMaxValues);
    this.diffConcurrency = (int) atLeastOne("diff-concurrency", diffConcurrency);
  }

  JsonLimits document() {
    return new JsonLimits(maxDepth, maxKeyBytes);
  }

  private static long atLeastOne(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "tollgate.json." + name + " must be at least 1, not " + value);
    }
    return value;
  }
}
