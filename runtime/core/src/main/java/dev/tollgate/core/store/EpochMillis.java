package dev.tollgate.core.store;

import io.micronaut.core.convert.ConversionContext;
import io.micronaut.data.model.runtime.convert.AttributeConverter;
import jakarta.inject.Singleton;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Times as columns keep them: milliseconds since the epoch. */
@Singleton
public final class EpochMillis implements AttributeConverter<Instant, Long> {

  @Override
  public @Nullable Long convertToPersistedValue(@Nullable Instant time, ConversionContext context) {
    return time == null ? null : time.toEpochMilli();
  }

  @Override
  public @Nullable Instant convertToEntityValue(@Nullable Long millis, ConversionContext context) {
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }
}
