package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.TextFilter;
import dev.tollgate.ai.protocol.TextFilter.Lane;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts a filter before a writer. What the filter holds back goes out before anything that comes
 * after it in the same choice. Probabilities are left out, because they spell the text.
 */
final class FilteredParts implements Parts {

  private final TextFilter filter;
  private final Parts next;
  private final Set<Lane> open = new LinkedHashSet<>();

  FilteredParts(TextFilter filter, Parts next) {
    this.filter = filter;
    this.next = next;
  }

  @Override
  public void text(int choice, JsonText text) {
    close(new Lane(choice, true));
    piece(new Lane(choice, false), text);
  }

  @Override
  public void thinking(int choice, JsonText text) {
    close(new Lane(choice, false));
    piece(new Lane(choice, true), text);
  }

  private void piece(Lane lane, JsonText text) {
    open.add(lane);
    write(lane, filter.next(lane, text.decoded()));
  }

  private void close(Lane lane) {
    if (open.remove(lane)) {
      write(lane, filter.rest(lane));
    }
  }

  private void write(Lane lane, String text) {
    if (text.isEmpty()) {
      return;
    }
    if (lane.reasoning()) {
      next.thinking(lane.choice(), JsonText.of(text));
    } else {
      next.text(lane.choice(), JsonText.of(text));
    }
  }

  private void closeChoice(int choice) {
    close(new Lane(choice, true));
    close(new Lane(choice, false));
  }

  @Override
  public void logprobs(int choice, byte[] json, int from, int to) {
    // they would show what the filter hides
  }

  @Override
  public void toolCall(int choice, int call, @Nullable String id, String name) {
    closeChoice(choice);
    next.toolCall(choice, call, id, name);
  }

  @Override
  public void toolArguments(int choice, int call, JsonText piece) {
    next.toolArguments(choice, call, piece);
  }

  @Override
  public void toolInput(int choice, int call, byte[] json, int from, int to) {
    next.toolInput(choice, call, json, from, to);
  }

  @Override
  public void finish(int choice, Finish reason, @Nullable String stopSequence) {
    closeChoice(choice);
    next.finish(choice, reason, stopSequence);
  }

  @Override
  public void usage(long input, long cachedInput, long output) {
    next.usage(input, cachedInput, output);
  }

  @Override
  public void error(UpstreamError error) {
    next.error(error);
  }

  @Override
  public void end() {
    for (Lane lane : Set.copyOf(open)) {
      close(lane);
    }
    next.end();
  }
}
