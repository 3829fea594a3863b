package dev.tollgate.crd.view;

import dev.tollgate.crd.experiment.ExperimentMetric;
import dev.tollgate.crd.experiment.StickyBy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An experiment with every default filled in. {@code control} is the variant that the others are
 * compared with and that a rollback goes back to.
 */
public record ExperimentView(
    String name,
    String prompt,
    String salt,
    StickyBy stickyBy,
    List<VariantView> variants,
    @Nullable GuardView guard,
    String control,
    ExperimentMetric decideBy,
    int confidencePercent) {}
