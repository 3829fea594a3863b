package dev.tollgate.core.metering;

import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What one admitted request used.
 *
 * @param id of the request; the record's identity
 * @param endedMillis since the epoch
 * @param call when a language model was called
 */
public record UsageRecord(
    String id,
    Opening opening,
    long endedMillis,
    Amounts amounts,
    Outcome outcome,
    int status,
    @Nullable ModelCall call) {}
