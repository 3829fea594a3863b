package dev.tollgate.ai.protocol.answer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.ai.protocol.ArgumentsFilter;
import dev.tollgate.ai.protocol.TextFilter;
import dev.tollgate.ai.protocol.TextFilter.Kind;
import dev.tollgate.ai.protocol.TextFilter.Lane;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
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
  private final Map<Lane, ArgumentsFilter> calls = new LinkedHashMap<>(2);

  FilteredParts(TextFilter filter, Parts next) {
    this.filter = filter;
    this.next = next;
  }

  @Override
  public void text(int choice, JsonText text) {
    closeCalls(choice);
    close(Lane.of(choice, Kind.Reasoning));
    close(Lane.of(choice, Kind.Refusal));
    piece(Lane.of(choice, Kind.Answer), text);
  }

  @Override
  public void refusal(int choice, JsonText text) {
    closeCalls(choice);
    close(Lane.of(choice, Kind.Reasoning));
    close(Lane.of(choice, Kind.Answer));
    piece(Lane.of(choice, Kind.Refusal), text);
  }

  @Override
  public void thinking(int choice, JsonText text) {
    closeCalls(choice);
    close(Lane.of(choice, Kind.Answer));
    close(Lane.of(choice, Kind.Refusal));
    piece(Lane.of(choice, Kind.Reasoning), text);
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
    switch (lane.kind()) {
      case Answer -> next.text(lane.choice(), JsonText.of(text));
      case Refusal -> next.refusal(lane.choice(), JsonText.of(text));
      case Reasoning -> next.thinking(lane.choice(), JsonText.of(text));
      case Argument -> next.toolArguments(lane.choice(), lane.call(), JsonText.of(text));
    }
  }

  private void closeTexts(int choice) {
    close(Lane.of(choice, Kind.Reasoning));
    close(Lane.of(choice, Kind.Answer));
    close(Lane.of(choice, Kind.Refusal));
  }

  /** What is held back of arguments; a backend may yet go back to the call. */
  private void closeCalls(int choice) {
    calls.forEach((lane, arguments) -> {
      if (lane.choice() == choice) {
        write(lane, arguments.rest());
      }
    });
  }

  @Override
  public void logprobs(int choice, byte[] json, int from, int to) {
    // they would show what the filter hides
  }

  /** Other calls may go on beside it, so what is held back of their arguments stays. */
  @Override
  public void toolCall(int choice, int call, @Nullable String id, String name) {
    closeTexts(choice);
    next.toolCall(choice, call, id, name);
  }

  @Override
  public void functionCall(int choice, int call, String name) {
    closeTexts(choice);
    next.functionCall(choice, call, name);
  }

  @Override
  public void toolArguments(int choice, int call, JsonText piece) {
    var lane = new Lane(choice, Kind.Argument, call);
    var arguments = calls.computeIfAbsent(lane, l -> new ArgumentsFilter(filter, l));
    write(lane, arguments.next(piece.decoded()));
  }

  @Override
  public void toolInput(int choice, int call, byte[] json, int from, int to) {
    var given = new String(json, from, to - from, UTF_8);
    var lane = new Lane(choice, Kind.Argument, call);
    var input = ArgumentsFilter.whole(filter, lane, given).getBytes(UTF_8);
    next.toolInput(choice, call, input, 0, input.length);
  }

  @Override
  public void finish(int choice, Finish reason, @Nullable String stopSequence) {
    closeCalls(choice);
    closeTexts(choice);
    next.finish(choice, reason, stopSequence);
  }

  @Override
  public void usage(Tokens tokens) {
    next.usage(tokens);
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
    calls.forEach((lane, arguments) -> write(lane, arguments.rest()));
    next.end();
  }
}
