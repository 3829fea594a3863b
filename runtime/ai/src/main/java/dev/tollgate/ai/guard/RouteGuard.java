package dev.tollgate.ai.guard;

import com.google.re2j.Pattern;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.ModelRequest;
import dev.tollgate.ai.protocol.TextFilter;
import dev.tollgate.crd.view.GuardrailView;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The guardrails of one model route, ready for use. */
public final class RouteGuard {

  /** Work of which more than so many bytes are looked at is too long for an event loop. */
  private static final long AT_ONCE = 64 << 10;

  private final List<Pattern> deny;
  private final List<Pattern> allow;
  private final Masking masking;
  private final long mostOutput;
  private final boolean in;
  private final boolean out;
  private final Counter denied;
  private final Counter maskedIn;
  private final Counter maskedOut;

  /**
   * @param route whose name the counters have
   */
  public RouteGuard(String route, GuardrailView view, MeterRegistry registry) {
    deny = view.deny().stream().map(Pattern::compile).toList();
    allow = view.allow().stream().map(Pattern::compile).toList();
    masking = Masking.of(view.mask());
    mostOutput = view.maxOutputTokens();
    in = view.maskIn() && !view.mask().isEmpty();
    out = view.maskOut() && !view.mask().isEmpty();
    denied = counter(registry, route, "denied");
    maskedIn = counter(registry, route, "masked-request");
    maskedOut = counter(registry, route, "masked-response");
  }

  private static Counter counter(MeterRegistry registry, String route, String action) {
    return Counter.builder("tollgate.guardrail")
        .description("Calls to models that guardrails refused or masked")
        .tags("route", route, "action", action)
        .register(registry);
  }

  /** Whether nothing is done with requests. */
  public boolean passesRequests() {
    return deny.isEmpty() && allow.isEmpty() && !in && mostOutput == Long.MAX_VALUE;
  }

  /** Whether looking at the request takes so long that an event loop should not do it. */
  public boolean slow(ModelRequest request) {
    return (long) request.body().length * (deny.size() + allow.size() + (in ? 1 : 0)) > AT_ONCE;
  }

  /** Why the request is refused; null when it may pass. */
  public @Nullable Denial denial(ModelRequest request) {
    if (deny.isEmpty() && allow.isEmpty()) {
      return null;
    }
    var search = new Search();
    RequestTexts.read(request.dialect(), request.body(), text -> search.in(text.decoded()));
    var found = search.denial();
    if (found != null) {
      denied.increment();
    }
    return found;
  }

  /**
   * The request with its personal data masked and its answer bounded; the very same when nothing of
   * it is changed.
   *
   * @param most tokens of the answer that have been reserved for it; {@link Long#MAX_VALUE} when
   *     nothing depends on them
   * @throws BadModelRequest when the masks make it too long
   */
  public ModelRequest changed(ModelRequest request, long most) throws BadModelRequest {
    long bound = Math.min(most, mostOutput);
    var dialect = request.dialect();
    if (!in && !request.namesMost() && !dialect.ollama() && !dialect.embedding()) {
      return bound == Long.MAX_VALUE ? request : request.bounded(bound);
    }
    byte[] bounded = OutputBound.apply(dialect, request.body(), bound);
    boolean added = request.bounded() || (bounded != null && request.maxTokens() == null);
    byte[] body = bounded == null ? request.body() : bounded;
    byte[] masked = in ? RequestMask.mask(masking, dialect, body) : null;
    if (masked != null) {
      maskedIn.increment();
      return ModelRequest.readAgain(dialect, masked, added);
    }
    return bounded == null ? request : ModelRequest.readAgain(dialect, bounded, added);
  }

  /** What masks one answer to the request; null when answers are not masked. */
  public @Nullable TextFilter filter(ModelRequest request) {
    return out && !request.dialect().embedding()
        ? new MaskFilter(masking, maskedOut::increment)
        : null;
  }

  /** Whether the text of answers is masked. */
  public boolean masksAnswers() {
    return out;
  }

  /** Looks for every expression in one text after the other. */
  private final class Search {
    private int forbidden = -1;
    private boolean allowed = allow.isEmpty();

    boolean in(String text) {
      for (int i = 0; i < deny.size(); i++) {
        if (deny.get(i).matcher(text).find()) {
          forbidden = i;
          return false;
        }
      }
      for (int i = 0; i < allow.size() && !allowed; i++) {
        allowed = allow.get(i).matcher(text).find();
      }
      return !allowed || !deny.isEmpty();
    }

    @Nullable Denial denial() {
      if (forbidden >= 0) {
        var rule = "deny[" + forbidden + "]";
        return new Denial(
            rule,
            "The request has text that is refused here (rule "
                + rule
                + " of the model's guardrails).");
      }
      return allowed
          ? null
          : new Denial(
              "allow",
              "The request has none of the text that is required here (rule allow of the model's"
                  + " guardrails).");
    }
  }
}
