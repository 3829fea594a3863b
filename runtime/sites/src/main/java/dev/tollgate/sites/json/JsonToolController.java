package dev.tollgate.sites.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.engine.json.JsonError;
import dev.tollgate.engine.json.JsonFormatter;
import dev.tollgate.engine.json.JsonScanner;
import dev.tollgate.engine.json.JsonSink;
import dev.tollgate.engine.json.JsonTokens;
import dev.tollgate.sites.json.JsonHistory.Kind;
import dev.tollgate.sites.json.JsonHistory.Operation;
import dev.tollgate.sites.json.JsonHistory.Outcome;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JSON tool over HTTP. Documents are taken as the raw body whatever the content type says,
 * since {@code curl --data-binary} says something else; their text is UTF-8.
 */
@Controller("/v1/tools/json")
@Consumes(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class JsonToolController {
  /** The widest indent that can be asked for, in spaces. */
  static final int MAX_INDENT = 8;

  private static final String JSON_PATCH = "application/json-patch+json";
  private static final Logger LOG = LoggerFactory.getLogger(JsonToolController.class);

  private final JsonToolLimits limits;
  private final DiffRequest diff;
  private final JsonHistory history;
  private final OperationLog operations;

  JsonToolController(
      JsonToolLimits limits, DiffRequest diff, JsonHistory history, OperationLog operations) {
    this.limits = limits;
    this.diff = diff;
    this.history = history;
    this.operations = operations;
  }

  /** Whether a document is valid and, if not, where it is wrong. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Validation(boolean valid, @Nullable Place error) {}

  /** The members of a {@link JsonError}. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Place(long line, long column, long offset, String pointer, String message) {
    static Place of(JsonError error) {
      return new Place(
          error.line(), error.column(), error.offset(), error.pointer(), error.message());
    }
  }

  /** The last operations of a tenant, newest first. */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record History(List<Entry> operations) {}

  /**
   * One of them.
   *
   * @param size bytes of the document that were read
   * @param when RFC 3339, UTC
   */
  record Entry(String kind, long size, String when, String outcome) {
    static Entry of(Operation operation) {
      return new Entry(
          named(operation.kind()),
          operation.size(),
          operation.at().toString(),
          named(operation.outcome()));
    }

    private static String named(Enum<?> constant) {
      return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Post("/validate")
  HttpResponse<?> validate(HttpRequest<?> request) throws IOException {
    var caller = Caller.of(request);
    if (caller.isEmpty()) {
      return JsonProblems.response(JsonProblems.unauthenticated());
    }
    if (announces(request, limits.maxSize())) {
      return tooLarge(caller.get(), Kind.VALIDATE, 0, limits.maxSize());
    }
    var scanner = new JsonScanner(limits.document(), JsonTokens.NONE);
    try (var document = body(request, caller.get(), limits.maxSize())) {
      try {
        var chunk = new byte[8192];
        int count;
        do {
          count = document.read(chunk, 0, chunk.length);
        } while (count >= 0 && scanner.feed(chunk, 0, count));
        scanner.finish();
      } catch (MeasuredBody.TooLargeException e) {
        return tooLarge(caller.get(), Kind.VALIDATE, document.size(), limits.maxSize());
      } catch (IOException e) {
        operations.add(caller.get(), Kind.VALIDATE, document.size(), Outcome.ABORTED);
        throw e;
      }
      var error = scanner.error();
      operations.add(
          caller.get(),
          Kind.VALIDATE,
          document.size(),
          error == null ? Outcome.DONE : Outcome.INVALID);
      return HttpResponse.ok(new Validation(error == null, error == null ? null : Place.of(error)));
    }
  }

  @Post("/format")
  HttpResponse<?> format(HttpRequest<?> request, @QueryValue(defaultValue = "2") String indent)
      throws IOException {
    if (Caller.of(request).isEmpty()) {
      return JsonProblems.response(JsonProblems.unauthenticated());
    }
    int spaces = indent.length() == 1 ? indent.charAt(0) - '0' : -1;
    if (spaces < 0 || spaces > MAX_INDENT) {
      return JsonProblems.response(
          JsonProblems.badIndent(
              "The indent must be a number of spaces from 0 to " + MAX_INDENT + "."));
    }
    return rewrite(
        request,
        Kind.FORMAT,
        sink ->
            spaces == 0
                ? JsonFormatter.minifying(limits.document(), sink)
                : JsonFormatter.indenting(limits.document(), spaces, sink));
  }

  @Post("/minify")
  HttpResponse<?> minify(HttpRequest<?> request) throws IOException {
    return rewrite(request, Kind.MINIFY, sink -> JsonFormatter.minifying(limits.document(), sink));
  }

  private HttpResponse<?> rewrite(
      HttpRequest<?> request, Kind kind, Function<JsonSink, JsonFormatter> formatter)
      throws IOException {
    var caller = Caller.of(request);
    if (caller.isEmpty()) {
      return JsonProblems.response(JsonProblems.unauthenticated());
    }
    if (announces(request, limits.maxSize())) {
      return tooLarge(caller.get(), kind, 0, limits.maxSize());
    }
    var document = body(request, caller.get(), limits.maxSize());
    var formatted =
        new FormattedBody(
            document,
            formatter,
            outcome -> operations.add(caller.get(), kind, document.size(), outcome));
    boolean answered = false;
    try {
      formatted.lead();
      var error = formatted.error();
      if (error != null) {
        return JsonProblems.response(JsonProblems.invalidJson(error));
      }
      answered = true;
      return HttpResponse.ok(formatted).contentType(MediaType.APPLICATION_JSON_TYPE);
    } catch (MeasuredBody.TooLargeException e) {
      return JsonProblems.response(JsonProblems.tooLarge(limits.maxSize()));
    } finally {
      if (!answered) {
        formatted.close();
      }
    }
  }

  @Post("/diff")
  HttpResponse<?> diff(HttpRequest<?> request) throws IOException, InterruptedException {
    var caller = Caller.of(request);
    if (caller.isEmpty()) {
      return JsonProblems.response(JsonProblems.unauthenticated());
    }
    if (announces(request, limits.diffMaxSize())) {
      return tooLarge(caller.get(), Kind.DIFF, 0, limits.diffMaxSize());
    }
    byte[] both;
    try (var body = body(request, caller.get(), limits.diffMaxSize())) {
      try {
        both = body.readAllBytes();
      } catch (MeasuredBody.TooLargeException e) {
        return tooLarge(caller.get(), Kind.DIFF, body.size(), limits.diffMaxSize());
      } catch (IOException e) {
        operations.add(caller.get(), Kind.DIFF, body.size(), Outcome.ABORTED);
        throw e;
      }
    }
    return switch (diff.answer(both)) {
      case DiffRequest.Answer.Patch patch -> {
        operations.add(caller.get(), Kind.DIFF, both.length, Outcome.DONE);
        yield HttpResponse.ok(patch.json()).contentType(JSON_PATCH);
      }
      case DiffRequest.Answer.Refused refused -> {
        var outcome = refused.problem().status() == 413 ? Outcome.TOO_LARGE : Outcome.INVALID;
        operations.add(caller.get(), Kind.DIFF, both.length, outcome);
        yield JsonProblems.response(refused.problem());
      }
    };
  }

  @Get("/history")
  HttpResponse<?> history(HttpRequest<?> request) {
    var caller = Caller.of(request);
    if (caller.isEmpty()) {
      return JsonProblems.response(JsonProblems.unauthenticated());
    }
    if (!caller.get().hasFeature(OperationLog.FEATURE)) {
      return JsonProblems.response(
          JsonProblems.featureNotInPlan(
              OperationLog.FEATURE, caller.get().plansWithFeature(OperationLog.FEATURE)));
    }
    try {
      var last = history.last(caller.get().tenantId());
      return HttpResponse.ok(new History(last.stream().map(Entry::of).toList()));
    } catch (UncheckedIOException e) {
      LOG.error("The JSON history of tenant {} cannot be shown", caller.get().tenantId(), e);
      return JsonProblems.response(JsonProblems.historyUnavailable());
    }
  }

  private HttpResponse<?> tooLarge(Caller caller, Kind kind, long size, long maxSize) {
    operations.add(caller, kind, size, Outcome.TOO_LARGE);
    return JsonProblems.response(JsonProblems.tooLarge(maxSize));
  }

  /** Whether the body is longer than that by its own account, so that it need not be read. */
  private static boolean announces(HttpRequest<?> request, long maxSize) {
    OptionalLong length = ((ServerHttpRequest<?>) request).byteBody().expectedLength();
    return length.isPresent() && length.getAsLong() > maxSize;
  }

  private static MeasuredBody body(HttpRequest<?> request, Caller caller, long maxSize) {
    var body = ((ServerHttpRequest<?>) request).byteBody();
    var stated = body.expectedLength().isPresent();
    return new MeasuredBody(
        body.toInputStream(), maxSize, stated ? ignored -> {} : caller::received);
  }
}
