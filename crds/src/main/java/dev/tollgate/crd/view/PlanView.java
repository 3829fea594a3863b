package dev.tollgate.crd.view;

import dev.tollgate.crd.plan.Isolation;
import dev.tollgate.crd.plan.Priority;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A plan with every default filled in; {@code revision} is a hash of all that its records freeze,
 * {@code price} in millionths of the minor unit a month, {@code currency} null when free, {@code
 * onDisconnect} null when it is left to the model routes.
 */
public record PlanView(
    String name,
    String displayName,
    String revision,
    long price,
    @Nullable String currency,
    Map<String, MeterView> meters,
    Set<String> features,
    Set<String> models,
    @Nullable DisconnectView onDisconnect,
    Priority priority,
    Isolation isolation,
    String gatewayPool,
    String shardPool,
    List<LimitView> limits) {}
