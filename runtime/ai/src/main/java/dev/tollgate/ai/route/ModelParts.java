package dev.tollgate.ai.route;

import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.gateway.admission.Traces;
import jakarta.inject.Singleton;

/** What every exchange uses. */
@Singleton
record ModelParts(Secrets secrets, Traces traces, ModelAnswers answers) {}
