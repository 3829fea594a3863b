package dev.tollgate.operator.conditions;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.finding.Finding;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes conditions. One whose status, reason and message stay the same is kept as it was, to the
 * second of its transition, so that an unchanged resource has an unchanged status.
 */
public final class Conditions {

  private static final int LONGEST_MESSAGE = 1024;

  private final Clock clock;

  public Conditions(Clock clock) {
    this.clock = clock;
  }

  /** What a condition should say now. */
  public record Wanted(String type, String status, String reason, String message) {

    public static Wanted yes(String type, String reason, String message) {
      return new Wanted(type, "True", reason, message);
    }

    public static Wanted no(String type, String reason, String message) {
      return new Wanted(type, "False", reason, message);
    }

    /** As it is, since nothing else is known; unknown where it is not there yet. */
    public static Wanted kept(@Nullable List<Condition> before, String type) {
      var old = find(before, type);
      return old == null
          ? new Wanted(type, "Unknown", "Pending", "No replica has told of it yet.")
          : new Wanted(type, old.status(), old.reason(), old.message());
    }

    /** True unless a finding makes this condition false; its message holds every finding. */
    public static Wanted of(String type, String goodReason, String good, List<Finding> findings) {
      var mine = findings.stream().filter(f -> f.condition().equals(type)).toList();
      if (mine.isEmpty()) {
        return yes(type, goodReason, good);
      }
      return no(type, mine.getFirst().reason(), words(mine));
    }

    /** One finding as it is; several as sentences with a number in front, so that each is seen. */
    public static String words(List<Finding> findings) {
      if (findings.size() == 1) {
        return findings.getFirst().path() + ": " + findings.getFirst().message();
      }
      var words = new StringBuilder();
      for (int i = 0; i < findings.size(); i++) {
        var finding = findings.get(i);
        words.append(i == 0 ? "" : " ").append("(").append(i + 1).append(") ");
        words.append(finding.path()).append(": ").append(finding.message());
        words.append(finding.message().endsWith(".") ? "" : ".");
      }
      return words.toString();
    }

    /** A message has a longest length in the kinds' schemas; a longer one would be refused. */
    private Wanted fitting() {
      return message.length() <= LONGEST_MESSAGE
          ? this
          : new Wanted(type, status, reason, message.substring(0, LONGEST_MESSAGE - 1) + "…");
    }

    public boolean isTrue() {
      return status.equals("True");
    }
  }

  /** The new conditions; equal to {@code before} when nothing changed. */
  public List<Condition> update(
      @Nullable List<Condition> before, @Nullable Long generation, List<Wanted> wanted) {
    List<Condition> now = new ArrayList<>();
    for (var whole : wanted) {
      var want = whole.fitting();
      var old = find(before, want.type());
      var since =
          old != null && old.status().equals(want.status())
              ? old.lastTransitionTime()
              : clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
      now.add(
          new Condition(
              want.type(), want.status(), want.reason(), want.message(), since, generation));
    }
    return List.copyOf(now);
  }

  /** The condition of that type, or null. */
  public static @Nullable Condition find(@Nullable List<Condition> conditions, String type) {
    if (conditions == null) {
      return null;
    }
    return conditions.stream().filter(c -> c.type().equals(type)).findFirst().orElse(null);
  }

  /** Conditions whose status or reason is another than before: what is worth an Event. */
  public static List<Condition> changed(@Nullable List<Condition> before, List<Condition> now) {
    return now.stream()
        .filter(c -> {
          var old = find(before, c.type());
          return old == null
              || !old.status().equals(c.status())
              || !Objects.equals(old.reason(), c.reason());
        })
        .toList();
  }
}
