package dev.tollgate.crd.view;

import dev.tollgate.crd.limit.LimitBackend;
import dev.tollgate.crd.limit.LimitBy;
import dev.tollgate.crd.limit.WhenUnavailable;
import dev.tollgate.crd.limit.Window;
import org.jspecify.annotations.Nullable;

/**
 * A limit with every default filled in. {@code quantity} and {@code burst} are units of the meter
 * (money: millionths of the minor unit); {@code window} is null for concurrency.
 */
public record LimitView(
    String policy,
    String name,
    String meter,
    long quantity,
    @Nullable Window window,
    long burst,
    LimitBy by,
    LimitBackend backend,
    WhenUnavailable whenUnavailable,
    String targetKind,
    String targetName) {}
