package dev.tollgate.ai.protocol;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import io.netty.buffer.ByteBufUtil;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Counts tokens of a text where a provider does not say them. Models have vocabularies of their
 * own, so the figure is an estimate, and the usage that comes of it is marked as one. Any thread;
 * never blocks.
 */
public final class TokenEstimator {

  /** English and code have about 4 bytes a token in the usual vocabularies, Chinese about 3. */
  private static final int BYTES_PER_TOKEN = 4;

  /** Enough to know how many bytes of a text a token has. */
  public static final int COUNTED = 16 << 10;

  private static final TokenEstimator BY_BYTES = new TokenEstimator(false);

  private static final TokenEstimator BY_VOCABULARY = new TokenEstimator(true);

  private final boolean wants;
  private final AtomicReference<@Nullable CompletableFuture<Encoding>> encoding =
      new AtomicReference<>();

  private TokenEstimator(boolean wants) {
    this.wants = wants;
  }

  /** Takes a token for every four bytes; needs no vocabulary. */
  public static TokenEstimator byBytes() {
    return BY_BYTES;
  }

  /**
   * Counts with OpenAI's {@code o200k_base} vocabulary, which takes a quarter of a second to read
   * and 30 MB of heap to keep. So it is read when a text is first counted, by a thread of its own,
   * and until it is there four bytes are a token.
   */
  public static TokenEstimator byVocabulary() {
    return BY_VOCABULARY;
  }

  /** Tokens of a text. */
  public long count(String text) {
    var vocabulary = wants ? vocabulary() : null;
    return vocabulary != null && vocabulary.isDone() && !vocabulary.isCompletedExceptionally()
        ? vocabulary.join().countTokensOrdinary(text)
        : ofBytes(ByteBufUtil.utf8Bytes(text));
  }

  /**
   * Tokens of a text, by its beginning where it is a long one: the rest is taken to be like it.
   *
   * @param text at least its first 16 KiB, and not empty
   * @param bytes of the whole
   */
  public long count(String text, long bytes) {
    var beginning = text.length() > COUNTED ? text.substring(0, COUNTED) : text;
    return Math.ceilDiv(count(beginning) * bytes, ByteBufUtil.utf8Bytes(beginning));
  }

  /** Done when the vocabulary is there, which it is told to be; at once where none is needed. */
  public CompletableFuture<Void> ready() {
    return wants ? vocabulary().thenAccept(there -> {}) : CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Encoding> vocabulary() {
    var known = encoding.get();
    if (known != null) {
      return known;
    }
    var asked = new CompletableFuture<Encoding>();
    var other = encoding.compareAndExchange(null, asked);
    if (other != null) {
      return other;
    }
    Thread.ofPlatform()
        .daemon()
        .name("token-vocabulary")
        .start(() -> asked.completeAsync(TokenEstimator::read, Runnable::run));
    return asked;
  }

  private static Encoding read() {
    return Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
  }

  /** Tokens of so many bytes of text, whatever the text is. */
  public static long ofBytes(long bytes) {
    return Math.ceilDiv(bytes, (long) BYTES_PER_TOKEN);
  }
}
