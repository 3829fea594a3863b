package dev.tollgate.crd.resolve.route;

import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.model.ModelPrice;
import dev.tollgate.crd.model.PriceChange;
import dev.tollgate.crd.value.Money;
import dev.tollgate.crd.view.ModelPriceView;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What tokens cost, by date. */
final class ModelPriceResolution {
  private static final long PER = 1_000_000;
  private static final String PATH = "spec.price";

  private ModelPriceResolution() {}

  /** Newest first; the last one has been so since 1970. Empty when tokens cost nothing. */
  static List<ModelPriceView> resolve(@Nullable ModelPrice price, Findings to) {
    if (price == null) {
      return List.of();
    }
    int digits = Money.digits(price.currency(), PATH + ".currency", to);
    if (digits < 0) {
      return List.of();
    }
    List<ModelPriceView> views = new ArrayList<>();
    views.add(
        view(
            Instant.EPOCH,
            price,
            new PriceChange(
                "",
                price.input(),
                price.output(),
                price.cachedInput(),
                price.cacheWrite(),
                price.cacheWriteHour()),
            digits,
            PATH,
            to));
    List<PriceChange> changes = price.changes() == null ? List.of() : price.changes();
    Set<Instant> dates = new HashSet<>();
    for (int i = 0; i < changes.size(); i++) {
      PriceChange change = changes.get(i);
      String path = PATH + ".changes[" + i + "]";
      Instant from = from(change.from(), path + ".from", to);
      if (from != null && !dates.add(from)) {
        to.refuse(
            "DuplicateDate",
            path + ".from",
            "two prices begin at " + change.from() + "; keep one of them");
      }
      if (from != null) {
        views.add(view(from, price, change, digits, path, to));
      }
    }
    views.sort(Comparator.comparing(ModelPriceView::from).reversed());
    return List.copyOf(views);
  }

  private static ModelPriceView view(
      Instant from, ModelPrice price, PriceChange at, int digits, String path, Findings to) {
    long input = amount(at.input(), digits, path + ".input", to);
    long cacheWrite = amount(at.cacheWrite(), input, digits, path + ".cacheWrite", to);
    return new ModelPriceView(
        from,
        price.currency(),
        price.per() == null ? PER : price.per(),
        input,
        amount(at.output(), digits, path + ".output", to),
        amount(at.cachedInput(), input, digits, path + ".cachedInput", to),
        cacheWrite,
        amount(at.cacheWriteHour(), cacheWrite, digits, path + ".cacheWriteHour", to));
  }

  private static long amount(
      @Nullable String text, long absent, int digits, String path, Findings to) {
    return text == null ? absent : amount(text, digits, path, to);
  }

  private static long amount(String text, int digits, String path, Findings to) {
    Long amount = Money.parse(text, digits, path, to);
    return amount == null ? 0 : amount;
  }

  private static @Nullable Instant from(String text, String path, Findings to) {
    try {
      Instant from =
          text.indexOf('T') < 0
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : Instant.parse(text);
      if (from.isAfter(Instant.EPOCH)) {
        return from;
      }
    } catch (DateTimeParseException notDate) {
      // told below
    }
    to.refuse(
        "BadDate",
        path,
        "'"
            + text
            + "' is not a date after 1970; write it like 2027-01-01 or 2027-01-01T08:00:00Z");
    return null;
  }
}
