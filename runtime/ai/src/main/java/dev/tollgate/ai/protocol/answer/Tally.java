package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.TokenEstimator;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.Usage;
import dev.tollgate.ai.protocol.json.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts what an answer says while it passes, and hands it on to a writer where there is one. It
 * keeps the beginning of the text, so that its tokens can be counted when the provider does not say
 * them.
 */
public final class Tally implements Parts {

  private final @Nullable Exchange exchange;
  private final @Nullable Parts next;
  private byte[] kept = {};
  private int keptLength;
  private long contentBytes;
  private long pieces;
  private Tokens tokens = Tokens.UNSAID;
  private int usageEvents;
  private int usageMembers;
  private int usageFrom;
  private int usageTo;
  private final BitSet finished = new BitSet(1);
  private int choices;
  private boolean ended;
  private @Nullable UpstreamError error;

  private Tally(@Nullable Exchange exchange, @Nullable Parts next) {
    this.exchange = exchange;
    this.next = next;
  }

  /** Only counts: the answer passes as it is. */
  public static Tally alone() {
    return new Tally(null, null);
  }

  /**
   * Tells something else everything, and at the end the tokens that were counted here when the
   * provider has told none.
   */
  public static Tally before(Parts next, Exchange exchange) {
    return new Tally(exchange, next);
  }

  /** Whether anything of the answer itself has come: text, reasoning, a call of a tool or other. */
  public boolean content() {
    return pieces > 0;
  }

  /** Bytes of text, reasoning and arguments so far, with their escapes. */
  public long contentBytes() {
    return contentBytes;
  }

  /** Pieces in which they came; most servers send one a token. */
  public long pieces() {
    return pieces;
  }

  /** How many events have had a member for the usage that only those get who ask for it. */
  public int usageMembers() {
    return usageMembers;
  }

  /** Where the last of them begins in the array of its event. */
  public int usageFrom() {
    return usageFrom;
  }

  /** Where it ends. */
  public int usageTo() {
    return usageTo;
  }

  /** Whether every choice that has begun is complete, and at least one. */
  public boolean finished() {
    return !finished.isEmpty() && finished.cardinality() >= choices;
  }

  /** Whether the backend has said everything. */
  public boolean ended() {
    return ended;
  }

  /** Whether anything has come that an answer has, be it that it says nothing. */
  public boolean said() {
    return content() || !finished.isEmpty() || ended || usageEvents > 0;
  }

  /** What the backend said has failed. */
  public @Nullable UpstreamError error() {
    return error;
  }

  /**
   * The tokens so far: the provider's figures once the answer is finished, else counted.
   *
   * @param estimator counts what the provider has not said
   * @param prompt tokens of the prompt; asked only when the provider has not said them
   */
  public Usage usage(TokenEstimator estimator, LongSupplier prompt) {
    // the output that a provider tells before the end is what it was then, and nothing that is
    // read or said takes no tokens
    boolean outputTold = tokens.output() > 0 || (tokens.outputSaid() && contentBytes == 0);
    boolean outputKnown = outputTold && (finished() || ended);
    boolean inputKnown = tokens.input() > 0;
    long in = inputKnown ? tokens.input() : prompt.getAsLong();
    long out =
        outputKnown ? tokens.output() : Math.max(tokens.output(), estimatedOutput(estimator));
    return new Tokens(
            in, tokens.cachedInput(), tokens.cacheWrite(), tokens.cacheWriteHour(), out, -1)
        .usage(!(inputKnown && outputKnown));
  }

  private long estimatedOutput(TokenEstimator estimator) {
    if (keptLength == 0) {
      return 0;
    }
    var beginning = new String(kept, 0, keptLength, StandardCharsets.UTF_8);
    return estimator.count(beginning, contentBytes);
  }

  @Override
  public void text(int choice, JsonText text) {
    count(choice, text.array(), text.from(), text.to());
    if (next != null) {
      next.text(choice, text);
    }
  }

  @Override
  public void refusal(int choice, JsonText text) {
    count(choice, text.array(), text.from(), text.to());
    if (next != null) {
      next.refusal(choice, text);
    }
  }

  @Override
  public void thinking(int choice, JsonText text) {
    count(choice, text.array(), text.from(), text.to());
    if (next != null) {
      next.thinking(choice, text);
    }
  }

  @Override
  public void logprobs(int choice, byte[] json, int from, int to) {
    if (next != null) {
      next.logprobs(choice, json, from, to);
    }
  }

  @Override
  public void toolCall(int choice, int call, @Nullable String id, String name) {
    countName(choice, name);
    if (next != null) {
      next.toolCall(choice, call, id, name);
    }
  }

  @Override
  public void functionCall(int choice, int call, String name) {
    countName(choice, name);
    if (next != null) {
      next.functionCall(choice, call, name);
    }
  }

  @Override
  public void toolArguments(int choice, int call, JsonText piece) {
    count(choice, piece.array(), piece.from(), piece.to());
    if (next != null) {
      next.toolArguments(choice, call, piece);
    }
  }

  @Override
  public void toolInput(int choice, int call, byte[] json, int from, int to) {
    count(choice, json, from, to);
    if (next != null) {
      next.toolInput(choice, call, json, from, to);
    }
  }

  /** Only where the answer passes as it is does a client see it. */
  @Override
  public void other(int choice) {
    if (next == null) {
      piece(choice);
    }
  }

  @Override
  public void finish(int choice, Finish reason, @Nullable String stopSequence) {
    finished.set(choice);
    if (next != null) {
      next.finish(choice, reason, stopSequence);
    }
  }

  @Override
  public void usage(Tokens told) {
    usageEvents++;
    if (told.input() <= 0 && told.output() <= 0) {
      return; // no call takes no tokens: a server that does not count says so
    }
    tokens = tokens.then(told);
    if (next != null) {
      next.usage(tokens);
    }
  }

  @Override
  public void usageMember(int from, int to) {
    usageMembers++;
    usageFrom = from;
    usageTo = to;
  }

  @Override
  public void error(UpstreamError failure) {
    error = failure;
  }

  @Override
  public void end() {
    if (ended) {
      return;
    }
    ended = true;
    if (next != null) {
      if (exchange != null) {
        Usage usage = usage(TokenEstimator.byVocabulary(), exchange.countedInput());
        if (usage.estimated()) {
          next.usage(Tokens.of(usage));
        }
      }
      next.end();
    }
  }

  private void piece(int choice) {
    choices = Math.max(choices, choice + 1);
    pieces++;
  }

  private void countName(int choice, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    count(choice, bytes, 0, bytes.length);
  }

  private void count(int choice, byte[] bytes, int from, int to) {
    int length = to - from;
    piece(choice);
    contentBytes += length;
    int room = Math.min(length, TokenEstimator.COUNTED - keptLength);
    if (room <= 0) {
      return;
    }
    if (keptLength + room > kept.length) {
      kept =
          Arrays.copyOf(
              kept, Math.min(TokenEstimator.COUNTED, Math.max(256, 2 * (keptLength + room))));
    }
    System.arraycopy(bytes, from, kept, keptLength, room);
    keptLength += room;
  }
}
