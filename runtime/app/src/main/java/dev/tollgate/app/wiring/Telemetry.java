package dev.tollgate.app.wiring;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** OpenTelemetry, as the standard OTEL_… variables set it up; sends what is left when it ends. */
record Telemetry(OpenTelemetry api, @Nullable OpenTelemetrySdk sdk) implements AutoCloseable {

  static final Telemetry OFF = new Telemetry(OpenTelemetry.noop(), null);

  /**
   * @param endpoint of an OTLP collector, over HTTP
   */
  static Telemetry to(String endpoint) {
    var sdk =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook()
            .addPropertiesSupplier(() ->
                Map.of(
                    "otel.service.name", "tollgate",
                    "otel.exporter.otlp.endpoint", endpoint,
                    "otel.exporter.otlp.protocol", "http/protobuf",
                    "otel.metrics.exporter", "none",
                    "otel.logs.exporter", "none"))
            .build()
            .getOpenTelemetrySdk();
    return new Telemetry(sdk, sdk);
  }

  @Override
  public void close() {
    if (sdk != null) {
      sdk.close();
    }
  }
}
