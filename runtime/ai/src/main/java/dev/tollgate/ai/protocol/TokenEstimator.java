package dev.tollgate.ai.protocol;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/**
 * Counts tokens of a text where a provider does not say them. Models have vocabularies of their
 * own, so the figure is an estimate, and the usage that comes of it is marked as one.
 */
public final class TokenEstimator {

  /** English and code have about 4 bytes a token in the usual vocabularies, Chinese about 3. */
  private static final int BYTES_PER_TOKEN = 4;

  private static final TokenEstimator BY_BYTES = new TokenEstimator(null);

  private final @Nullable Encoding encoding;

  private TokenEstimator(@Nullable Encoding encoding) {
    this.encoding = encoding;
  }

  /** Takes a token for every four bytes; needs no vocabulary. */
  public static TokenEstimator byBytes() {
    return BY_BYTES;
  }

  /**
   * Counts with OpenAI's {@code o200k_base} vocabulary. Reading it takes a good part of a second
   * and some ten megabytes: once, and not on an event loop.
   */
  public static TokenEstimator byVocabulary() {
    return new TokenEstimator(
        Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE));
  }

  /** Tokens of a text. */
  public long count(String text) {
    return encoding == null
        ? ofBytes(ByteBufUtil.utf8Bytes(text))
        : encoding.countTokensOrdinary(text);
  }

  /** Tokens of so many bytes of text, whatever the text is. */
  public static long ofBytes(long bytes) {
    return Math.ceilDiv(bytes, (long) BYTES_PER_TOKEN);
  }
}
