package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.TokenEstimate;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.Usage;
import dev.tollgate.ai.protocol.json.JsonText;
import io.netty.buffer.ByteBufUtil;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Counts what an answer says while it passes, and hands it on to a writer where there is one.
 * Tokens that the provider does not say are estimated by the bytes.
 */
public final class Tally implements Parts {

  private final @Nullable Parts next;
  private final long inputEstimate;
  private long contentBytes;
  private boolean content;
  private Tokens tokens = Tokens.UNSAID;
  private int usageEvents;
  private final BitSet finished = new BitSet(1);
  private int choices;
  private boolean ended;
  private @Nullable UpstreamError error;

  private Tally(@Nullable Parts next, long inputEstimate) {
    this.next = next;
    this.inputEstimate = inputEstimate;
  }

  /** Only counts: the answer passes as it is. */
  public static Tally alone() {
    return new Tally(null, 0);
  }

  /**
   * Tells something else everything, and at the end the tokens that were estimated here when the
   * provider has told none.
   *
   * @param inputEstimate tokens of the prompt as they were estimated before the call
   */
  public static Tally before(Parts next, long inputEstimate) {
    return new Tally(next, inputEstimate);
  }

  /** Whether anything of the answer itself has come: text, reasoning or a call of a tool. */
  public boolean content() {
    return content;
  }

  /** Bytes of text, reasoning and arguments so far, with their escapes. */
  public long contentBytes() {
    return contentBytes;
  }

  /** How often the provider has told the usage. */
  public int usageEvents() {
    return usageEvents;
  }

  /** Whether every choice that has begun is complete, and at least one. */
  public boolean finished() {
    return !finished.isEmpty() && finished.cardinality() >= choices;
  }

  /** Whether the backend has said everything. */
  public boolean ended() {
    return ended;
  }

  /** What the backend said has failed. */
  public @Nullable UpstreamError error() {
    return error;
  }

  /**
   * The tokens so far: the provider's figures once the answer is finished, else estimated.
   *
   * @param inputEstimate tokens of the prompt as they were estimated before the call
   */
  public Usage usage(long inputEstimate) {
    // the output that a provider tells before the end is what it was then
    boolean outputKnown = tokens.outputSaid() && (finished() || ended);
    boolean inputKnown = tokens.inputSaid();
    long in = inputKnown ? tokens.input() : inputEstimate;
    long out =
        outputKnown
            ? tokens.output()
            : Math.max(tokens.output(), TokenEstimate.ofBytes(contentBytes));
    return new Tokens(
            in, tokens.cachedInput(), tokens.cacheWrite(), tokens.cacheWriteHour(), out, -1)
        .usage(!(inputKnown && outputKnown));
  }

  @Override
  public void text(int choice, JsonText text) {
    choices = Math.max(choices, choice + 1);
    count(text.to() - text.from());
    if (next != null) {
      next.text(choice, text);
    }
  }

  @Override
  public void refusal(int choice, JsonText text) {
    choices = Math.max(choices, choice + 1);
    count(text.to() - text.from());
    if (next != null) {
      next.refusal(choice, text);
    }
  }

  @Override
  public void thinking(int choice, JsonText text) {
    count(text.to() - text.from());
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
    count(ByteBufUtil.utf8Bytes(name));
    if (next != null) {
      next.toolCall(choice, call, id, name);
    }
  }

  @Override
  public void toolArguments(int choice, int call, JsonText piece) {
    count(piece.to() - piece.from());
    if (next != null) {
      next.toolArguments(choice, call, piece);
    }
  }

  @Override
  public void toolInput(int choice, int call, byte[] json, int from, int to) {
    count(to - from);
    if (next != null) {
      next.toolInput(choice, call, json, from, to);
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
    tokens = tokens.then(told);
    if (next != null) {
      next.usage(tokens);
    }
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
      if (!(tokens.inputSaid() && tokens.outputSaid())) {
        next.usage(Tokens.of(usage(inputEstimate)));
      }
      next.end();
    }
  }

  private void count(int bytes) {
    content = true;
    contentBytes += bytes;
  }
}
