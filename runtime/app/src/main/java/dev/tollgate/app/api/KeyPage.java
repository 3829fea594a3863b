package dev.tollgate.app.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.app.api.KeysController.KeyView;
import dev.tollgate.core.access.KeyRecord;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpResponse;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Some keys of a tenant, in the order in which they were made.
 *
 * @param next what to ask for the next page with, as {@code after}; absent on the last
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record KeyPage(List<KeyView> keys, @Nullable String next) {

  private static final int USUAL = 100;
  private static final int MOST = 1000;

  /** When a key was made, and its id: it may be gone when the next page is asked for. */
  private static final Pattern PLACE = Pattern.compile("([0-9]{1,15})-([0-9a-f]{12})");

  /** Where a key stands among those of its tenant. */
  private record Place(long created, String id) implements Comparable<Place> {

    private static final Comparator<Place> ORDER =
        Comparator.comparingLong(Place::created).thenComparing(Place::id);

    static Place of(KeyRecord key) {
      return new Place(key.created().toEpochMilli(), key.id());
    }

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
      return created + "-" + id;
    }
  }

  /**
   * The answer with a page.
   *
   * @param all keys of the tenant
   * @param limit keys that it has at most; null for as many as usual
   * @param after the {@link #next} of the page before; null for the first
   */
  static HttpResponse<?> of(List<KeyRecord> all, @Nullable String limit, @Nullable String after) {
    var most = limit == null ? USUAL : number(limit);
    if (most < 1 || most > MOST) {
      return bad("limit is a number from 1 to " + MOST + ".");
    }
    @Nullable Place from = null;
    if (after != null) {
      var place = PLACE.matcher(after);
      if (!place.matches()) {
        return bad("after is the next of an earlier page, as it stands there.");
      }
      from = new Place(Long.parseLong(place.group(1)), place.group(2));
    }
    var begin = from;
    var rest =
        all.stream()
            .filter(key -> begin == null || Place.of(key).compareTo(begin) > 0)
            .sorted(Comparator.comparing(Place::of))
            .limit(most + 1L)
            .toList();
    var page = rest.size() > most ? rest.subList(0, most) : rest;
    return HttpResponse.ok(
        new KeyPage(
            page.stream().map(KeyView::of).toList(),
            rest.size() > most ? Place.of(page.getLast()).toString() : null));
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static HttpResponse<?> bad(String detail) {
    return ProblemResponses.of(Problem.of(400, "bad-request", "Bad request", detail), "");
  }
}
